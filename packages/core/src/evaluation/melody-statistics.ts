/** What a set of melodies is like in numbers, to lay generated ones beside real ones. */
import { majorKeyHistogram } from '../models/key-melody.js';
import { type MelodyEvent, OFF } from '../music/melody.js';
import { notesOfMelody, type StepNote } from '../music/quantize.js';

export interface MelodyStatistics {
  melodies: number;
  notesPerBar: number;
  /** Share of steps in which nothing sounds. */
  silence: number;
  /** Semitones from the lowest to the highest note, the mean over melodies. */
  range: number;
  /** Shares of the intervals: the same pitch again, up to two semitones, and more than an octave. */
  repeats: number;
  steps: number;
  leaps: number;
  /** Share of notes in the major key that fits the melody best. */
  inKey: number;
  /** Share of onsets on quarter notes. */
  onBeat: number;
  /** Mean length of a note in 16ths. */
  length: number;
  /** Share of bars that have the rhythm of the bar before. */
  sameRhythm: number;
}

const BEAT = 4;
const MAJOR = new Set([0, 2, 4, 5, 7, 9, 11]);

export function melodyStatistics(
  melodies: readonly (readonly MelodyEvent[])[],
  stepsPerBar: number,
): MelodyStatistics {
  const lines = melodies.map((melody) => notesOfMelody(melody, 0, 1));
  const notes = lines.flat();
  const steps = melodies.reduce((sum, { length }) => sum + length, 0);
  const intervals = lines.flatMap((line) =>
    line.slice(1).map((note, i) => Math.abs(note.pitch - (line[i] as StepNote).pitch)),
  );
  const sounding = notes.reduce((sum, note) => sum + note.endStep - note.startStep, 0);
  const share = <T>(of: readonly T[], is: (item: T) => boolean) =>
    of.filter(is).length / Math.max(1, of.length);
  const rhythms = melodies.flatMap((melody) => barPairs(melody, stepsPerBar));
  return {
    melodies: melodies.length,
    notesPerBar: (notes.length / steps) * stepsPerBar,
    silence: 1 - sounding / steps,
    range: mean(lines.filter(({ length }) => length > 0).map(rangeOf)),
    repeats: share(intervals, (interval) => interval === 0),
    steps: share(intervals, (interval) => interval === 1 || interval === 2),
    leaps: share(intervals, (interval) => interval > 12),
    inKey: mean(lines.filter(({ length }) => length > 0).map(inKey)),
    onBeat: share(notes, ({ startStep }) => startStep % BEAT === 0),
    length: sounding / Math.max(1, notes.length),
    sameRhythm: share(rhythms, (same) => same),
  };
}

function rangeOf(line: readonly StepNote[]): number {
  const pitches = line.map(({ pitch }) => pitch);
  return Math.max(...pitches) - Math.min(...pitches);
}

function inKey(line: readonly StepNote[]): number {
  const pitches = line.map(({ pitch }) => pitch);
  const histogram = majorKeyHistogram(pitches);
  const key = histogram.indexOf(Math.max(...histogram));
  return pitches.filter((pitch) => MAJOR.has((pitch - key + 12) % 12)).length / pitches.length;
}

function barPairs(melody: readonly MelodyEvent[], stepsPerBar: number): boolean[] {
  const rhythms: string[] = [];
  for (let from = 0; from + stepsPerBar <= melody.length; from += stepsPerBar)
    rhythms.push(
      melody
        .slice(from, from + stepsPerBar)
        .map((event) => (event >= 0 ? 'x' : event === OFF ? 'o' : '-'))
        .join(''),
    );
  return rhythms.slice(1).map((rhythm, i) => rhythm === rhythms[i] && rhythm.includes('x'));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
