/** The computer's keyboard as a piano: two rows of keys, by their place and not by what is printed on them. */

/** Semitones above the lowest note, by `KeyboardEvent.code`. */
const SEMITONES: Record<string, number> = {
  KeyA: 0,
  KeyW: 1,
  KeyS: 2,
  KeyE: 3,
  KeyD: 4,
  KeyF: 5,
  KeyT: 6,
  KeyG: 7,
  KeyY: 8,
  KeyH: 9,
  KeyU: 10,
  KeyJ: 11,
  KeyK: 12,
  KeyO: 13,
  KeyL: 14,
  KeyP: 15,
  Semicolon: 16,
  Quote: 17,
};
const CODES = new Map(Object.entries(SEMITONES).map(([code, semitones]) => [semitones, code]));

/** White keys that the row reaches. */
export const ROW_WHITES = 11;
const LOWEST_ROW = 36;
const HIGHEST_ROW = 84;

/** What is printed on a key, by its code, where the browser tells; see the Keyboard Map API. */
export type KeyLayout = ReadonlyMap<string, string>;

/** The pitch of a key when the row begins at `lowest`; null for a key that plays nothing. */
export function pitchOfKey(code: string, lowest: number): number | null {
  const semitones = SEMITONES[code];
  return semitones === undefined ? null : lowest + semitones;
}

/** What is printed on the key that plays a pitch, on a common keyboard if the layout is not known; null where none does. */
export function labelOfPitch(pitch: number, lowest: number, layout: KeyLayout): string | null {
  const code = CODES.get(pitch - lowest);
  return code ? labelOfCode(code, layout) : null;
}

export function labelOfCode(code: string, layout: KeyLayout): string {
  const printed = layout.get(code) ?? { Semicolon: ';', Quote: '’' }[code] ?? code.replace('Key', '');
  return printed.toUpperCase();
}

/** Keys that move the row by an octave. */
export const OCTAVE_KEYS: Record<string, -12 | 12> = { KeyZ: -12, KeyX: 12 };

export function moveRow(lowest: number, by: -12 | 12): number {
  return Math.min(HIGHEST_ROW, Math.max(LOWEST_ROW, lowest + by));
}
