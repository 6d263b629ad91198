/** What stations play when nobody does: the day's best duets or, while there are none, what a model makes up. */
import { createRandom } from '@antiphon/core/models';
import { notesOfMelody, performed, type VoicedNote } from '@antiphon/core/music';
import { type Engine, plainRequest } from '@antiphon/core/runtime';
import type { Duets } from '../duets/duets.service.js';
import { pieceOf } from './piece.js';

/** One of so many is taken, so that it is not the same all day. */
const BEST = 5;
const OWN_GRID = { tempoBpm: 96, beatsPerBar: 4 };
const OWN_STEPS = 128;
const OWN_VELOCITY = 40;
const OWN_PITCHES = Array.from({ length: 25 }, (_, i) => 55 + i);

export class Repertoire {
  readonly #duets: Duets;
  readonly #engine: Engine;

  constructor(duets: Duets, engine: Engine) {
    this.#duets = duets;
    this.#engine = engine;
  }

  /** A piece from `startMs` on, drawn by `seed`. */
  async piece({
    model,
    seed,
    startMs,
  }: {
    model: string;
    seed: number;
    startMs: number;
  }): Promise<VoicedNote[]> {
    const ids = await this.#duets.bestOfDay(BEST);
    const id = ids[Math.floor(createRandom(seed).next() * ids.length)];
    return id ? pieceOf((await this.#duets.open(id)).events, startMs) : this.#own({ model, seed, startMs });
  }

  async #own({
    model,
    seed,
    startMs,
  }: {
    model: string;
    seed: number;
    startMs: number;
  }): Promise<VoicedNote[]> {
    const session = this.#engine.open({ model, seed });
    try {
      const melody: number[] = [];
      for await (const { event } of session.generate({
        ...plainRequest([], OWN_STEPS),
        allowedPitches: OWN_PITCHES,
        deadlineMs: startMs,
      }))
        melody.push(event);
      const grid = { ...OWN_GRID, originMs: startMs };
      return notesOfMelody(melody, 0, OWN_VELOCITY).map((note) => ({
        ...performed(note, grid),
        voice: 'melody',
      }));
    } finally {
      session.close();
    }
  }
}
