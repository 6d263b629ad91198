import type { KeyEvent } from '@antiphon/core/music';

/** Passes key events on and remembers which keys are down, so that they can be let go when a keyboard is lost. */
export class HeldKeys {
  readonly #held = new Set<number>();
  readonly #pass: (event: KeyEvent) => void;

  constructor(pass: (event: KeyEvent) => void) {
    this.#pass = pass;
  }

  take(event: KeyEvent): void {
    if (event.type === 'noteOn') this.#held.add(event.pitch);
    if (event.type === 'noteOff' && !this.#held.delete(event.pitch)) return;
    this.#pass(event);
  }

  releaseAll(atMs: number): void {
    for (const pitch of [...this.#held]) this.take({ type: 'noteOff', pitch, atMs });
  }
}
