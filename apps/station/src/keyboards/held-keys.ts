import { type KeyEvent, pedalAfter } from '@antiphon/core/music';

const SUSTAIN = 64;

/**
 * Passes key events on and remembers what is down, so that it can be let go when a keyboard is lost. Every press has one release: a key
 * pressed again while it is down, since a bad cable lost its release, is let go first.
 */
export class HeldKeys {
  readonly #held = new Set<number>();
  readonly #pass: (event: KeyEvent) => void;
  #pedal = false;

  constructor(pass: (event: KeyEvent) => void) {
    this.#pass = pass;
  }

  take(event: KeyEvent): void {
    if (event.type === 'noteOn') {
      this.take({ type: 'noteOff', pitch: event.pitch, atMs: event.atMs });
      this.#held.add(event.pitch);
    }
    if (event.type === 'noteOff' && !this.#held.delete(event.pitch)) return;
    this.#pedal = pedalAfter(event) ?? this.#pedal;
    this.#pass(event);
  }

  releaseAll(atMs: number): void {
    for (const pitch of [...this.#held]) this.take({ type: 'noteOff', pitch, atMs });
    if (this.#pedal) this.take({ type: 'control', controller: SUSTAIN, value: 0, atMs });
  }
}
