/**
 * Chord and bass of a step, drawn from their heads: there always is a chord, and the bass keeps to it; both suit what the player is expected
 * to play rather than not. V = classes.
 */
import { type ChordSymbol, chordOf } from '../music/chord.js';
import { HOLD, type MelodyEvent, OFF, soundingAfter } from '../music/melody.js';
import type { ChordCoding } from './chord-coding.js';
import type { ClassCoding } from './encoding.js';
import type { Accompaniment } from './encoding-of-config.js';
import { type SampleOptions, sample } from './sample.js';

/** What the three heads say of a step. */
export interface HeadLogits {
  melody: Float32Array;
  chord: Float32Array;
  bass: Float32Array;
}

/** What has sounded up to the step, and what of the step is settled already. */
export interface AccompanyContext {
  melodyBefore: readonly MelodyEvent[];
  bassBefore: readonly MelodyEvent[];
  chord?: ChordSymbol | undefined;
  bass?: MelodyEvent | undefined;
}

export interface AccompanyOptions extends Omit<SampleOptions, 'allowed'> {
  /** Uniform in [0, 1); asked twice, whatever is settled. */
  random: () => number;
}

export interface AccompaniedStep {
  chord: ChordSymbol;
  bass: MelodyEvent;
  /** Of what was drawn; what was settled costs nothing. */
  logProbability: number;
}

export function accompany(
  { melodyCoding, accompaniment }: { melodyCoding: ClassCoding; accompaniment: Accompaniment },
  heads: HeadLogits,
  context: AccompanyContext,
  { random, ...options }: AccompanyOptions,
): AccompaniedStep {
  const { chords, bass } = accompaniment;
  if (context.chord !== undefined && context.bass !== undefined) {
    random();
    random();
    return { chord: context.chord, bass: context.bass, logProbability: 0 };
  }
  const expected = expectedPitchClasses(melodyCoding, heads.melody, context.melodyBefore);
  const drawnChord = sample(
    suited(heads.chord, chords, expected),
    { ...options, allowed: anyChord(chords) },
    random(),
  );
  const chord = context.chord ?? chords.symbolOf(drawnChord.index);
  const allowed = allowedBass(bass, chord, context.bassBefore);
  const drawnBass = sample(
    consonant(heads.bass, bass, { expected, before: context.bassBefore }),
    { ...options, allowed },
    random(),
  );
  return {
    chord,
    bass: context.bass ?? bass.eventOf(drawnBass.index, context.bassBefore),
    logProbability:
      (context.chord === undefined ? drawnChord.logProbability : 0) +
      (context.bass === undefined ? drawnBass.logProbability : 0),
  };
}

/** How much the melody's expected note weighs against the chord head: 1 takes both for independent witnesses. */
const SUITING = 1;
/** Semitones from the bass up. */
const CONSONANCES = [0, 3, 4, 7, 8, 9];
/** A chord without the expected note is unlikely, not impossible. */
const LEAST_SUITED = 0.02;

/** Chances that each pitch class sounds at the step, [12]; what is left to 1 is silence. */
function expectedPitchClasses(
  coding: ClassCoding,
  logits: Float32Array,
  before: readonly MelodyEvent[],
): Float64Array {
  const expected = new Float64Array(12);
  const sounding = soundingAfter(before) ?? OFF;
  let most = Number.NEGATIVE_INFINITY;
  for (const logit of logits) most = Math.max(most, logit);
  let total = 0;
  logits.forEach((logit, index) => {
    const weight = Math.exp(logit - most);
    total += weight;
    const event = coding.eventOf(index, before);
    const pitch = event === HOLD ? sounding : event;
    if (pitch >= 0) expected[pitch % 12] = (expected[pitch % 12] as number) + weight;
  });
  return expected.map((weight) => weight / total);
}

function suited(logits: Float32Array, { tonesOf }: ChordCoding, expected: Float64Array): Float32Array {
  const heard = expected.reduce((sum, chance) => sum + chance, 0);
  return logits.map((logit, index) => {
    let fitting = 1 - heard;
    for (const tone of tonesOf(index)) fitting += expected[tone] as number;
    return logit + SUITING * Math.log(Math.max(LEAST_SUITED, fitting));
  });
}

function consonant(
  logits: Float32Array,
  coding: ClassCoding,
  { expected, before }: { expected: Float64Array; before: readonly MelodyEvent[] },
): Float32Array {
  const heard = expected.reduce((sum, chance) => sum + chance, 0);
  const sounding = soundingAfter(before) ?? OFF;
  return logits.map((logit, index) => {
    const event = coding.eventOf(index, before);
    const pitch = event === HOLD ? sounding : event;
    if (pitch < 0) return logit;
    const fitting = CONSONANCES.reduce(
      (sum, interval) => sum + (expected[(pitch + interval) % 12] as number),
      1 - heard,
    );
    return logit + SUITING * Math.log(Math.max(LEAST_SUITED, fitting));
  });
}

/** [V]: all but no chord. When to be silent is for a mode to say. */
function anyChord({ classes }: ChordCoding): Uint8Array {
  const allowed = new Uint8Array(classes).fill(1);
  allowed[0] = 0;
  return allowed;
}

/** [V]: tones of the chord, silence, and holding on to what fits it. */
function allowedBass(coding: ClassCoding, symbol: ChordSymbol, before: readonly MelodyEvent[]): Uint8Array {
  const tones = chordOf(symbol)?.pitchClasses ?? [];
  const sounding = soundingAfter(before) ?? OFF;
  return Uint8Array.from({ length: coding.classes }, (_, index) => {
    const event = coding.eventOf(index, before);
    if (event === OFF) return 1;
    if (event === HOLD) return sounding === OFF || tones.includes(sounding % 12) ? 1 : 0;
    return tones.includes(event % 12) ? 1 : 0;
  });
}
