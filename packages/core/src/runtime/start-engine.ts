/** Starts an engine: finds the runners that work here, measures them, and gives every model the fastest. */
import { AppError } from '../app-error.js';
import type { Model } from '../models/model.js';
import { type Backend, backendsFor, nameOfBackend, type RunnerChoice } from './backend.js';
import type { BatcherLimits } from './batcher.js';
import { type RunningBatcher, startBatcherThread } from './batcher-thread.js';
import type { Engine, EngineObserver } from './engine.js';
import { type HostLimits, ModelHost } from './model-host.js';
import { TRIAL_BATCH } from './warm-up.js';

export interface EngineOptions {
  models: Model[];
  runner: RunnerChoice;
  observer: EngineObserver;
  nowMs: () => number;
  /** Told of a model that is left out: no runner runs it, or there is one of its name already. */
  onBroken: (model: Model, reason: string) => void;
}

const LIMITS: BatcherLimits & HostLimits = {
  maxBatch: 256,
  maxRequests: 2048,
  maxLatenessMs: 500, // a quarter at 120 bpm: what comes later has lost its place
  maxSilenceMs: 10_000, // another runner is there sooner, and nobody waits for longer
};

const PAUSE_MS = 1_000;

interface Candidate {
  backend: Backend;
  batcher: RunningBatcher;
}

/**
 * A model that cannot be run harms none of the others. Throws AppError `noRunner` that says why each failed when none works, `noModel`
 * without models.
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { runner, observer, nowMs, onBroken } = options;
  if (options.models.length === 0) throw new AppError('noModel', 'there is no model to run');
  const start = (model: Model, backend: Backend) => {
    observer.runnerStarting({ model: model.id, runner: nameOfBackend(backend) });
    return startBatcherThread({ model, backend, limits: LIMITS, nowMs });
  };
  const attempt = (model: Model, backend: Backend) =>
    start(model, backend).catch((error) => {
      observer.runnerFailed({ model: model.id, runner: nameOfBackend(backend), reason: error.message });
      throw error;
    });
  const { models, candidates, failures } = await measure(options, attempt);
  const reason = explain(candidates, failures, runner);
  const [fastest, ...slower] = candidates as [Candidate, ...Candidate[]];
  await Promise.all(slower.map(({ batcher }) => batcher.close()));

  const hosts = new Map<string, ModelHost>();
  const host = async (model: Model, started: RunningBatcher | null) => {
    let ready = started;
    return ModelHost.start({
      model,
      backends: candidates.map(({ backend }) => backend),
      startBatcher: async (backend) => {
        const batcher = ready ?? (await start(model, backend));
        ready = null;
        return batcher;
      },
      reason,
      limits: LIMITS,
      observer,
      nowMs,
      pauseMs: PAUSE_MS,
    });
  };
  const starting = new Set<string>();
  const add = async (model: Model, started: RunningBatcher | null = null) => {
    if (hosts.has(model.id) || starting.has(model.id))
      throw new AppError('modelExists', `there is a model "${model.id}" already`);
    starting.add(model.id);
    try {
      hosts.set(model.id, await host(model, started));
    } finally {
      starting.delete(model.id);
    }
  };
  for (const [i, model] of models.entries())
    await add(model, i === 0 ? fastest.batcher : null).catch((error) => onBroken(model, error.message));
  const find = (id: string) => {
    const found = hosts.get(id);
    if (found) return found;
    throw new AppError(
      'unknownModel',
      `there is no model "${id}"; there are ${[...hosts.keys()].join(', ')}`,
    );
  };
  return {
    open: ({ model, seed }) => find(model).open(seed),
    add: (model) => add(model),
    async remove(id) {
      const found = find(id);
      if (found.inUse) throw new AppError('modelInUse', `somebody plays with the model "${id}" now`);
      hosts.delete(id);
      await found.close();
    },
    models: () =>
      [...hosts.values()].map(({ model: { id, title, role, styles }, runner }) => ({
        id,
        title,
        role,
        styles,
        ...runner,
      })),
    async close() {
      await Promise.all([...hosts.values()].map((each) => each.close()));
    },
  };
}

/** The models from the first one on that runs anywhere, and what runs it, the fastest first. */
async function measure(
  { models, runner, onBroken }: EngineOptions,
  start: (model: Model, backend: Backend) => Promise<RunningBatcher>,
) {
  const failed: string[] = [];
  for (const [i, model] of models.entries()) {
    const { candidates, failures } = await tryBackends(model, backendsFor(runner), start);
    if (candidates.length > 0) return { models: models.slice(i), candidates, failures };
    failed.push(...failures);
    onBroken(model, failures.join('; '));
  }
  throw new AppError('noRunner', `no runner works here: ${failed.join('; ')}`);
}

async function tryBackends(
  model: Model,
  backends: Backend[],
  start: (model: Model, backend: Backend) => Promise<RunningBatcher>,
) {
  const candidates: Candidate[] = [];
  const failures: string[] = [];
  for (const backend of backends)
    try {
      candidates.push({ backend, batcher: await start(model, backend) });
    } catch (error) {
      failures.push((error as Error).message || nameOfBackend(backend));
    }
  candidates.sort((a, b) => a.batcher.stepMs - b.batcher.stepMs);
  return { candidates, failures };
}

function explain(candidates: Candidate[], failures: string[], choice: RunnerChoice): string {
  const measured = candidates
    .map(({ batcher }) => `${batcher.runnerName} ${batcher.stepMs.toFixed(2)} ms`)
    .join(', ');
  const chosen = choice === 'auto' ? 'fastest of' : `"${choice}" was asked for:`;
  const failed = failures.length > 0 ? `; not here: ${failures.join('; ')}` : '';
  return `${chosen} ${measured} a step of ${TRIAL_BATCH} sessions${failed}`;
}
