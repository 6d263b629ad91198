/** What the modes of a station have said to operators, for as long as it matters. */
import type { Remark } from '@antiphon/core/modes';

/** What went wrong once and is over is shown for so long. */
const SHOWN_MS = 60_000;

export class Remarks {
  #info: string | null = null;
  #lasting: string | null = null;
  #happened: { message: string; untilMs: number } | null = null;

  take(remark: Remark, nowMs: number): void {
    if (remark.type === 'info') this.#info = remark.message;
    else if (remark.type === 'recovered') this.#lasting = null;
    else if (remark.lasts) this.#lasting = remark.message;
    else this.#happened = { message: remark.message, untilMs: nowMs + SHOWN_MS };
  }

  /** Whether there is less to be shown now. */
  expire(nowMs: number): boolean {
    if (this.#happened === null || nowMs < this.#happened.untilMs) return false;
    this.#happened = null;
    return true;
  }

  clear(): void {
    this.#info = null;
    this.#lasting = null;
    this.#happened = null;
  }

  get info(): string | null {
    return this.#info;
  }

  /** What is wrong, and what went wrong last. */
  get notices(): string[] {
    return [this.#lasting, this.#happened?.message ?? null].filter((message) => message !== null);
  }
}
