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
/** Where one of them is outside its scale, by semitones. */
const SEMITONE_WEIGHTS = [0.6, 2.6, 2.3, 1, 1, 1.6, 1.8, 0.8, 1.3, 1.3, 2.2, 2.5];
/** A rest in place of a note, or the other way round. */
const REST_WEIGHT = 0.1;
/** One 16th longer or shorter, against the intervals. */
const LENGTH_WEIGHT = 0.348;
/** Notes that one note is made of, or makes. */
const LARGEST_GROUP = 8;

export function alignMelodies(first: KeyedMelody, second: KeyedMelody): Alignment {
  const rows = first.sounds.length;
  const columns = second.sounds.length;
  const best: (Operation & { total: number })[][] = [];
  for (let i = 0; i <= rows; i++) {
    best.push([]);
    for (let j = 0; j <= columns; j++) {
      let least: (Operation & { total: number }) | null = null;
      for (const [type, down, right] of groupsEndingAt(i, j)) {
        const from: [number, number] = [i - down, i];
        const to: [number, number] = [j - right, j];
        const weight = weightOf(first, from, second, to);
        const total = (best[i - down]?.[j - right]?.total ?? 0) + weight;
        if (!least || total < least.total) least = { type, from, to, weight, total };
      }
      best[i]?.push(least ?? { type: 'replacement', from: [0, 0], to: [0, 0], weight: 0, total: 0 });
    }
  }
  const operations: Operation[] = [];
  for (let i = rows, j = columns; i > 0 || j > 0; ) {
    const cell = best[i]?.[j];
    if (!cell) break;
    const { total: _, ...operation } = cell;
    operations.unshift(operation);
    [i, j] = [operation.from[0], operation.to[0]];
  }
  return { distance: best[rows]?.[columns]?.total ?? 0, operations };
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

function* groupsEndingAt(i: number, j: number): Iterable<[Operation['type'], down: number, right: number]> {
  if (i > 0 && j > 0) yield ['replacement', 1, 1];
  if (i > 0) yield ['deletion', 1, 0];
  if (j > 0) yield ['insertion', 0, 1];
  if (i > 0) for (let size = 2; size <= Math.min(j, LARGEST_GROUP); size++) yield ['fragmentation', 1, size];
  if (j > 0) for (let size = 2; size <= Math.min(i, LARGEST_GROUP); size++) yield ['consolidation', size, 1];
}

/** The intervals of every pair, one of the sides being a single sound, and the difference of the lengths. */
function weightOf(
  first: KeyedMelody,
  [fromStart, fromEnd]: [number, number],
  second: KeyedMelody,
  [toStart, toEnd]: [number, number],
): number {
  let intervals = 0;
  let steps = 0;
  for (let i = fromStart; i < fromEnd; i++) {
    steps += first.sounds[i]?.steps ?? 0;
    for (let j = toStart; j < toEnd; j++)
      intervals += intervalWeight(
        first.sounds[i]?.pitch ?? null,
        first.key,
        second.sounds[j]?.pitch ?? null,
        second.key,
      );
  }
  for (let j = toStart; j < toEnd; j++) steps -= second.sounds[j]?.steps ?? 0;
  return intervals + LENGTH_WEIGHT * Math.abs(steps);
}

function intervalWeight(a: number | null, keyOfA: Key, b: number | null, keyOfB: Key): number {
  if (a === null || b === null) return a === b ? 0 : REST_WEIGHT;
  const semitones = Math.abs(a - keyOfA.tonic - (b - keyOfB.tonic)) % 12;
  const [degreeA, degreeB] = [degreeOf(a, keyOfA), degreeOf(b, keyOfB)];
  if (degreeA !== null && degreeB !== null) return DEGREE_WEIGHTS[Math.abs(degreeA - degreeB) % 7] as number;
  return SEMITONE_WEIGHTS[semitones] as number;
}
