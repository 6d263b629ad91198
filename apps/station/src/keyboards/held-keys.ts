import { type KeyEvent, pedalAfter } from '@antiphon/core/music';

type Release = Extract<KeyEvent, { type: 'noteOff' }>;
type Control = Extract<KeyEvent, { type: 'control' }>;

/**
 * Passes key events on and remembers what is down, so that it can be let go when a keyboard is lost. Every press has one release on its
 * channel: a key pressed again while it is down, since a bad cable lost its release, is let go first.
 */
export class HeldKeys {
  /** What would let each of them go, by its channel and pitch. */
  readonly #held = new Map<string, Release>();
  readonly #pedals = new Map<number | undefined, Control>();
  readonly #pass: (event: KeyEvent) => void;

  constructor(pass: (event: KeyEvent) => void) {
    this.#pass = pass;
  }

  take(event: KeyEvent): void {
    if (event.type === 'noteOn') {
      const { velocity: _, ...key } = event;
      const release: Release = { ...key, type: 'noteOff' };
      this.take(release);
      this.#held.set(nameOf(release), release);
    }
    if (event.type === 'noteOff' && !this.#held.delete(nameOf(event))) return;
    if (event.type === 'control') this.#step(event);
    this.#pass(event);
  }

  releaseAll(atMs: number): void {
    for (const release of [...this.#held.values()]) this.take({ ...release, atMs });
    for (const pedal of [...this.#pedals.values()]) this.take({ ...pedal, value: 0, atMs });
  }

  #step(event: Control): void {
    const isDown = pedalAfter(event);
    if (isDown) this.#pedals.set(event.channel, event);
    else if (isDown === false) this.#pedals.delete(event.channel);
  }
}

function nameOf({ channel, pitch }: Release): string {
  return `${channel} ${pitch}`;
}
