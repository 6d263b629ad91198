/** Where chords and bass lie: close to the chord before, clear of the visitor's hands. */
import { type Chord, pitchClassOf } from '../../music/index.js';

/** Pitches from the visitor's lowest to their highest. */
export interface Hands {
  lowest: number;
  highest: number;
}

const LOWEST_BOTTOM = 43;
const HIGHEST_BOTTOM = 74;
/** Where the middle of a chord sounds best. */
const HOME_PITCH = 56;
/** Close chords below this are muddy. */
const CLEAR_BOTTOM = 48;
/** Hands are kept this far away, in semitones. */
const ROOM = 2;
const MOST_TONES = 4;
const LOWEST_BASS = 28;
const HIGHEST_BASS = 50;

/** Pitches in ascending order within an octave. */
export function voiceChord(chord: Chord, hands: Hands | null, before: readonly number[]): number[] {
  const classes = tonesOf(chord);
  let best: number[] = [];
  let least = Infinity;
  for (let bottom = LOWEST_BOTTOM; bottom <= HIGHEST_BOTTOM; bottom++) {
    if (!classes.includes(bottom % 12)) continue;
    const pitches = classes.map((tone) => bottom + pitchClassOf(tone - bottom)).sort((a, b) => a - b);
    const cost = costOf(pitches, hands, before);
    if (cost < least) [best, least] = [pitches, cost];
  }
  return best;
}

/** The bass in its own octaves, under the chord and clear of the hands; null where these leave it no room. */
export function placeBass(pitch: number, chord: readonly number[], hands: Hands | null): number | null {
  const ceiling = Math.min(HIGHEST_BASS, (chord[0] ?? 127) - 1, hands ? hands.lowest - ROOM - 1 : 127);
  const highest = ceiling - pitchClassOf(ceiling - pitch);
  return highest < LOWEST_BASS ? null : highest;
}

/** Without the fifth where there are too many. */
function tonesOf({ root, intervals }: Chord): number[] {
  const kept = intervals.length > MOST_TONES ? intervals.filter((interval) => interval !== 7) : intervals;
  return kept.slice(0, MOST_TONES).map((interval) => (root + interval) % 12);
}

function costOf(pitches: readonly number[], hands: Hands | null, before: readonly number[]): number {
  const inTheWay = hands
    ? pitches.filter((pitch) => pitch >= hands.lowest - ROOM && pitch <= hands.highest + ROOM).length
    : 0;
  const middle = ((pitches[0] as number) + (pitches.at(-1) as number)) / 2;
  const muddy = Math.max(0, CLEAR_BOTTOM - (pitches[0] as number));
  const moved =
    before.length === 0
      ? 0
      : pitches.reduce((sum, pitch) => sum + Math.min(...before.map((other) => Math.abs(other - pitch))), 0);
  return 12 * inTheWay + 0.4 * Math.abs(middle - HOME_PITCH) + 2 * muddy + 0.5 * moved;
}
