/** A piece as a model meets it in training: what it hears, and what it should have said. */
import type { Condition, MelodyEncoding } from '../models/encoding.js';
import type { Accompaniment } from '../models/encoding-of-config.js';
import { foldPitch, type PitchRange } from '../models/one-hot.js';
import { type ChordSymbol, NO_CHORD, transposeChord } from '../music/chord.js';
import { HOLD, type MelodyEvent } from '../music/melody.js';
import type { RandomStream } from '../random.js';
import type { TrainingPiece } from './dataset/piece.js';

export interface Sequence {
  melody: readonly MelodyEvent[];
  /** What is heard beside the melody. */
  condition: Condition;
  /** What the chord and bass heads should say at each step; null where the piece does not tell. */
  chords: readonly ChordSymbol[] | null;
  bass: readonly MelodyEvent[] | null;
}

/** What the heads are asked at a step: a class each, or null where that step does not count. */
export type Targets = (sequence: Sequence, step: number) => (number | null)[];

/** The melody head's, then the chord and bass heads' where the model accompanies. */
export function targetsOf(encoding: MelodyEncoding, accompaniment: Accompaniment | null): Targets {
  return ({ melody, chords, bass }, step) => [
    encoding.classOf(melody[step] as MelodyEvent, []),
    ...(accompaniment
      ? [
          chords && accompaniment.chords.classOf(chords[step] as ChordSymbol),
          bass && accompaniment.bass.classOf(bass[step] as MelodyEvent, []),
        ]
      : []),
  ];
}

/** The piece as it is, moved into the range by octaves. */
export function sequenceOf(piece: TrainingPiece, range: PitchRange): Sequence {
  const octaves = octavesInto(piece.melody, range);
  return moved(piece, () => octaves, range);
}

export interface Variety {
  range: PitchRange;
  random: RandomStream;
  /** Whether chords and bass are heard with mistakes in them, from which the model learns to find back to the melody. */
  isMisheard: boolean;
}

/** How often the style is left open. */
const NO_STYLE = 0.25;
/** How often a piece wanders, and at each bar line then the chance that it goes on in another key. */
const WANDERING = 0.5;
const MODULATION = 1 / 12;
/** How often chords are misheard, at each bar line then the chance that a stretch of wrong ones begins, and that it ends. */
const MISHEARING = 0.75;
const MISHEARD_BEGINS = 0.2;
const MISHEARD_ENDS = 0.4;

/** The piece in a key chosen at random, and otherwise varied. */
export function variedSequence(piece: TrainingPiece, { range, random, isMisheard }: Variety): Sequence {
  const chance = (share: number) => random.next() < share;
  const home = transpositionWithin(piece.melody, range, random);
  const style = chance(NO_STYLE) ? null : piece.style;
  if (!isMisheard) return moved({ ...piece, style }, () => home, range);
  const wanders = chance(WANDERING);
  const keys = byBars(piece, 0, (shift) => (wanders && chance(MODULATION) ? anyKey(random) : shift));
  const mishears = chance(MISHEARING);
  const mistakes = byBars(piece, 0, (shift) => {
    if (shift !== 0) return chance(MISHEARD_ENDS) ? 0 : shift;
    return mishears && chance(MISHEARD_BEGINS) ? anyKey(random) : 0;
  });
  const sequence = moved({ ...piece, style }, (step) => home + keys(step), range);
  return misheard(sequence, mistakes);
}

/** -6 to 5 semitones, but not none. */
function anyKey(random: RandomStream): number {
  const semitones = Math.floor(random.next() * 11) - 6;
  return semitones < 0 ? semitones : semitones + 1;
}

/** A number for each bar, each made from the one before; answered by the step. */
function byBars(
  { melody, stepsPerBar }: TrainingPiece,
  first: number,
  next: (before: number) => number,
): (step: number) => number {
  const bars: number[] = [];
  for (let step = 0; step < melody.length; step += stepsPerBar) bars.push(next(bars.at(-1) ?? first));
  return (step) => bars[Math.floor(step / stepsPerBar)] ?? first;
}

function moved(piece: TrainingPiece, semitonesAt: (step: number) => number, range: PitchRange): Sequence {
  const chords = piece.chords?.map((symbol, step) => transposeChord(symbol, semitonesAt(step))) ?? null;
  const bass = piece.bass?.map((event, step) => (event >= 0 ? event + semitonesAt(step) : event)) ?? null;
  const { length } = piece.melody;
  return {
    melody: piece.melody.map((event, step) =>
      event >= 0 ? foldPitch(event + semitonesAt(step), range) : event,
    ),
    condition: {
      chords: chords ?? Array(length).fill(NO_CHORD),
      bass: bass ?? Array(length).fill(HOLD),
      style: piece.style,
      stepsPerBar: piece.stepsPerBar,
    },
    chords,
    bass,
  };
}

/** Chords and bass are heard some semitones away; what should be said stays right. */
function misheard(sequence: Sequence, semitonesAt: (step: number) => number): Sequence {
  const { condition } = sequence;
  return {
    ...sequence,
    condition: {
      ...condition,
      chords: condition.chords.map((symbol, step) => transposeChord(symbol, semitonesAt(step))),
      bass: condition.bass.map((event, step) => (event >= 0 ? event + semitonesAt(step) : event)),
    },
  };
}

/** Semitones, up to six either way, that keep the melody within the range where it is not wider than that. */
function transpositionWithin(
  melody: readonly MelodyEvent[],
  range: PitchRange,
  random: RandomStream,
): number {
  const home = octavesInto(melody, range);
  const [lowest, highest] = extent(melody, home);
  const down = Math.max(range.minPitch - lowest, -6);
  const up = Math.min(range.maxPitch - highest, 6);
  const free = up >= down ? [down, up] : [-6, 6];
  return (
    home + (free[0] as number) + Math.floor(random.next() * ((free[1] as number) - (free[0] as number) + 1))
  );
}

/** Whole octaves that bring the melody's middle nearest to the range's, where it leaves the range. */
function octavesInto(melody: readonly MelodyEvent[], range: PitchRange): number {
  const [lowest, highest] = extent(melody, 0);
  if (lowest >= range.minPitch && highest <= range.maxPitch) return 0;
  return 12 * Math.round((range.minPitch + range.maxPitch - lowest - highest) / 24);
}

function extent(melody: readonly MelodyEvent[], by: number): [number, number] {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (const event of melody)
    if (event >= 0) {
      lowest = Math.min(lowest, event + by);
      highest = Math.max(highest, event + by);
    }
  return [lowest, highest];
}
