/** Where the keys of a piano lie. Widths are in white keys. */
import { ROW_WHITES } from './key-map';

export interface PianoKey {
  pitch: number;
  black: boolean;
  /** Left edge, from the lowest key. */
  left: number;
  width: number;
}

const BLACK = new Set([1, 3, 6, 8, 10]);
const BLACK_WIDTH = 0.62;
/** Semitones of the white keys above a C. */
const WHITE = [0, 2, 4, 5, 7, 9, 11];

export const isBlack = (pitch: number): boolean => BLACK.has(((pitch % 12) + 12) % 12);

/** The keys from `lowest` to `highest`, both white; black keys lie over the gaps between white ones. */
export function pianoKeys(lowest: number, highest: number): PianoKey[] {
  const keys: PianoKey[] = [];
  let whites = 0;
  for (let pitch = lowest; pitch <= highest; pitch++) {
    if (isBlack(pitch)) keys.push({ pitch, black: true, left: whites - BLACK_WIDTH / 2, width: BLACK_WIDTH });
    else keys.push({ pitch, black: false, left: whites++, width: 1 });
  }
  return keys;
}

/** Wide enough for a child's finger. */
const LEAST_WHITE_PX = 46;
const LEAST_WHITES = 8;
const MOST_WHITES = 36;
/** A grand piano's ends, as white keys from pitch 0. */
const LOWEST_WHITE = whiteOf(21);
const HIGHEST_WHITE = whiteOf(108);

/** The keys that fit into a width, around the row of the computer's keys that begins with the C `rowLowest`. */
export function keyboardRange(widthPx: number, rowLowest: number): { lowest: number; highest: number } {
  const whites = Math.min(MOST_WHITES, Math.max(LEAST_WHITES, Math.floor(widthPx / LEAST_WHITE_PX)));
  const around = Math.max(0, Math.floor((whites - ROW_WHITES) / 2));
  const first = Math.min(HIGHEST_WHITE - whites + 1, Math.max(LOWEST_WHITE, whiteOf(rowLowest) - around));
  return { lowest: pitchOfWhite(first), highest: pitchOfWhite(first + whites - 1) };
}

/** Counts white keys from pitch 0; of a black key, the one below. */
function whiteOf(pitch: number): number {
  return Math.floor(pitch / 12) * 7 + WHITE.findLastIndex((semitones) => semitones <= pitch % 12);
}

function pitchOfWhite(white: number): number {
  return Math.floor(white / 7) * 12 + (WHITE[white % 7] ?? 0);
}
