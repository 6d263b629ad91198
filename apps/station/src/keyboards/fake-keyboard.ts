/** A keyboard for tests: plays what its script tells it, and remembers whether it is open and what it was to show. */
import type { Light } from '@antiphon/core/controls';
import type { ClockMessage } from '@antiphon/core/timing';
import { machineMs } from '../machine-clock.js';
import { HeldKeys } from './held-keys.js';
import type { Keyboard, KeyboardListeners } from './keyboard.js';

export class FakeKeyboard implements Keyboard {
  readonly name: string;
  isOpen = false;
  readonly shown: Light[] = [];
  #listeners: KeyboardListeners | null = null;
  #held: HeldKeys | null = null;
  #plugged = true;

  constructor(name = 'Fake keys') {
    this.name = name;
  }

  open(listeners: KeyboardListeners): void {
    this.isOpen = true;
    this.#listeners = listeners;
    this.#held = new HeldKeys(listeners.onEvent);
    listeners.onStatus({ status: 'connected', name: this.name });
  }

  press(pitch: number, velocity = 80): void {
    if (this.isOpen && this.#plugged)
      this.#held?.take({ type: 'noteOn', pitch, velocity, atMs: machineMs() });
  }

  /** Turns a knob, on the first channel. */
  turn(controller: number, value: number): void {
    if (this.isOpen && this.#plugged)
      this.#held?.take({ type: 'control', controller, value, channel: 0, atMs: machineMs() });
  }

  show(light: Light): void {
    if (this.isOpen && this.#plugged) this.shown.push(light);
  }

  clock(message: ClockMessage): void {
    if (this.isOpen && this.#plugged) this.#listeners?.onClock(message);
  }

  release(pitch: number): void {
    if (this.isOpen && this.#plugged) this.#held?.take({ type: 'noteOff', pitch, atMs: machineMs() });
  }

  unplug(): void {
    this.#plugged = false;
    this.#held?.releaseAll(machineMs());
    this.#listeners?.onStatus({ status: 'missing', reason: `${this.name} is unplugged` });
  }

  plug(): void {
    this.#plugged = true;
    this.#listeners?.onStatus({ status: 'connected', name: this.name });
  }

  end(): void {
    this.#held?.releaseAll(machineMs());
    this.#listeners?.onEnd();
  }

  close(): void {
    this.#held?.releaseAll(machineMs());
    this.isOpen = false;
  }
}
