/**
 * How far one melody is from another: the least weight of the operations that turn the first into the second (Mongeau and Sankoff,
 * "Comparison of Musical Sequences", Computers and the Humanities 24, 1990).
 */
import { degreeOf, type Key } from './key.js';
import type { StepNote } from './quantize.js';

/** A note of a melody, or a rest where the pitch is null, and how many 16ths it lasts. */
export interface Sound {
  pitch: number | null;
  steps: number;
}

export interface KeyedMelody {
  sounds: readonly Sound[];
  /** Pitches are compared by their place in it: a melody and its transposition are the same. */
  key: Key;
}

/** Replaces `from` (indices into the first melody, end excluded) by `to` of the second. One of them may be empty, one may be longer. */
export interface Operation {
  type: 'replacement' | 'insertion' | 'deletion' | 'fragmentation' | 'consolidation';
  from: [start: number, end: number];
  to: [start: number, end: number];
  weight: number;
}

export interface Alignment {
  distance: number;
  /** In the order of the melodies. */
  operations: Operation[];
}

/** Of two notes in their scales, by the degrees between them: unison, second ... seventh. */
const DEGREE_WEIGHTS = [0, 0.9, 0.2, 0.5, 0.1, 0.35, 0.8];
/** Where one of them is outside its scale, by semitones; the same pitch outside both weighs nothing. */
const SEMITONE_WEIGHTS = [0.6, 2.6, 2.3, 1, 1, 1.6, 1.8, 0.8, 1.3, 1.3, 2.2, 2.5];
/** A rest in place of a note, or the other way round. */
const REST_WEIGHT = 0.1;
/** One 16th longer or shorter, against the intervals. */
const LENGTH_WEIGHT = 0.348;
/** Notes that one note is made of, or makes. Less than 256. */
const LARGEST_GROUP = 8;

export function alignMelodies(first: KeyedMelody, second: KeyedMelody): Alignment {
  const [rows, columns] = [first.sounds.length, second.sounds.length];
  const [stepsA, stepsB] = [first, second].map(({ sounds }) => sounds.map(({ steps }) => steps)) as [
    number[],
    number[],
  ];
  const intervals = first.sounds.map((a) =>
    second.sounds.map((b) => intervalWeight(a.pitch, first.key, b.pitch, second.key)),
  );
  const width = columns + 1;
  const totals = new Float64Array((rows + 1) * width).fill(Infinity);
  const groups = new Uint8Array(2 * totals.length);
  totals[0] = 0;
  for (let i = 0; i <= rows; i++)
    for (let j = 0; j <= columns; j++) {
      const cell = i * width + j;
      const consider = (down: number, right: number, weight: number) => {
        const total = (totals[cell - down * width - right] as number) + weight;
        if (total >= (totals[cell] as number)) return;
        totals[cell] = total;
        groups[2 * cell] = down;
        groups[2 * cell + 1] = right;
      };
      if (i > 0) consider(1, 0, LENGTH_WEIGHT * (stepsA[i - 1] as number));
      if (j > 0) consider(0, 1, LENGTH_WEIGHT * (stepsB[j - 1] as number));
      if (i === 0 || j === 0) continue;
      for (
        let size = 1, sum = 0, steps = stepsA[i - 1] as number;
        size <= Math.min(j, LARGEST_GROUP);
        size++
      ) {
        sum += intervals[i - 1]?.[j - size] as number;
        steps -= stepsB[j - size] as number;
        consider(1, size, sum + LENGTH_WEIGHT * Math.abs(steps));
      }
      for (
        let size = 1, sum = 0, steps = stepsB[j - 1] as number;
        size <= Math.min(i, LARGEST_GROUP);
        size++
      ) {
        sum += intervals[i - size]?.[j - 1] as number;
        steps -= stepsA[i - size] as number;
        consider(size, 1, sum + LENGTH_WEIGHT * Math.abs(steps));
      }
    }
  const operations: Operation[] = [];
  for (let i = rows, j = columns; i > 0 || j > 0; ) {
    const cell = i * width + j;
    const [down, right] = [groups[2 * cell] as number, groups[2 * cell + 1] as number];
    const weight = (totals[cell] as number) - (totals[cell - down * width - right] as number);
    operations.unshift({ type: typeOf(down, right), from: [i - down, i], to: [j - right, j], weight });
    i -= down;
    j -= right;
  }
  return { distance: totals[totals.length - 1] as number, operations };
}

function typeOf(down: number, right: number): Operation['type'] {
  if (down === 0) return 'insertion';
  if (right === 0) return 'deletion';
  if (down === right) return 'replacement';
  return down === 1 ? 'fragmentation' : 'consolidation';
}

/**
 * The distance as a share of what it costs to take the one away and put the other in its place: 0 for melodies that are the same, at
 * most 1.
 */
export function relativeDistance(first: KeyedMelody, second: KeyedMelody): number {
  const most = LENGTH_WEIGHT * (lengthOf(first.sounds) + lengthOf(second.sounds));
  return most === 0 ? 0 : alignMelodies(first, second).distance / most;
}

/** A line's notes with the rests between them, from `startStep` on; the rest after the last note is left out. */
export function soundsOfLine(line: readonly StepNote[], startStep: number): Sound[] {
  const sounds: Sound[] = [];
  let atStep = startStep;
  for (const note of line) {
    if (note.startStep > atStep) sounds.push({ pitch: null, steps: note.startStep - atStep });
    sounds.push({ pitch: note.pitch, steps: note.endStep - note.startStep });
    atStep = note.endStep;
  }
  return sounds;
}

export function lengthOf(sounds: readonly Sound[]): number {
  return sounds.reduce((sum, { steps }) => sum + steps, 0);
}

function intervalWeight(a: number | null, keyOfA: Key, b: number | null, keyOfB: Key): number {
  if (a === null || b === null) return a === b ? 0 : REST_WEIGHT;
  const semitones = Math.abs(a - keyOfA.tonic - (b - keyOfB.tonic)) % 12;
  const [degreeA, degreeB] = [degreeOf(a, keyOfA), degreeOf(b, keyOfB)];
  if (degreeA !== null && degreeB !== null) return DEGREE_WEIGHTS[Math.abs(degreeA - degreeB) % 7] as number;
  if (semitones === 0 && degreeA === degreeB) return 0;
  return SEMITONE_WEIGHTS[semitones] as number;
}
