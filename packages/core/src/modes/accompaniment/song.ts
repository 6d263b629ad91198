/** What visitor and machine have played so far, and what the machine is about to play: the accompaniment's score. */
import {
  type ChordSymbol,
  countedSteps,
  type Grid,
  HOLD,
  type Key,
  type KeyEvent,
  keyOf,
  type MelodyEvent,
  msOfStep,
  NO_CHORD,
  OFF,
  stepsPerBar,
} from '../../music/index.js';
import { type Spans, spanFrom } from '../chord-spans.js';
import { forget, type Hearing, openStep, stepsToForget } from '../hearing.js';
import type { GeneratedStep } from '../mode.js';
import { inNewMetre } from '../new-metre.js';
import type { Params } from './params.js';
import type { Votes } from './votes.js';

export interface Song {
  hearing: Hearing;
  /** The chord and the bass event of each step from the hearing's first on: as played, as committed, then as planned. */
  chords: ChordSymbol[];
  bass: MelodyEvent[];
  /** Begins a span; what lies before is final. */
  committedStep: number;
  /** The same in booth time: notes that begin before it are final. */
  committedMs: number;
  /** Before this the machine is silent. */
  entryStep: number;
  /** For the spans that are not committed. */
  votes: Votes[];
  /** The chord before `committedStep` as it lies under the machine's hands. */
  voicing: number[];
  /** All that was played while the machine still listens, for a beat that is found late; null from then on. */
  opening: KeyEvent[] | null;
  /** What the model was asked for and has answered so far. */
  asked: { requestId: number; fromStep: number; steps: GeneratedStep[] } | null;
}

/** Bars of the melody that tell its key. */
const KEY_BARS = 8;

export const spansOf = ({ hearing }: Song, { chordBeats }: Params): Spans => ({
  chordSteps: chordBeats * countedSteps(hearing.grid),
  barSteps: stepsPerBar(hearing.grid),
});

/** Chords and bass of every step before the committed one, and of the steps that went by without a plan. */
export function soFar({ hearing, chords, bass, committedStep }: Song): {
  chords: ChordSymbol[];
  bass: MelodyEvent[];
} {
  const length = Math.max(openStep(hearing), committedStep) - hearing.firstStep;
  return {
    chords: Array.from({ length }, (_, i) => chords[i] ?? NO_CHORD),
    bass: Array.from({ length }, (_, i) => bass[i] ?? (i === bass.length ? OFF : HOLD)),
  };
}

/** What the model's answer says of a step. */
export function generatedAt({ asked }: Song, step: number): GeneratedStep | undefined {
  return asked?.steps[step - asked.fromStep];
}

/** Keeps what a model is told of within bounds. */
export function forgetOldSteps(song: Song): Song {
  const steps = stepsToForget(song.hearing);
  if (steps === 0) return song;
  return {
    ...song,
    hearing: forget(song.hearing, steps),
    chords: song.chords.slice(steps),
    bass: song.bass.slice(steps),
  };
}

/** In the grid's metre from its first bar line on; what is committed is still played. */
export function songInMetre(song: Song, grid: Grid, params: Params): Song {
  const { hearing, forgotten, shift } = inNewMetre(song.hearing, grid);
  const next = {
    ...song,
    hearing,
    chords: song.chords.slice(forgotten),
    bass: song.bass.slice(forgotten),
    committedStep: song.committedStep + shift,
    votes: [],
    asked: null,
  };
  return { ...next, entryStep: spanFrom(song.entryStep + shift, spansOf(next, params)) };
}

export function keyOfSong({ hearing }: Song): Key {
  const bars = hearing.melody.slice(-KEY_BARS * stepsPerBar(hearing.grid));
  return keyOf(bars.filter((event) => event >= 0).map((pitch) => ({ pitch, weight: 1 })));
}

/** When the last committed note has been played. */
export function quietMs({ hearing: { grid }, committedStep, committedMs }: Song): number {
  return Math.max(committedMs, msOfStep(grid, committedStep));
}
