/** Recorded sessions run again, for those who study them or try another model on them. */
import { AppError } from '@antiphon/core/errors';
import type { ModelRole } from '@antiphon/core/models';
import type { Engine, EngineSession } from '@antiphon/core/runtime';
import type { Rerun } from '@antiphon/protocol';
import { moved } from '../sessions/session-log.js';
import { standardModel } from '../stations/model-choice.js';
import type { Duets } from './duets.service.js';
import { type Models, type Recorded, runAgain, runWith } from './rerun.js';

export class Reruns {
  readonly #duets: Duets;
  readonly #engine: Engine;

  constructor(duets: Duets, engine: Engine) {
    this.#duets = duets;
    this.#engine = engine;
  }

  /**
   * With `model` in place of those of its role, or with what was said then where it is null. Throws AppError `unknownDuet`, `noLog`,
   * `unknownModel`, `noModel`, or `wrongModel` for one that the session has no use for.
   */
  async run(id: string, model: string | null): Promise<Rerun> {
    const { startedMs, log } = await this.#duets.log(id);
    const recorded = { seed: log.seed, entries: log.entries.map((entry) => moved(entry, startedMs)) };
    const run =
      model === null
        ? { ...recorded, events: (await runAgain(recorded)).events }
        : await this.#runWith(model, recorded);
    return {
      events: run.events.map((event) => ({ ...event, atMs: event.atMs - startedMs })),
      log: { ...log, entries: run.entries.map((entry) => moved(entry, -startedMs)) },
    };
  }

  async #runWith(model: string, recorded: Recorded) {
    const chosen = this.#engine.models().find(({ id }) => id === model);
    if (!chosen) throw new AppError('unknownModel', `model: there is no model "${model}"`);
    const opened = new Map<string, EngineSession>();
    const nameFor = (role: ModelRole | null, assigned: { model: string; role: ModelRole | null }) => {
      if (role === chosen.role) return chosen.id;
      return role === null || role === assigned.role ? assigned.model : standardModel(this.#engine, role);
    };
    const models: Models = {
      open: (role, assigned) => {
        const name = nameFor(role, assigned);
        const session = opened.get(name) ?? this.#engine.open({ model: name, seed: recorded.seed });
        opened.set(name, session);
        return session;
      },
    };
    try {
      const run = await runWith(models, recorded);
      if (!opened.has(model))
        throw new AppError(
          'wrongModel',
          `model: nothing in this duet is for "${model}", a model for ${chosen.role}`,
        );
      return run;
    } finally {
      for (const session of opened.values()) session.close();
    }
  }
}
