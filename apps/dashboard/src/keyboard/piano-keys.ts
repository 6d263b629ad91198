/** Where the keys of a piano lie. Widths are in white keys. */
export interface PianoKey {
  pitch: number;
  black: boolean;
  /** Left edge, from the lowest key. */
  left: number;
  width: number;
}

const BLACK = new Set([1, 3, 6, 8, 10]);
const BLACK_WIDTH = 0.62;

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
