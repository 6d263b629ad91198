/** Chord and bass of a step, drawn from their heads: the bass keeps to the chord. V = classes. */
import { type ChordSymbol, chordOf } from '../music/chord.js';
import { HOLD, type MelodyEvent, OFF } from '../music/melody.js';
import type { ClassCoding } from './encoding.js';
import type { Accompaniment } from './encoding-of-config.js';
import { type SampleOptions, sample } from './sample.js';

export interface AccompanyOptions extends Omit<SampleOptions, 'allowed'> {
  /** Uniform in [0, 1); asked twice, whatever is given. */
  random: () => number;
}

export interface AccompaniedStep {
  chord: ChordSymbol;
  bass: MelodyEvent;
  /** Of what was drawn; what was given costs nothing. */
  logProbability: number;
}

/** `bassBefore` are the bass line's events up to this step; `given` is what is settled already. */
export function accompany(
  { chords, bass }: Accompaniment,
  { chordLogits, bassLogits }: { chordLogits: Float32Array; bassLogits: Float32Array },
  bassBefore: readonly MelodyEvent[],
  given: { chord?: ChordSymbol | undefined; bass?: MelodyEvent | undefined },
  { random, ...options }: AccompanyOptions,
): AccompaniedStep {
  const drawnChord = sample(chordLogits, { ...options, allowed: null }, random());
  const chord = given.chord ?? chords.symbolOf(drawnChord.index);
  const drawnBass = sample(
    bassLogits,
    { ...options, allowed: allowedBass(bass, chord, bassBefore) },
    random(),
  );
  return {
    chord,
    bass: given.bass ?? bass.eventOf(drawnBass.index, bassBefore),
    logProbability:
      (given.chord === undefined ? drawnChord.logProbability : 0) +
      (given.bass === undefined ? drawnBass.logProbability : 0),
  };
}

/** [V]: tones of the chord, silence, and holding on to what fits it. */
function allowedBass(coding: ClassCoding, symbol: ChordSymbol, before: readonly MelodyEvent[]): Uint8Array {
  const tones = chordOf(symbol)?.pitchClasses ?? [];
  const sounding = before.findLast((event) => event !== HOLD) ?? OFF;
  return Uint8Array.from({ length: coding.classes }, (_, index) => {
    const event = coding.eventOf(index, before);
    if (event === OFF) return 1;
    if (event === HOLD) return sounding === OFF || tones.includes(sounding % 12) ? 1 : 0;
    return tones.includes(event % 12) ? 1 : 0;
  });
}
