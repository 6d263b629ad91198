/** The MIDI output that answers sound on. */

import type { Voice } from '@antiphon/core/music';
import type { ClockMessage, PlayerAction, SoundingNote } from '@antiphon/core/timing';
import easymidi, { type Channel, type Output } from 'easymidi';

const CHANNELS: Record<Voice, Channel> = { melody: 1, chords: 2, bass: 3, click: 9 };
/** Where notes are passed through to. */
const THRU_CHANNEL: Channel = 0;
const ALL_NOTES_OFF = 123;

/** easymidi keeps the driver's port, which alone gives its ALSA client back. */
interface DriverPort {
  destroy(): void;
}

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
    else this.release(action);
  }

  clock(message: ClockMessage): void {
    if (message.type === 'position') this.#port.send('position', { value: message.sixteenths });
    else this.#port.send(message.type as 'clock');
  }

  release({ voice, pitch }: Pick<SoundingNote, 'voice' | 'pitch'>): void {
    this.#port.send('noteoff', { note: pitch, velocity: 0, channel: CHANNELS[voice] });
  }

  /** For what no release was sent for: some instruments heed it. */
  allNotesOff(): void {
    for (const channel of [THRU_CHANNEL, ...Object.values(CHANNELS)])
      this.#port.send('cc', { controller: ALL_NOTES_OFF, value: 0, channel });
  }

  close(): void {
    this.#port.close();
    (this.#port as unknown as { _output: DriverPort })._output.destroy();
  }
}
