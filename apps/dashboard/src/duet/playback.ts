/** Plays a duet's notes with sound, from anywhere and at any speed. */
import type { RollNote } from '../roll/geometry';
import type { Sampler } from '../sound/sampler';

const LOOKAHEAD_MS = 120;
const TICK_MS = 40;
const INSTRUMENT = { visitor: 'piano', machine: 'vibraphone' } as const;

export class Playback {
  readonly #sampler: Sampler;
  readonly #notes: readonly RollNote[];
  readonly #durationMs: number;
  readonly #onChange: () => void;
  #timer: ReturnType<typeof setInterval> | undefined;
  #speed = 1;
  /** While playing: the duet's time at a `performance.now()`. */
  #anchor: { duetMs: number; performanceMs: number } | null = null;
  #pausedMs = 0;
  #scheduledUntilMs = 0;

  constructor(options: {
    sampler: Sampler;
    notes: readonly RollNote[];
    durationMs: number;
    onChange: () => void;
  }) {
    this.#sampler = options.sampler;
    this.#notes = options.notes;
    this.#durationMs = options.durationMs;
    this.#onChange = options.onChange;
  }

  get playing(): boolean {
    return this.#anchor !== null;
  }

  get positionMs(): number {
    if (!this.#anchor) return this.#pausedMs;
    return this.#anchor.duetMs + (performance.now() - this.#anchor.performanceMs) * this.#speed;
  }

  play(): void {
    if (this.playing) return;
    const fromMs = this.#pausedMs >= this.#durationMs ? 0 : this.#pausedMs;
    this.#anchor = { duetMs: fromMs, performanceMs: performance.now() };
    this.#scheduledUntilMs = fromMs;
    this.#timer = setInterval(() => this.#schedule(), TICK_MS);
    this.#schedule();
    this.#onChange();
  }

  pause(): void {
    if (!this.playing) return;
    this.#pausedMs = Math.min(this.positionMs, this.#durationMs);
    this.#anchor = null;
    clearInterval(this.#timer);
    this.#sampler.silence();
    this.#onChange();
  }

  seek(ms: number): void {
    const wasPlaying = this.playing;
    this.pause();
    this.#pausedMs = Math.max(0, Math.min(ms, this.#durationMs));
    if (wasPlaying) this.play();
    this.#onChange();
  }

  setSpeed(speed: number): void {
    const wasPlaying = this.playing;
    this.pause();
    this.#speed = speed;
    if (wasPlaying) this.play();
  }

  #schedule(): void {
    const untilMs = this.positionMs + LOOKAHEAD_MS * this.#speed;
    for (const note of this.#notes) {
      if (note.onsetMs < this.#scheduledUntilMs || note.onsetMs >= untilMs) continue;
      const startSeconds = this.#secondsAt(note.onsetMs);
      this.#sampler.press(INSTRUMENT[note.player], note.pitch, note.velocity, startSeconds);
      this.#sampler.release(
        INSTRUMENT[note.player],
        note.pitch,
        this.#secondsAt(note.onsetMs + note.durationMs),
      );
    }
    this.#scheduledUntilMs = untilMs;
    if (this.positionMs >= this.#durationMs + 500) this.pause();
  }

  #secondsAt(duetMs: number): number {
    const anchor = this.#anchor ?? { duetMs: 0, performanceMs: 0 };
    return this.#sampler.secondsAt(anchor.performanceMs + (duetMs - anchor.duetMs) / this.#speed);
  }
}
