/** What stations play when nobody does: the day's best duets or, while there are none, what a model makes up. */
import { createRandom } from '@antiphon/core/models';
import { notesOfMelody, performed, type VoicedNote } from '@antiphon/core/music';
import { type Engine, plainRequest } from '@antiphon/core/runtime';
import type { Clock } from '../clock.js';
import type { Duets } from '../duets/duets.service.js';
import { standardModel } from '../stations/model-choice.js';
import { pieceOf } from './piece.js';

/** One of so many is taken, so that it is not the same all day. */
const BEST = 5;
const OWN_GRID = { tempoBpm: 96, beatsPerBar: 4, originMs: 0 };
const OWN_STEPS = 128;
const OWN_VELOCITY = 40;
const OWN_PITCHES = Array.from({ length: 25 }, (_, i) => 55 + i);

export class Repertoire {
  readonly #duets: Duets;
  readonly #engine: Engine;
  readonly #clock: Clock;

  constructor({ duets, engine, clock }: { duets: Duets; engine: Engine; clock: Clock }) {
    this.#duets = duets;
    this.#engine = engine;
    this.#clock = clock;
  }

  /** A piece drawn by `seed`, in ms from its first note on. Throws AppError `noModel` where there is neither a duet nor a model. */
  async piece(seed: number): Promise<VoicedNote[]> {
    const ids = await this.#duets.bestOfDay(BEST, this.#clock.nowMs());
    const id = ids[Math.floor(createRandom(seed).next() * ids.length)];
    return id ? pieceOf((await this.#duets.open(id)).events) : this.#own(seed);
  }

  async #own(seed: number): Promise<VoicedNote[]> {
    const session = this.#engine.open({ model: standardModel(this.#engine, 'melody'), seed });
    try {
      const melody: number[] = [];
      for await (const { event } of session.generate({
        ...plainRequest([], OWN_STEPS),
        allowedPitches: OWN_PITCHES,
        deadlineMs: this.#clock.nowMs(),
      }))
        melody.push(event);
      return notesOfMelody(melody, 0, OWN_VELOCITY).map((note) => ({
        ...performed(note, OWN_GRID),
        voice: 'melody',
      }));
    } finally {
      session.close();
    }
  }
}
