/** The machine's melody over the visitor's chords, so far and a little ahead. */
import {
  type ChordSymbol,
  type Grid,
  HOLD,
  keyOf,
  type MelodyEvent,
  NO_CHORD,
  OFF,
  soundingAfter,
  stepsPerBar,
} from '../../music/index.js';
import { halfBarOf } from '../chord-spans.js';
import { closeSteps, forget, type Hearing, openStep, stepsToForget } from '../hearing.js';
import type { GeneratedStep } from '../mode.js';
import { inNewMetre } from '../new-metre.js';
import { plainChord } from '../plain-harmony.js';
import type { Params } from './params.js';
import { chordHeld } from './progression.js';

export interface Solo {
  hearing: Hearing;
  /** The chord of each closed step, from the hearing's first on. */
  chords: ChordSymbol[];
  /** The last step at which the visitor held a chord; null before there was one. */
  chordStep: number | null;
  /** The melody of each step from the hearing's first on: the machine's, in traded bars the visitor's. */
  melody: MelodyEvent[];
  /** The chords that the melody was made for. */
  assumed: ChordSymbol[];
  /** Onsets of what is planned, booth time, and of the last note before it. */
  plannedMs: number[];
  /** Before this the machine is silent. */
  entryStep: number;
  /** From the start of a bar on so many bars are the machine's, as many the visitor's, and so forth; 0: all are the machine's. */
  trade: { bars: number; fromBar: number };
  asked: { requestId: number; fromStep: number; chords: ChordSymbol[]; steps: GeneratedStep[] } | null;
}

/** A visitor who has played no chord for so long plays a melody. */
const CHORD_BARS = 2;
/** Bars of their melody that tell its key. */
const KEY_BARS = 4;

/** Closes the steps that are over, with the chord of each. */
export function listen(solo: Solo, nowMs: number): Solo {
  const hearing = closeSteps(solo.hearing, nowMs);
  const chords = [...solo.chords];
  const melody = [...solo.melody];
  let { chordStep } = solo;
  for (let step = openStep(solo.hearing); step < openStep(hearing); step++) {
    const held = chordHeld(hearing.held, NO_CHORD);
    if (held !== NO_CHORD) chordStep = step;
    const isChordal = chordStep !== null && step - chordStep < CHORD_BARS * stepsPerBar(hearing.grid);
    if (held !== NO_CHORD) chords.push(held);
    else chords.push(isChordal ? (chords.at(-1) ?? NO_CHORD) : plainChordAt(hearing, step));
    const place = step - hearing.firstStep;
    if (isTraded({ ...solo, hearing }, step)) melody[place] = hearing.melody[place] ?? HOLD;
    else melody[place] ??= step === solo.entryStep ? OFF : HOLD;
  }
  const heard = { ...solo, hearing, chords, chordStep, melody };
  const steps = stepsToForget(hearing);
  if (steps === 0) return heard;
  return {
    ...heard,
    hearing: forget(hearing, steps),
    chords: chords.slice(steps),
    melody: melody.slice(steps),
    assumed: solo.assumed.slice(steps),
  };
}

/** In the grid's metre from its first bar line on; what is planned is still played. */
export function soloInMetre(solo: Solo, grid: Grid): Solo {
  const { hearing, forgotten, shift } = inNewMetre(solo.hearing, grid);
  return {
    ...solo,
    hearing,
    chords: solo.chords.slice(forgotten),
    chordStep: solo.chordStep === null ? null : solo.chordStep + shift,
    melody: solo.melody.slice(forgotten),
    assumed: solo.assumed.slice(forgotten),
    entryStep: solo.entryStep + shift,
    asked: null,
  };
}

/** Whether the step lies in the visitor's bars. */
export function isTraded({ hearing, trade }: Pick<Solo, 'hearing' | 'trade'>, step: number): boolean {
  const bar = Math.floor(step / stepsPerBar(hearing.grid)) - trade.fromBar;
  return trade.bars > 0 && bar >= 0 && Math.floor(bar / trade.bars) % 2 === 1;
}

/** Traded from the first bar line on at or after `step`. */
export function tradeFrom(step: number, grid: Grid, { tradeBars }: Params): Solo['trade'] {
  return { bars: tradeBars, fromBar: Math.ceil(step / stepsPerBar(grid)) };
}

/** As it is set by now, once the visitor has had their bars. */
export function traded(solo: Solo, params: Params): Solo {
  const { hearing, entryStep, trade } = solo;
  const open = openStep(hearing);
  if (trade.bars === params.tradeBars || isTraded(solo, open)) return solo;
  return { ...solo, trade: tradeFrom(Math.max(open, entryStep), hearing.grid, params) };
}

/** For visitors who play no chords: the one of their key that suits what they have played of the half bar. */
function plainChordAt({ grid, melody, firstStep }: Hearing, step: number): ChordSymbol {
  const place = step - firstStep;
  const lately = melody.slice(Math.max(0, place + 1 - KEY_BARS * stepsPerBar(grid)), place + 1);
  const key = keyOf(lately.filter((event) => event >= 0).map((pitch) => ({ pitch, weight: 1 })));
  const from = place - (step % halfBarOf(grid));
  return plainChord(melody.slice(from, place + 1), key, soundingAfter(melody.slice(0, from)) ?? OFF);
}
