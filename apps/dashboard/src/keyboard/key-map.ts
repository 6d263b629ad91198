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

/** The pitch of a key when the row begins at `lowest`; null for a key that plays nothing. */
export function pitchOfKey(code: string, lowest: number): number | null {
  const semitones = SEMITONES[code];
  return semitones === undefined ? null : lowest + semitones;
}

/** What is printed on the key that plays a pitch, on a common keyboard; null where none does. */
export function labelOfPitch(pitch: number, lowest: number): string | null {
  const entry = Object.entries(SEMITONES).find(([, semitones]) => lowest + semitones === pitch);
  if (!entry) return null;
  const [code] = entry;
  return { Semicolon: ';', Quote: '’' }[code] ?? code.replace('Key', '');
}

/** Keys that move the row by an octave. */
export const OCTAVE_KEYS: Record<string, -12 | 12> = { KeyZ: -12, KeyX: 12 };
