/** The MIDI output that answers sound on. */

import type { Voice } from '@antiphon/core/music';
import type { PlayerAction } from '@antiphon/core/timing';
import easymidi, { type Channel, type Output } from 'easymidi';
import type { MidiMessage } from '../keyboards/keyboard.js';

const CHANNELS: Record<Voice, Channel> = { melody: 1, chords: 2, bass: 3, click: 9 };
const ALL_NOTES_OFF = 123;

export class MidiOutput {
  readonly #port: Output;

  /** Throws where the port cannot be opened. */
  constructor(name: string) {
    this.#port = new easymidi.Output(name);
  }

  perform(action: PlayerAction): void {
    const channel = CHANNELS[action.voice];
    if (action.type === 'noteOn')
      this.#port.send('noteon', { note: action.pitch, velocity: action.velocity, channel });
    else this.#port.send('noteoff', { note: action.pitch, velocity: 0, channel });
  }

  thru([status, data1, data2]: MidiMessage): void {
    const channel = (status & 0x0f) as Channel;
    const kind = status & 0xf0;
    if (kind === 0x90) this.#port.send('noteon', { note: data1, velocity: data2, channel });
    if (kind === 0x80) this.#port.send('noteoff', { note: data1, velocity: 0, channel });
    if (kind === 0xb0) this.#port.send('cc', { controller: data1, value: data2, channel });
  }

  allNotesOff(): void {
    for (const channel of Object.values(CHANNELS))
      this.#port.send('cc', { controller: ALL_NOTES_OFF, value: 0, channel });
  }

  close(): void {
    this.#port.close();
  }
}
