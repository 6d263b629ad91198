/** An engine that serves latent models beside its own: sessions on them are asked for what lies between two melodies. */
import { AppError } from '../../app-error.js';
import type { LatentModel } from '../../models/latent-model.js';
import type { Model } from '../../models/model.js';
import type { MelodyEvent } from '../../music/melody.js';
import { checkRequest } from '../check-request.js';
import type { Engine, EngineSession, GeneratedEvent, GenerationRequest } from '../engine.js';
import { LatentHost, type LatentLimits, type LatentObserver } from './latent-host.js';
import { startLatentThread } from './latent-thread.js';
import { joined, phrasesOf } from './phrases.js';

const LIMITS: LatentLimits = {
  maxWaiting: 256,
  maxLatenessMs: 500, // as for other models
  pauseMs: 1_000,
};

interface Served {
  host: LatentHost;
  open: Set<EngineSession>;
}

/** Takes latent models, too. */
export interface LatentEngine extends Engine {
  /** As an engine's; throws AppError `runnerFailed` where the library cannot run it. */
  add(model: Model | LatentModel): Promise<void>;
}

export interface LatentOptions {
  models: LatentModel[];
  observer: LatentObserver;
  nowMs: () => number;
  /** Told of a model that could not be started, and is left out. */
  onBroken: (model: LatentModel, reason: string) => void;
}

/** Starts a thread a model. One that cannot be loaded harms neither the engine nor the others. */
export async function withLatentModels(
  engine: Engine,
  { models, observer, nowMs, onBroken }: LatentOptions,
): Promise<LatentEngine> {
  const latent = new Map<string, Served>();
  const starting = new Set<string>();
  const isTaken = (id: string) =>
    latent.has(id) || starting.has(id) || engine.models().some((model) => model.id === id);
  const add = async (model: Model | LatentModel) => {
    if (isTaken(model.id)) throw new AppError('modelExists', `there is a model "${model.id}" already`);
    starting.add(model.id);
    try {
      if (model.role !== 'latent') await engine.add(model);
      else {
        const host = await LatentHost.start({
          model,
          startThread: startLatentThread,
          observer,
          nowMs,
          limits: LIMITS,
        });
        latent.set(model.id, { host, open: new Set() });
      }
    } finally {
      starting.delete(model.id);
    }
  };
  for (const model of models) await add(model).catch((error) => onBroken(model, error.message));
  return {
    open(options) {
      const served = latent.get(options.model);
      return served ? openSession(served) : engine.open(options);
    },
    add,
    async remove(id) {
      const served = latent.get(id);
      if (!served) return engine.remove(id);
      if (served.open.size > 0) throw new AppError('modelInUse', `somebody plays with the model "${id}" now`);
      latent.delete(id);
      await served.host.close();
    },
    models: () => [
      ...engine.models(),
      ...[...latent.values()].map(({ host: { model, state } }) => ({
        id: model.id,
        title: model.title,
        role: model.role,
        styles: [],
        ...state,
      })),
    ],
    async close() {
      await Promise.all([...latent.values()].map(({ host }) => host.close()));
      await engine.close();
    },
  };
}

/** The same melodies have the same answer, whatever the seed: the likeliest class is taken at each step. */
function openSession(served: Served): EngineSession {
  const { host, open } = served;
  const closed = new AbortController();
  const session: EngineSession = {
    model: host.model.id,
    generate(request, signal) {
      requireOpen();
      checkRequest(request);
      const signals = signal ? [closed.signal, signal] : [closed.signal];
      return answer(host, request, { count: countOf(request), signal: AbortSignal.any(signals) });
    },
    async fork() {
      requireOpen();
      return openSession(served);
    },
    close: () => {
      open.delete(session);
      closed.abort();
    },
  };
  const requireOpen = () => {
    if (!open.has(session)) throw new AppError('sessionClosed', 'a closed session generates nothing');
  };
  open.add(session);
  return session;
}

/** How many melodies are asked for, each as long as each of the prompt's two. Throws AppError `badRequest`. */
function countOf({ prompt, steps }: GenerationRequest): number {
  const length = prompt.length / 2;
  const count = steps / length;
  if (Number.isInteger(length) && Number.isInteger(count) && count > 0) return count;
  throw new AppError(
    'badRequest',
    `a prompt of ${prompt.length} steps and an answer of ${steps}: a latent model is told two melodies of one length, and asked for whole ones`,
  );
}

async function* answer(
  host: LatentHost,
  { prompt, deadlineMs }: GenerationRequest,
  { count, signal }: { count: number; signal: AbortSignal },
): AsyncGenerator<GeneratedEvent> {
  const length = prompt.length / 2;
  const second = phrasesOf(prompt.slice(length), host.model);
  const phrases: MelodyEvent[][][] = [];
  for (const [i, first] of phrasesOf(prompt.slice(0, length), host.model).entries()) {
    const melodies = await host.ask({ first, second: second[i] ?? first, count }, { deadlineMs, signal });
    if (!melodies) return;
    phrases.push(melodies);
  }
  for (let i = 0; i < count; i++)
    for (const event of joined(
      phrases.map((told) => told[i] ?? []),
      length,
    )) {
      if (signal.aborted) return;
      yield { event, logProbability: 0 };
    }
}
