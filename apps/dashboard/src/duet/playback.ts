/** Plays a duet's notes with sound, from anywhere and at any speed. */
import { instrumentOf } from '../sound/instrument';
import type { Sampler } from '../sound/sampler';
import type { DuetNote } from './notes-of-duet';

const LOOKAHEAD_MS = 120;
const TICK_MS = 40;
/** The last note may ring. */
const RING_MS = 500;

export class Playback {
  readonly #sampler: Sampler;
  readonly #onChange: () => void;
  #notes: readonly DuetNote[] = [];
  #durationMs = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #speed = 1;
  /** While playing: the duet's time at a `performance.now()`. */
  #anchor: { duetMs: number; performanceMs: number } | null = null;
  #pausedMs = 0;
  #scheduledUntilMs = 0;

  constructor(sampler: Sampler, onChange: () => void) {
    this.#sampler = sampler;
    this.#onChange = onChange;
  }

  /** A duet that is still under way grows while it is played. */
  duet(notes: readonly DuetNote[], durationMs: number): void {
    this.#notes = notes;
    this.#durationMs = durationMs;
  }

  get playing(): boolean {
    return this.#anchor !== null;
  }

  positionMs(): number {
    if (!this.#anchor) return this.#pausedMs;
    const elapsedMs = (performance.now() - this.#anchor.performanceMs) * this.#speed;
    return Math.min(this.#anchor.duetMs + elapsedMs, this.#durationMs);
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
    this.#pausedMs = this.positionMs();
    this.#anchor = null;
    clearInterval(this.#timer);
    this.#sampler.silence();
    this.#onChange();
  }

  seek(ms: number): void {
    this.#withPause(() => {
      this.#pausedMs = Math.max(0, Math.min(ms, this.#durationMs));
    });
  }

  speed(speed: number): void {
    this.#withPause(() => {
      this.#speed = speed;
    });
  }

  #withPause(change: () => void): void {
    const wasPlaying = this.playing;
    this.pause();
    change();
    if (wasPlaying) this.play();
    else this.#onChange();
  }

  #schedule(): void {
    if (!this.#anchor) return;
    const { duetMs, performanceMs } = this.#anchor;
    const secondsAt = (ms: number) => this.#sampler.secondsAt(performanceMs + (ms - duetMs) / this.#speed);
    const elapsedMs = performance.now() - performanceMs;
    const untilMs = duetMs + (elapsedMs + LOOKAHEAD_MS) * this.#speed;
    for (const { player, voice, pitch, velocity, onsetMs, durationMs } of this.#notes) {
      if (onsetMs < this.#scheduledUntilMs || onsetMs >= untilMs) continue;
      const part = `${player} ${voice}`;
      this.#sampler.press(
        { part, instrument: instrumentOf(player, voice), pitch, velocity },
        secondsAt(onsetMs),
      );
      this.#sampler.release(part, pitch, secondsAt(onsetMs + durationMs));
    }
    this.#scheduledUntilMs = untilMs;
    if (duetMs + elapsedMs * this.#speed >= this.#durationMs + RING_MS) this.pause();
  }
}
