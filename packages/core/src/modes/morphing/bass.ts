/** The bass beneath a melody where no model has one to give, and its first chord in any case. */
import {
  type ChordSymbol,
  type Key,
  type MelodyEvent,
  pitchClassOf,
  SCALES,
  symbolOf,
} from '../../music/index.js';

const MAJOR = [0, 4, 7];
const MINOR = [0, 3, 7];
/** Degrees of the scale whose triads are tried: the tonic, the dominant, the subdominant. */
const DEGREES = [0, 4, 3];
const LOWEST = 36;

/** The tonic, the dominant or the subdominant: whichever holds most of the pitches. */
export function plainChord(events: readonly MelodyEvent[], key: Key): { symbol: ChordSymbol; bass: number } {
  const pitches = events.filter((event) => event >= 0);
  const triads = DEGREES.map((degree) => {
    const root = pitchClassOf(key.tonic + (SCALES[key.scale][degree] as number));
    const intervals = key.scale === 'major' || degree === 4 ? MAJOR : MINOR;
    return { root, intervals };
  });
  const held = triads.map(
    ({ root, intervals }) => pitches.filter((pitch) => intervals.includes(pitchClassOf(pitch - root))).length,
  );
  const { root, intervals } = triads[held.indexOf(Math.max(...held))] as (typeof triads)[number];
  return { symbol: symbolOf(root, intervals), bass: LOWEST + pitchClassOf(root - LOWEST) };
}
