/** MIDI channel messages of a keyboard, as the browser hands them over; channels count from 0. */
export type MidiMessage = { channel: number } & (
  | { type: 'press'; pitch: number; velocity: number }
  | { type: 'release'; pitch: number }
  | { type: 'pedal'; value: number }
);

const NOTE_OFF = 0x80;
const NOTE_ON = 0x90;
const CONTROL = 0xb0;
const SUSTAIN = 64;

/** Null for what is not played. A note-on with velocity 0 is a release (MIDI 1.0). */
export function parseMidiMessage(bytes: Uint8Array): MidiMessage | null {
  const [status = 0, first = 0, second = 0] = bytes;
  const kind = status & 0xf0;
  const channel = status & 0x0f;
  if (kind === NOTE_ON && second > 0) return { type: 'press', pitch: first, velocity: second, channel };
  if (kind === NOTE_ON || kind === NOTE_OFF) return { type: 'release', pitch: first, channel };
  if (kind === CONTROL && first === SUSTAIN) return { type: 'pedal', value: second, channel };
  return null;
}
