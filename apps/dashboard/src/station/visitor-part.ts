/** What the visitor plays: sounds at once, whatever the network does, and is told on. Times are this machine's, ms. */
import type { KeyEvent } from '@antiphon/core/music';
import { instrumentOf } from '../sound/instrument';
import type { Sampler } from '../sound/sampler';

const PART = 'visitor';
const INSTRUMENT = instrumentOf('visitor', 'melody');
const SUSTAIN = 64;
/** An event that claims to be older than this has another clock. */
const OLDEST_MS = 250;

export class VisitorPart {
  readonly #sampler: Pick<Sampler, 'press' | 'release'>;
  readonly #onEvent: (event: KeyEvent) => void;
  readonly #held = new Set<number>();
  /** Released keys that sound on while the pedal is down; null while it is up. */
  #sustained: Set<number> | null = null;

  constructor(sampler: Pick<Sampler, 'press' | 'release'>, onEvent: (event: KeyEvent) => void) {
    this.#sampler = sampler;
    this.#onEvent = onEvent;
  }

  /** A key that is down already is struck again. */
  press(pitch: number, velocity: number, atMs: number): void {
    if (this.#held.has(pitch)) this.release(pitch, atMs);
    this.#sampler.press({ part: PART, instrument: INSTRUMENT, pitch, velocity }, 0);
    this.#sustained?.delete(pitch);
    this.#held.add(pitch);
    this.#onEvent({ type: 'noteOn', pitch, velocity, atMs });
  }

  release(pitch: number, atMs: number): void {
    if (!this.#held.delete(pitch)) return;
    if (this.#sustained) this.#sustained.add(pitch);
    else this.#sampler.release(PART, pitch, 0);
    this.#onEvent({ type: 'noteOff', pitch, atMs });
  }

  pedal(value: number, atMs: number): void {
    const down = value >= 64;
    if (down === (this.#sustained !== null)) return;
    for (const pitch of this.#sustained ?? []) this.#sampler.release(PART, pitch, 0);
    this.#sustained = down ? new Set() : null;
    this.#onEvent({ type: 'control', controller: SUSTAIN, value, atMs });
  }

  releaseAll(atMs: number): void {
    for (const pitch of [...this.#held]) this.release(pitch, atMs);
    this.pedal(0, atMs);
  }
}

/** When an input event happened: by its own time stamp, which stays right while the page is busy. */
export function happenedMs(timeStampMs: number, nowMs: number): number {
  return timeStampMs > nowMs - OLDEST_MS && timeStampMs <= nowMs ? timeStampMs : nowMs;
}
