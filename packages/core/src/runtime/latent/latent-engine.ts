/** An engine that serves latent models beside its own: sessions on them are asked for what lies between two melodies. */
import { AppError } from '../../app-error.js';
import type { LatentModel } from '../../models/latent-model.js';
import { checkRequest } from '../check-request.js';
import type { Engine, EngineObserver, EngineSession, GeneratedEvent, GenerationRequest } from '../engine.js';
import { type LatentThread, startLatentThread } from './latent-thread.js';
import { joined, phrasesOf } from './phrases.js';

const RUNNER = 'Magenta.js on tfjs wasm';

interface Host {
  model: LatentModel;
  thread: LatentThread;
  open: Set<EngineSession>;
}

export interface LatentOptions {
  models: LatentModel[];
  observer: Pick<EngineObserver, 'begun' | 'stepped' | 'runnerFailed'>;
  /** Told of a model that could not be started, and is left out. */
  onBroken: (model: LatentModel, reason: string) => void;
}

/** Starts a thread a model. One that cannot be loaded harms neither the engine nor the others. */
export async function withLatentModels(
  engine: Engine,
  { models, observer, onBroken }: LatentOptions,
): Promise<Engine> {
  const hosts = new Map<string, Host>();
  const isTaken = (id: string) => hosts.has(id) || engine.models().some((model) => model.id === id);
  for (const model of models)
    try {
      if (isTaken(model.id)) throw new AppError('modelExists', `there is a model "${model.id}" already`);
      hosts.set(model.id, { model, thread: await startLatentThread(model), open: new Set() });
    } catch (error) {
      onBroken(model, (error as Error).message);
    }
  return {
    open(options) {
      const host = hosts.get(options.model);
      return host ? openSession(host, observer) : engine.open(options);
    },
    async add(model) {
      if (hosts.has(model.id)) throw new AppError('modelExists', `there is a model "${model.id}" already`);
      await engine.add(model);
    },
    async remove(id) {
      const host = hosts.get(id);
      if (!host) return engine.remove(id);
      if (host.open.size > 0) throw new AppError('modelInUse', `somebody plays with the model "${id}" now`);
      hosts.delete(id);
      await host.thread.close();
    },
    models: () => [
      ...engine.models(),
      ...[...hosts.values()].map(({ model: { id, title } }) => ({
        id,
        title,
        role: 'latent' as const,
        styles: [],
        runner: RUNNER,
        reason: 'the library that its format is of',
      })),
    ],
    async close() {
      await Promise.all([...hosts.values()].map(({ thread }) => thread.close()));
      await engine.close();
    },
  };
}

/** The same melodies have the same answer, whatever the seed: the likeliest class is taken at each step. */
function openSession(host: Host, observer: LatentOptions['observer']): EngineSession {
  const { model, thread, open } = host;
  const session: EngineSession = {
    model: model.id,
    generate(request, signal) {
      if (!open.has(session)) throw new AppError('sessionClosed', 'a closed session generates nothing');
      checkRequest(request);
      const count = countOf(request);
      return answer({ model, thread, count }, request, { signal, observer });
    },
    fork: async () => openSession(host, observer),
    close: () => void open.delete(session),
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
  { model, thread, count }: Pick<Host, 'model' | 'thread'> & { count: number },
  { prompt }: GenerationRequest,
  { signal, observer }: { signal: AbortSignal | undefined; observer: LatentOptions['observer'] },
): AsyncGenerator<GeneratedEvent> {
  const length = prompt.length / 2;
  const second = phrasesOf(prompt.slice(length), model);
  const phrases = [];
  for (const [i, first] of phrasesOf(prompt.slice(0, length), model).entries()) {
    if (signal?.aborted) return;
    const labels = { model: model.id, runner: RUNNER };
    const askedMs = performance.now();
    try {
      const { melodies, computeMs } = await thread.between({ first, second: second[i] ?? first, count });
      phrases.push(melodies);
      if (i === 0) observer.begun({ ...labels, queueMs: performance.now() - askedMs - computeMs });
      observer.stepped({ ...labels, size: 1, steps: count * model.steps, computeMs });
    } catch (error) {
      observer.runnerFailed({ ...labels, reason: (error as Error).message });
      throw error;
    }
  }
  for (let i = 0; i < count; i++)
    for (const event of joined(
      phrases.map((told) => told[i] ?? []),
      length,
    )) {
      if (signal?.aborted) return;
      yield { event, logProbability: 0 };
    }
}
