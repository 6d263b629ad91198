import type { Light } from '@antiphon/core/controls';
import type { KeyEvent } from '@antiphon/core/music';
import type { ClockMessage } from '@antiphon/core/timing';

/** How a keyboard is; shown to operators. */
export type KeyboardStatus = { status: 'connected'; name: string } | { status: 'missing'; reason: string };

/** A message for a MIDI output port, as its three bytes. */
export type MidiMessage = [status: number, data1: number, data2: number];

/**
 * Where a visitor's notes come from. It says what is played by `onEvent`, with times of this machine's clock, and releases every held
 * key itself before it goes missing, ends or is closed. `onStatus` is called at once and at every change, so is `onOutput` where
 * answers can sound.
 */
export interface Keyboard {
  open(listeners: KeyboardListeners): void;
  /** Shows a value on one of its controls; passes over what it cannot show now, or not without a sound. */
  show(light: Light): void;
  close(): void;
}

export interface KeyboardListeners {
  onEvent: (event: KeyEvent) => void;
  /** MIDI clock, where some comes in, with times of this machine's clock. */
  onClock: (message: ClockMessage) => void;
  onStatus: (status: KeyboardStatus) => void;
  /** The input port that a visitor's notes come from, likewise; only of a keyboard that is on a port. */
  onInput: (port: string | null) => void;
  /** The output port that answers sound on, to be opened anew also when its name is the same; null while there is none. */
  onOutput: (port: string | null) => void;
  /** Nothing more will come: only a keyboard that plays by itself ever ends. */
  onEnd: () => void;
}
