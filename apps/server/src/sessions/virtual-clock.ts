/** A clock that goes as fast as what happens, for tests. */
import type { Clock } from '../clock.js';

export class VirtualClock implements Clock {
  #nowMs: number;
  #timers: { atMs: number; act: () => void }[] = [];

  constructor(nowMs = 1_000_000) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  at(atMs: number, act: () => void): () => void {
    const timer = { atMs: Math.max(atMs, this.#nowMs), act };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  sleep(forMs: number): Promise<void> {
    return new Promise((resolve) => void this.at(this.#nowMs + forMs, resolve));
  }

  /** Lets everything happen that is due by then, each in its turn. */
  async run(untilMs: number): Promise<void> {
    for (;;) {
      const next = this.#timers.reduce<{ atMs: number; act: () => void } | null>(
        (a, b) => (a && a.atMs <= b.atMs ? a : b),
        null,
      );
      if (!next || next.atMs > untilMs) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#nowMs = next.atMs;
      next.act();
      await new Promise(setImmediate);
    }
    this.#nowMs = untilMs;
  }
}
