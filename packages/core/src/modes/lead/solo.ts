/** The machine's melody over the visitor's chords, so far and a little ahead. */
import {
  type ChordSymbol,
  HOLD,
  keyOf,
  type MelodyEvent,
  NO_CHORD,
  OFF,
  stepsPerBar,
} from '../../music/index.js';
import { closeSteps, forget, type Hearing, openStep, stepsToForget } from '../hearing.js';
import type { GeneratedStep } from '../mode.js';
import type { Params } from './params.js';
import { chordHeld, chordOn } from './progression.js';

export interface Solo {
  hearing: Hearing;
  /** The chord of each closed step, from the hearing's first on. */
  chords: ChordSymbol[];
  /** The melody of each step from the hearing's first on: the machine's, in traded bars the visitor's. */
  melody: MelodyEvent[];
  /** The chords that the melody was made for. */
  assumed: ChordSymbol[];
  /** Before this the machine is silent. */
  entryStep: number;
  asked: { requestId: number; fromStep: number; chords: ChordSymbol[]; steps: GeneratedStep[] } | null;
}

/** Closes the steps that are over, with the chord of each. */
export function listen(solo: Solo, params: Params, nowMs: number): Solo {
  const hearing = closeSteps(solo.hearing, nowMs);
  const chords = [...solo.chords];
  const melody = [...solo.melody];
  for (let step = openStep(solo.hearing); step < openStep(hearing); step++) {
    chords.push(chordOfStep(hearing, chords.at(-1) ?? NO_CHORD));
    const place = step - hearing.firstStep;
    if (isTraded({ ...solo, hearing }, params, step)) melody[place] = hearing.melody[place] ?? HOLD;
    else melody[place] ??= step === solo.entryStep ? OFF : HOLD;
  }
  const heard = { ...solo, hearing, chords, melody };
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

/** Whether the step lies in the visitor's bars. */
export function isTraded({ hearing, entryStep }: Solo, { tradeBars }: Params, step: number): boolean {
  if (tradeBars === 0 || step < entryStep) return false;
  const part = tradeBars * stepsPerBar(hearing.grid);
  return Math.floor((step - entryStep) / part) % 2 === 1;
}

/** Until a chord was played, the lowest key held has the one of the visitor's key that stands on it. */
function chordOfStep({ held, recent }: Hearing, before: ChordSymbol): ChordSymbol {
  const chord = chordHeld(held, before);
  if (chord !== NO_CHORD || held.length === 0) return chord;
  return chordOn(Math.min(...held), keyOf(recent.map(({ pitch }) => ({ pitch, weight: 1 }))));
}
