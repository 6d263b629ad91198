/** A pass: the melody once more, as it is planned. */
import {
  type ChordSymbol,
  type Grid,
  type KeyedMelody,
  type MelodyEvent,
  msOfStep,
  notesOfMelody,
  performed,
  stepsPerBar,
  type VoicedNote,
} from '../../music/index.js';
import type { Params } from './params.js';
import { lineOf, type Theme } from './theme.js';

/** Melodies between two, as they are asked for while a pass is played. */
export interface Between {
  requestId: number;
  from: KeyedMelody;
  to: KeyedMelody;
  /** Of each of them, in steps. */
  length: number;
  /** One after the other, as far as they have been told. */
  events: MelodyEvent[];
  isDone: boolean;
}

export interface Pass {
  /** From 1 on. */
  number: number;
  grid: Grid;
  /** Booth time of its first bar line. */
  startMs: number;
  melody: KeyedMelody;
  events: MelodyEvent[];
  chords: ChordSymbol[];
  bass: MelodyEvent[];
  /** The request for the next beat of the bass. */
  requestId: number | null;
  /** What the next pass is chosen from; null where that is varied by rule. */
  between: Between | null;
}

/** Its first bar line is the grid's step 0. */
export function gridOfPass({ grid, startMs }: Pick<Pass, 'grid' | 'startMs'>): Grid {
  return { ...grid, originMs: startMs };
}

export function endMs(pass: Pass): number {
  return msOfStep(gridOfPass(pass), pass.events.length);
}

/** The next pass is made ready while the last bar of this one is played: from then on. */
export function preparationStartMs(pass: Pass): number {
  return msOfStep(gridOfPass(pass), pass.events.length - stepsPerBar(pass.grid));
}

/** The melody as loud as the theme was, and the bass beneath it: what begins at `fromMs` or later. */
export function notesOfPass(
  pass: Pass,
  { velocities }: Theme,
  { bassLoudness, fromMs }: Pick<Params, 'bassLoudness'> & { fromMs: number },
): VoicedNote[] {
  const grid = gridOfPass(pass);
  const velocityAt = (step: number) =>
    (velocities.findLast((each) => each.step <= step) ?? velocities[0])?.velocity ?? 80;
  const softer = (velocity: number) => Math.min(127, Math.max(1, Math.round(velocity * bassLoudness)));
  const melody = lineOf(pass.melody.sounds, velocityAt).map(
    (note): VoicedNote => ({ ...performed(note, grid), voice: 'melody' }),
  );
  const bass = notesOfMelody(pass.bass, 0, 1).map(
    (note): VoicedNote => ({
      ...performed({ ...note, velocity: softer(velocityAt(note.startStep)) }, grid),
      voice: 'bass',
    }),
  );
  return [...melody, ...bass]
    .filter(({ onsetMs }) => onsetMs >= fromMs)
    .sort((a, b) => a.onsetMs - b.onsetMs || a.pitch - b.pitch);
}
