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
  return moved(piece, octavesInto(piece.melody, range), range);
}

export interface Variety {
  range: PitchRange;
  random: RandomStream;
  /** Whether chords and bass are heard with mistakes in them, from which the model learns to find back to the melody. */
  isMisheard: boolean;
}

/** How often the style is left open. */
const NO_STYLE = 0.25;
/** How often a piece goes on in another key from some bar on. */
const MODULATION = 0.25;
/** How often a stretch of chords is heard in a wrong key. */
const MISHEARING = 0.5;
const MISHEARD_BARS = 4;

/** The piece in a key chosen at random, and otherwise varied. */
export function variedSequence(piece: TrainingPiece, { range, random, isMisheard }: Variety): Sequence {
  const chance = (share: number) => random.next() < share;
  const semitones = transpositionWithin(piece.melody, range, random);
  let sequence = moved(piece, semitones, range);
  if (chance(NO_STYLE)) sequence = { ...sequence, condition: { ...sequence.condition, style: null } };
  if (!isMisheard) return sequence;
  if (chance(MODULATION)) sequence = modulated(piece, sequence, { semitones, range, random });
  return chance(MISHEARING) ? misheard(sequence, random) : sequence;
}

function moved(piece: TrainingPiece, semitones: number, range: PitchRange): Sequence {
  const chords = piece.chords?.map((symbol) => transposeChord(symbol, semitones)) ?? null;
  const bass = piece.bass?.map((event) => (event >= 0 ? event + semitones : event)) ?? null;
  const { length } = piece.melody;
  return {
    melody: piece.melody.map((event) => (event >= 0 ? foldPitch(event + semitones, range) : event)),
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

/** Up to a bar line as it was, from there on in another key. */
function modulated(
  piece: TrainingPiece,
  before: Sequence,
  { semitones, range, random }: { semitones: number; range: PitchRange; random: RandomStream },
): Sequence {
  const bars = Math.floor(piece.melody.length / piece.stepsPerBar);
  const from = piece.stepsPerBar * Math.floor(random.next() * bars);
  const after = moved(piece, semitones + Math.floor(random.next() * 11) - 5, range);
  const join = <T>(a: readonly T[], b: readonly T[]) => [...a.slice(0, from), ...b.slice(from)];
  return {
    melody: join(before.melody, after.melody),
    condition: {
      ...before.condition,
      chords: join(before.condition.chords, after.condition.chords),
      bass: join(before.condition.bass, after.condition.bass),
    },
    chords: before.chords && after.chords && join(before.chords, after.chords),
    bass: before.bass && after.bass && join(before.bass, after.bass),
  };
}

/** A stretch of chords and bass is heard some semitones away; what should be said stays right. */
function misheard(sequence: Sequence, random: RandomStream): Sequence {
  const { condition } = sequence;
  const steps = Math.floor(random.next() * MISHEARD_BARS * condition.stepsPerBar);
  const from = Math.floor(random.next() * Math.max(1, condition.chords.length - steps));
  const semitones = 1 + Math.floor(random.next() * 11);
  const isIn = (step: number) => step >= from && step < from + steps;
  return {
    ...sequence,
    condition: {
      ...condition,
      chords: condition.chords.map((symbol, step) =>
        isIn(step) ? transposeChord(symbol, semitones) : symbol,
      ),
      bass: condition.bass.map((event, step) => (isIn(step) && event >= 0 ? event + semitones : event)),
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
