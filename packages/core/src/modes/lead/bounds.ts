/** Between which pitches, from which of them, and how busily the machine improvises. */
import { barMs, beatMs, type ChordSymbol, chordOf, isInKey, keyOf } from '../../music/index.js';
import { type Hearing, handsOf } from '../hearing.js';
import type { Params } from './params.js';
import type { Bounds } from './polish.js';

const LOWEST = 60;
const HIGHEST_BOTTOM = 76;
const COMPASS = 19;
/** Onsets a beat with a density of 1, where the visitor plays once a beat. */
const MOST_ONSETS = 4;
/** Visitors who play less, or more, onsets a beat than these are answered as if they played so many. */
const LEAST_ACTIVE = 0.75;
const MOST_ACTIVE = 1.5;
const LATELY_BARS = 2;

/** Over the visitor's hands where there is room, and as busy as they are. */
export function boundsOf(hearing: Hearing, { density }: Params): Bounds {
  const { grid, recent } = hearing;
  const eighths = recent
    .filter(({ atMs }) => atMs >= latelyMs(hearing))
    .map(({ atMs }) => Math.round((2 * atMs) / beatMs(grid)));
  const activity = new Set(eighths).size / (LATELY_BARS * grid.beatsPerBar);
  const onsetsPerBeat = MOST_ONSETS * density * Math.min(MOST_ACTIVE, Math.max(LEAST_ACTIVE, activity));
  const lowest = lowestOf(hearing);
  return { lowest, highest: lowest + COMPASS, onsetsPerBeat };
}

/** The scale of the visitor's key, and the tones of the chords to come. */
export function allowedPitches(hearing: Hearing, chords: readonly ChordSymbol[]): number[] {
  const lowest = lowestOf(hearing);
  const key = keyOf(hearing.recent.map(({ pitch }) => ({ pitch, weight: 1 })));
  const tones = new Set(chords.flatMap((chord) => chordOf(chord)?.pitchClasses ?? []));
  return Array.from({ length: COMPASS + 1 }, (_, i) => lowest + i).filter(
    (pitch) => isInKey(pitch, key) || tones.has(pitch % 12),
  );
}

function lowestOf(hearing: Hearing): number {
  const highest = handsOf(hearing, latelyMs(hearing))?.highest ?? 0;
  return Math.min(HIGHEST_BOTTOM, Math.max(LOWEST, highest + 1));
}

function latelyMs({ grid, recent }: Hearing): number {
  return (recent.at(-1)?.atMs ?? 0) - LATELY_BARS * barMs(grid);
}
