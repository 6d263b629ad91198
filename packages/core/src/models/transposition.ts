/** Moves what is played into the key and the octaves that a model knows, and what the model answers back again. */
import { type ChordSymbol, transposeChord } from '../music/chord.js';
import type { MelodyEvent } from '../music/melody.js';
import type { Condition } from './encoding.js';
import { majorKeyHistogram } from './key-melody.js';
import { foldPitch, type PitchRange } from './one-hot.js';

const ALL_PITCHES: PitchRange = { minPitch: 0, maxPitch: 127 };

export interface Transposition {
  /** Added to a pitch on its way to the model. */
  semitones: number;
  toModel(melody: readonly MelodyEvent[]): MelodyEvent[];
  pitchesToModel(pitches: readonly number[] | null): number[] | null;
  conditionToModel(condition: Condition): Condition;
  fromModel(event: MelodyEvent): MelodyEvent;
  chordFromModel(symbol: ChordSymbol): ChordSymbol;
  bassFromModel(event: MelodyEvent): MelodyEvent;
}

/**
 * With a key (0 = C), as Magenta's Melody.squash: the melody's likeliest major key goes to that key, in the octave that brings its middle
 * nearest to the range's. Without one, a melody that leaves the range moves by whole octaves, one that does not stays. What still
 * lies outside is folded.
 */
export function transpositionFor(
  melody: readonly MelodyEvent[],
  { range, transposeToKey }: { range: PitchRange; transposeToKey: number | null },
): Transposition {
  const semitones = semitonesFor(melody, range, transposeToKey);
  const bassSemitones = semitones - 12 * Math.round(semitones / 12); // octaves are the melody's own
  const moveBass = (event: MelodyEvent, by: number) =>
    event >= 0 ? foldPitch(event + by, ALL_PITCHES) : event;
  return {
    semitones,
    toModel: (events) => events.map((event) => (event >= 0 ? foldPitch(event + semitones, range) : event)),
    pitchesToModel: (pitches) => pitches?.map((pitch) => pitch + semitones) ?? null,
    conditionToModel: (condition) =>
      semitones % 12 === 0
        ? condition
        : {
            ...condition,
            chords: condition.chords.map((symbol) => transposeChord(symbol, semitones)),
            bass: condition.bass.map((event) => moveBass(event, bassSemitones)),
          },
    fromModel: (event) => (event >= 0 ? foldPitch(event - semitones, ALL_PITCHES) : event),
    chordFromModel: (symbol) => transposeChord(symbol, -semitones),
    bassFromModel: (event) => moveBass(event, -bassSemitones),
  };
}

function semitonesFor(melody: readonly MelodyEvent[], range: PitchRange, key: number | null): number {
  const pitches = melody.filter((event) => event >= 0);
  if (pitches.length === 0) return 0;
  const lowest = Math.min(...pitches);
  const highest = Math.max(...pitches);
  if (key === null && lowest >= range.minPitch && highest <= range.maxPitch) return 0;
  const toKey = key === null ? 0 : key - likeliestKey(pitches);
  const distance = (range.minPitch + range.maxPitch) / 2 - ((lowest + highest) / 2 + toKey);
  return toKey + 12 * roundHalfToEven(distance / 12);
}

function likeliestKey(pitches: readonly number[]): number {
  const histogram = majorKeyHistogram(pitches);
  return histogram.indexOf(Math.max(...histogram));
}

/** Python 3's round, which decides where Magenta puts a melody that lies just between two octaves. */
function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
