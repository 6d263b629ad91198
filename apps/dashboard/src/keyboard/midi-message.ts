/** MIDI channel messages of a keyboard, as the browser hands them over. */
export type MidiMessage =
  | { type: 'press'; pitch: number; velocity: number }
  | { type: 'release'; pitch: number }
  | { type: 'pedal'; value: number };

const NOTE_OFF = 0x80;
const NOTE_ON = 0x90;
const CONTROL = 0xb0;
const SUSTAIN = 64;

/** Null for what is not played. A note-on with velocity 0 is a release (MIDI 1.0). */
export function parseMidiMessage(bytes: Uint8Array): MidiMessage | null {
  const [status = 0, first = 0, second = 0] = bytes;
  const kind = status & 0xf0;
  if (kind === NOTE_ON && second > 0) return { type: 'press', pitch: first, velocity: second };
  if (kind === NOTE_ON || kind === NOTE_OFF) return { type: 'release', pitch: first };
  if (kind === CONTROL && first === SUSTAIN) return { type: 'pedal', value: second };
  return null;
}
