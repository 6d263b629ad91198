/** The notes of the last while, as a roll shows them. Times are this machine's, ms. */
import type { Player, Voice } from '@antiphon/core/music';
import type { RollNote } from './geometry';

/** Notes that ended longer ago than this are forgotten. */
const MEMORY_MS = 15_000;
const STILL_DOWN = Number.POSITIVE_INFINITY;

/** Whose key it is: two voices may hold the same pitch. */
export interface RollKey {
  player: Player;
  voice: Voice;
  pitch: number;
}

type RememberedNote = RollKey & { velocity: number; onsetMs: number; endMs: number };

export class RollMemory {
  #notes: RememberedNote[] = [];

  /** `endMs`: when it will end, null while nobody knows. */
  press(
    { player, voice, pitch }: RollKey,
    note: { velocity: number; onsetMs: number; endMs: number | null },
  ) {
    this.#notes.push({ player, voice, pitch, ...note, endMs: note.endMs ?? STILL_DOWN });
  }

  release({ player, voice, pitch }: RollKey, atMs: number): void {
    const note = this.#notes.findLast(
      (one) => one.player === player && one.voice === voice && one.pitch === pitch,
    );
    if (note) note.endMs = Math.max(note.onsetMs, Math.min(note.endMs, atMs));
  }

  get isEmpty(): boolean {
    return this.#notes.length === 0;
  }

  notes(nowMs: number): RollNote[] {
    this.#notes = this.#notes.filter(({ endMs }) => endMs > nowMs - MEMORY_MS);
    return this.#notes.map(({ player, pitch, velocity, onsetMs, endMs }) => ({
      player,
      pitch,
      velocity,
      onsetMs,
      durationMs: Math.max(0, (endMs === STILL_DOWN ? nowMs : endMs) - onsetMs),
      planned: onsetMs > nowMs,
    }));
  }

  /** Who holds which key; the visitor's hand covers the machine's. */
  down(nowMs: number): Map<number, Player> {
    const down = new Map<number, Player>();
    for (const { player, pitch, onsetMs, endMs } of this.#notes)
      if (onsetMs <= nowMs && endMs > nowMs && down.get(pitch) !== 'visitor') down.set(pitch, player);
    return down;
  }
}
