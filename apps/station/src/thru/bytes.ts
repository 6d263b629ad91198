/** Between key events and the bytes of MIDI messages, which are passed through on the first channel. */
import type { KeyEvent } from '@antiphon/core/music';
import type { MidiMessage } from '../keyboards/keyboard.js';

/** On any channel; null for what is no key, pedal or control. */
export function eventOf(
  [status = 0, data1 = 0, data2 = 0]: readonly number[],
  atMs: number,
): KeyEvent | null {
  const kind = status & 0xf0;
  if (kind === 0x90 && data2 > 0) return { type: 'noteOn', pitch: data1, velocity: data2, atMs };
  if (kind === 0x90 || kind === 0x80) return { type: 'noteOff', pitch: data1, atMs };
  return kind === 0xb0 ? { type: 'control', controller: data1, value: data2, atMs } : null;
}

export function bytesOf(event: KeyEvent): MidiMessage {
  if (event.type === 'noteOn') return [0x90, event.pitch, event.velocity];
  if (event.type === 'noteOff') return [0x80, event.pitch, 0];
  return [0xb0, event.controller, event.value];
}
