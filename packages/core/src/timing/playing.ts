/** What a station plays of what it is told, as fast as it is told: in virtual time. */
import type { Plan } from './plan.js';
import { advance, idleScheduler, type PlayerAction, silence, takePlan } from './scheduler.js';

export class VirtualPlayer {
  #scheduler = idleScheduler;
  #nextMs: number | null = null;
  #actions: PlayerAction[] = [];

  /** A plan is made at its `commitUntilMs`. What it is told has to come in the order of time. */
  plan(plan: Plan): void {
    this.#playUntil(plan.commitUntilMs);
    this.#scheduler = takePlan(this.#scheduler, plan);
    this.#nextMs = Number.NEGATIVE_INFINITY;
  }

  panic(atMs: number): void {
    this.#playUntil(atMs);
    const { state, actions } = silence(this.#scheduler, atMs);
    this.#scheduler = state;
    this.#nextMs = null;
    this.#actions.push(...actions);
  }

  /** Plays what is still planned to its end, and answers all that was played. */
  finish(): PlayerAction[] {
    this.#playUntil(Number.POSITIVE_INFINITY);
    return this.#actions;
  }

  #playUntil(untilMs: number): void {
    while (this.#nextMs !== null && this.#nextMs < untilMs) {
      const { state, actions, nextMs } = advance(this.#scheduler, this.#nextMs);
      this.#scheduler = state;
      this.#nextMs = nextMs;
      this.#actions.push(...actions);
    }
  }
}
