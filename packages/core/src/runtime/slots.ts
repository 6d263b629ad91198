/** Lends a runner's slots to sessions. There may be more sessions than slots: the longest idle one's state is set aside and brought back. */
import type { ModelRunner } from './model-runner.js';

export class Slots<Owner> {
  readonly #runner: ModelRunner;
  readonly #free: number[];
  /** In the order of use, the longest idle first. */
  readonly #held = new Map<Owner, number>();
  readonly #aside = new Map<Owner, Float32Array>();

  constructor(count: number, runner: ModelRunner) {
    this.#runner = runner;
    this.#free = Array.from({ length: count }, (_, i) => count - 1 - i);
  }

  /** The owner's slot if it has one now; `acquire` finds it one. */
  held(owner: Owner): number | null {
    const slot = this.#held.get(owner);
    if (slot === undefined) return null;
    this.#held.delete(owner);
    this.#held.set(owner, slot);
    return slot;
  }

  /** The owner's slot with its state in it; null when every slot belongs to one of `busy`. */
  async acquire(owner: Owner, busy: ReadonlySet<Owner>): Promise<number | null> {
    const held = this.held(owner);
    if (held !== null) return held;
    const slot = this.#free.pop() ?? (await this.#takeFromIdle(busy));
    if (slot === null) return null;
    this.#held.set(owner, slot);
    const state = this.#aside.get(owner);
    this.#aside.delete(owner);
    if (state) await this.#runner.restore(slot, state);
    else await this.#runner.reset(slot);
    return slot;
  }

  /** Sets a copy of one owner's state aside for another. */
  async copyAside(from: Owner, to: Owner): Promise<void> {
    const slot = this.#held.get(from);
    const state = slot === undefined ? this.#aside.get(from) : await this.#runner.snapshot(slot);
    if (state) this.#aside.set(to, state);
  }

  release(owner: Owner): void {
    const slot = this.#held.get(owner);
    if (slot !== undefined) this.#free.push(slot);
    this.#held.delete(owner);
    this.#aside.delete(owner);
  }

  /** Everyone whose state was here, now lost. */
  forget(): Owner[] {
    return [...this.#held.keys(), ...this.#aside.keys()];
  }

  async #takeFromIdle(busy: ReadonlySet<Owner>): Promise<number | null> {
    for (const [owner, slot] of this.#held) {
      if (busy.has(owner)) continue;
      this.#held.delete(owner);
      this.#aside.set(owner, await this.#runner.snapshot(slot));
      return slot;
    }
    return null;
  }
}
