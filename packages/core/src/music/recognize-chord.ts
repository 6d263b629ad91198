/** Names the chord under a player's hands. */
import { type ChordSymbol, KNOWN_QUALITIES, NO_CHORD, symbolOf } from './chord.js';
import { pitchClassOf } from './key.js';

/** A chord may lack its fifth and still be heard; another tone that is missing, or one that does not belong, is a fault. */
const MISSING_FIFTH = 0.25;
/** The bass is heard as the root where nothing speaks against it. */
const INVERTED = 0.5;
/** A bass outside the chord, as in C/D. */
const FOREIGN_BASS = 0.4;
/** Beyond this the keys are a cluster, not a chord. */
const MOST_FAULTS = 1.25;

/** `N.C.` for fewer than two pitch classes and for clusters. The lowest pitch is the bass: E-G-C is `C/E`. */
export function recognizeChord(pitches: readonly number[]): ChordSymbol {
  const bass = pitchClassOf(Math.min(...pitches));
  const classes = [...new Set(pitches.map(pitchClassOf))];
  if (classes.length < 2) return NO_CHORD;
  const upper = [...new Set(pitches.filter((pitch) => pitchClassOf(pitch) !== bass).map(pitchClassOf))];
  let best: ChordSymbol = NO_CHORD;
  let least = MOST_FAULTS;
  const consider = (tones: readonly number[], extra: number) => {
    for (const intervals of KNOWN_QUALITIES)
      for (const root of tones) {
        const faults = faultsOf(
          intervals,
          tones.map((tone) => pitchClassOf(tone - root)),
        );
        const sum = faults + (root === bass ? 0 : extra);
        if (sum < least - 1e-9) {
          least = sum;
          best = symbolOf(root, intervals, bass);
        }
      }
  };
  consider(classes, INVERTED);
  if (upper.length >= 3) consider(upper, FOREIGN_BASS);
  return best;
}

function faultsOf(intervals: readonly number[], tones: readonly number[]): number {
  const foreign = tones.filter((tone) => !intervals.includes(tone)).length;
  const missing = intervals.filter((interval) => !tones.includes(interval));
  const isFifthMissing = missing.includes(7) && intervals.length > 2;
  return foreign + missing.length - (isFifthMissing ? 1 - MISSING_FIFTH : 0);
}
