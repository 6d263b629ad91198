/**
 * The visitor plays chords, the machine improvises over them. A bar of melody is planned ahead, to the chords that are expected;
 * another chord than expected, and what is left of it is made anew.
 */
import {
  barLineFrom,
  countedMs,
  HOLD,
  msOfStep,
  NO_CHORD,
  STEPS_PER_QUARTER,
  stepOfMs,
  stepsPerBar,
} from '../../music/index.js';
import { beginHearing, hearKey, openStep, resumeHearing } from '../hearing.js';
import type { Mode } from '../mode.js';
import { type AlongState, type Around, type Playing, playingAlong } from '../playing-along.js';
import { gridFor } from '../time/params.js';
import { goingOn, isIn, otherBars } from '../time/retiming.js';
import { ask, stepWanted } from './asking.js';
import { improvise } from './improvising.js';
import { Params } from './params.js';
import { isTraded, listen, type Solo, soloInMetre, traded, tradeFrom } from './solo.js';

const playing: Playing<Params, Solo> = {
  begin(event, { params, pulse }) {
    const grid = gridFor(pulse, params, event.atMs);
    const listenedMs = event.atMs + params.listenBeats * countedMs(grid);
    const entryMs = params.tradeBars > 0 ? barLineFrom(grid, listenedMs) : listenedMs;
    const entryStep = Math.round(stepOfMs(grid, entryMs));
    return {
      hearing: hearKey(beginHearing(grid, event.atMs), event),
      chords: [],
      chordStep: null,
      melody: [],
      assumed: [],
      plannedMs: [],
      entryStep,
      trade: tradeFrom(entryStep, grid, params),
      asked: null,
    };
  },

  /** What was played is still known. */
  resume(solo, event, { params, pulse }) {
    const grid = gridFor(pulse, params, event.atMs);
    const hearing = resumeHearing(solo.hearing, grid);
    const silent = Math.max(0, solo.entryStep - openStep(solo.hearing));
    const length = hearing.melody.length;
    const last = solo.chords.at(-1);
    const unit = params.tradeBars > 0 ? stepsPerBar(hearing.grid) : STEPS_PER_QUARTER;
    const entryStep = Math.ceil((openStep(hearing) + silent) / unit) * unit;
    const resumed = {
      hearing: hearKey(hearing, event),
      chords: Array.from({ length }, (_, i) => solo.chords[i] ?? last ?? NO_CHORD),
      chordStep: solo.chordStep,
      melody: Array.from({ length }, (_, i) => solo.melody[i] ?? HOLD),
      assumed: [],
      plannedMs: solo.plannedMs.slice(-1),
      entryStep,
      trade: tradeFrom(entryStep, hearing.grid, params),
      asked: null,
    };
    return isIn(hearing.grid, params.metre) ? resumed : soloInMetre(resumed, grid);
  },

  hear: (solo, event) => ({ ...solo, hearing: hearKey(solo.hearing, event) }),

  tick(before, { params, pulse, nowMs, requestId }) {
    const solo = traded(inTempo(listen(before, nowMs), { params, pulse }, nowMs), params);
    const turn = turnOf(solo);
    const fromStep = stepWanted(solo);
    if (fromStep === null || solo.asked) return { part: solo, turn, request: null };
    const asked = ask(solo, params, { fromStep, requestId });
    return { part: asked.solo, turn, request: asked.request };
  },

  take(solo, { params, nowMs }) {
    const { fromMs, notes, ...improvised } = improvise(solo, params, nowMs);
    return { part: improvised.solo, plan: { fromMs, notes } };
  },

  /** The beat that has begun is still played. */
  quietMs({ hearing: { grid } }, nowMs) {
    return msOfStep(grid, Math.ceil(stepOfMs(grid, nowMs) / STEPS_PER_QUARTER) * STEPS_PER_QUARTER);
  },

  said: { plan: 'a melody over the visitor’s chords', failure: 'no melody could be improvised' },
};

/** In the bars that are kept by now. A pulse is taken over on a bar line, from the first beat that is not planned. */
function inTempo(
  solo: Solo,
  { params, pulse }: Pick<Around<Params>, 'params' | 'pulse'>,
  nowMs: number,
): Solo {
  const { hearing, melody } = solo;
  const bars = otherBars(hearing.grid, { params, pulse, nowMs });
  if (bars) return soloInMetre(solo, bars);
  if (openStep(hearing) % stepsPerBar(hearing.grid) !== 0) return solo;
  const step = hearing.firstStep + melody.length;
  return { ...solo, hearing: { ...hearing, grid: goingOn(hearing.grid, { pulse, params, step }) } };
}

function turnOf(solo: Solo) {
  const open = openStep(solo.hearing);
  if (open < solo.entryStep || isTraded(solo, open)) return 'listening';
  return solo.trade.bars === 0 ? 'together' : 'machine';
}

export const lead: Mode<Params, AlongState<Params, Solo>> = {
  title: 'Lead',
  description: 'The visitor plays chords; the machine improvises a melody over them.',
  params: Params,
  role: 'improv',
  ...playingAlong(playing),
};
