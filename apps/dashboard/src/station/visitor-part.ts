/** What the visitor plays: sounds at once, whatever the network does, and is told on. Times are this machine's, ms. */
import type { KeyEvent } from '@antiphon/core/music';
import { instrumentOf } from '../sound/instrument';
import type { Sampler } from '../sound/sampler';

const PART = 'visitor';
const INSTRUMENT = instrumentOf('visitor', 'melody');
const SUSTAIN = 64;
/** An event that claims to be older than this has another clock. */
const OLDEST_MS = 250;

/** A key on the screen has no channel. */
export interface VisitorKey {
  pitch: number;
  channel?: number;
}

export class VisitorPart {
  readonly #sampler: Pick<Sampler, 'press' | 'release'>;
  readonly #onEvent: (event: KeyEvent) => void;
  /** By pitch. */
  readonly #held = new Map<number, VisitorKey>();
  /** Released keys that sound on while the pedal is down; null while it is up. */
  #sustained: Set<number> | null = null;

  constructor(sampler: Pick<Sampler, 'press' | 'release'>, onEvent: (event: KeyEvent) => void) {
    this.#sampler = sampler;
    this.#onEvent = onEvent;
  }

  /** A key that is down already is struck again. */
  press(key: VisitorKey, velocity: number, atMs: number): void {
    const { pitch } = key;
    const held = this.#held.get(pitch);
    if (held) this.release(held, atMs);
    this.#sampler.press({ part: PART, instrument: INSTRUMENT, pitch, velocity }, 0);
    this.#sustained?.delete(pitch);
    this.#held.set(pitch, key);
    this.#onEvent({ type: 'noteOn', ...key, velocity, atMs });
  }

  release(key: VisitorKey, atMs: number): void {
    const { pitch } = key;
    const held = this.#held.get(pitch);
    if (!held || held.channel !== key.channel) return;
    this.#held.delete(pitch);
    if (this.#sustained) this.#sustained.add(pitch);
    else this.#sampler.release(PART, pitch, 0);
    this.#onEvent({ type: 'noteOff', ...held, atMs });
  }

  pedal(value: number, atMs: number): void {
    const down = value >= 64;
    if (down === (this.#sustained !== null)) return;
    for (const pitch of this.#sustained ?? []) this.#sampler.release(PART, pitch, 0);
    this.#sustained = down ? new Set() : null;
    this.#onEvent({ type: 'control', controller: SUSTAIN, value, atMs });
  }

  releaseAll(atMs: number): void {
    for (const key of [...this.#held.values()]) this.release(key, atMs);
    this.pedal(0, atMs);
  }
}

/** When an input event happened: by its own time stamp, which stays right while the page is busy. */
export function happenedMs(timeStampMs: number, nowMs: number): number {
  return timeStampMs > nowMs - OLDEST_MS && timeStampMs <= nowMs ? timeStampMs : nowMs;
}
