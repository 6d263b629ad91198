/**
 * The visitor plays chords, the machine improvises over them. A bar of melody is planned ahead, to the chords that are expected;
 * another chord than expected, and what is left of it is made anew.
 */
import {
  barLineFrom,
  beatMs,
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
import { goingOn } from '../time/retiming.js';
import { ask, stepWanted } from './asking.js';
import { improvise } from './improvising.js';
import { Params } from './params.js';
import { isTraded, listen, type Solo } from './solo.js';

const playing: Playing<Params, Solo> = {
  begin(event, { params, pulse }) {
    const grid = gridFor(pulse, params, event.atMs);
    const entryMs = event.atMs + params.listenBeats * beatMs(grid);
    return {
      hearing: hearKey(beginHearing(grid, event.atMs), event),
      chords: [],
      chordStep: null,
      melody: [],
      assumed: [],
      plannedMs: [],
      entryStep: Math.round(stepOfMs(grid, params.tradeBars > 0 ? barLineFrom(grid, entryMs) : entryMs)),
      asked: null,
    };
  },

  /** What was played is still known. */
  resume(solo, event, { params, pulse }) {
    const hearing = resumeHearing(solo.hearing, gridFor(pulse, params, event.atMs));
    const silent = Math.max(0, solo.entryStep - openStep(solo.hearing));
    const length = hearing.melody.length;
    const last = solo.chords.at(-1);
    return {
      hearing: hearKey(hearing, event),
      chords: Array.from({ length }, (_, i) => solo.chords[i] ?? last ?? NO_CHORD),
      chordStep: solo.chordStep,
      melody: Array.from({ length }, (_, i) => solo.melody[i] ?? HOLD),
      assumed: [],
      plannedMs: solo.plannedMs.slice(-1),
      entryStep: Math.ceil((openStep(hearing) + silent) / STEPS_PER_QUARTER) * STEPS_PER_QUARTER,
      asked: null,
    };
  },

  hear: (solo, event) => ({ ...solo, hearing: hearKey(solo.hearing, event) }),

  tick(before, { params, pulse, nowMs, requestId }) {
    const solo = inTempo(listen(before, params, nowMs), { params, pulse });
    const turn = turnOf(solo, params);
    const fromStep = stepWanted(solo, params);
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

/** A pulse is taken over on a bar line, from the first beat that is not planned. */
function inTempo(solo: Solo, { params, pulse }: Pick<Around<Params>, 'params' | 'pulse'>): Solo {
  const { hearing, melody } = solo;
  if (openStep(hearing) % stepsPerBar(hearing.grid) !== 0) return solo;
  const step = hearing.firstStep + melody.length;
  return { ...solo, hearing: { ...hearing, grid: goingOn(hearing.grid, { pulse, params, step }) } };
}

function turnOf(solo: Solo, params: Params) {
  const open = openStep(solo.hearing);
  if (open < solo.entryStep || isTraded(solo, params, open)) return 'listening';
  return params.tradeBars === 0 ? 'together' : 'machine';
}

export const lead: Mode<Params, AlongState<Params, Solo>> = {
  title: 'Lead',
  description: 'The visitor plays chords; the machine improvises a melody over them.',
  params: Params,
  role: 'improv',
  ...playingAlong(playing),
};
