/** Starts an engine: finds the runners that work here, measures them, and gives every model the fastest. */
import { existsSync } from 'node:fs';
import { AppError } from '../app-error.js';
import type { Model } from '../models/model.js';
import { Batcher } from './batcher.js';
import type { Engine, EngineObserver } from './engine.js';
import type { ModelRunner } from './model-runner.js';
import { type Backend, WorkerRunner } from './worker-runner.js';

export const runnerChoices = ['auto', 'onnx', 'tensorflow'] as const;
export type RunnerChoice = (typeof runnerChoices)[number];

export interface EngineOptions {
  models: Model[];
  runner: RunnerChoice;
  observer: EngineObserver;
  nowMs: () => number;
}

const SLOTS = 512;
const MAX_BATCH = 256;
const MAX_REQUESTS = 2048;
const TRIAL_BATCH = 32;
const TRIAL_STEPS = 20;

interface Candidate {
  backend: Backend;
  name: string;
  /** Milliseconds of a step for `TRIAL_BATCH` sessions. */
  stepMs: number;
}

/** Throws AppError `noRunner` that says why each failed when none works, `noModel` without models. */
export async function startEngine({ models, runner, observer, nowMs }: EngineOptions): Promise<Engine> {
  const [first] = models;
  if (!first) throw new AppError('noModel', 'there is no model to run');
  const { candidates, failures } = await tryBackends(first, backendsFor(runner));
  if (candidates.length === 0) throw new AppError('noRunner', `no runner works here: ${failures.join('; ')}`);
  const reason = explain(candidates, failures, runner);
  const batchers = new Map<string, Batcher>();
  for (const model of models) {
    const left = candidates.map(({ backend }) => backend);
    batchers.set(
      model.id,
      await Batcher.start({
        model,
        slots: SLOTS,
        maxBatch: MAX_BATCH,
        maxRequests: MAX_REQUESTS,
        observer,
        nowMs,
        nextRunner: () => startRunner(model, left),
      }),
    );
  }
  return {
    open({ model, seed }) {
      const batcher = batchers.get(model);
      if (!batcher)
        throw new AppError(
          'unknownModel',
          `there is no model "${model}"; there are ${[...batchers.keys()].join(', ')}`,
        );
      return batcher.open(seed);
    },
    models: () => [...batchers].map(([id, batcher]) => ({ id, runner: batcher.runnerName, reason })),
    async close() {
      await Promise.all([...batchers.values()].map((batcher) => batcher.close()));
    },
  };
}

function backendsFor(choice: RunnerChoice): Backend[] {
  const hasGpu = existsSync('/dev/dri') || existsSync('/dev/nvidia0') || process.platform !== 'linux';
  const onnx: Backend[] = [
    ...(hasGpu ? (['cuda', 'webgpu'] as const) : []).map(
      (provider): Backend => ({ library: 'onnx', provider }),
    ),
    { library: 'onnx', provider: 'cpu' },
  ];
  const tensorflow: Backend[] = [{ library: 'tensorflow' }];
  if (choice === 'onnx') return onnx;
  return choice === 'tensorflow' ? tensorflow : [...onnx, ...tensorflow];
}

async function tryBackends(model: Model, backends: Backend[]) {
  const candidates: Candidate[] = [];
  const failures: string[] = [];
  for (const backend of backends) {
    const runner = new WorkerRunner(backend);
    try {
      await runner.load(model.architecture, { slots: TRIAL_BATCH });
      candidates.push({ backend, name: runner.name, stepMs: await measureStep(runner) });
      await runner.close();
    } catch (error) {
      failures.push(`${runner.name}: ${(error as Error).message}`);
    }
  }
  candidates.sort((a, b) => a.stepMs - b.stepMs);
  return { candidates, failures };
}

/** Median of a few steps, after two to warm up. */
async function measureStep(runner: ModelRunner): Promise<number> {
  const slots = Array.from({ length: TRIAL_BATCH }, (_, i) => i);
  const inputs = slots.map(() => [{ indices: [0] }]);
  const times: number[] = [];
  for (let i = 0; i < TRIAL_STEPS; i++) {
    const startMs = performance.now();
    await runner.step({ slots, inputs });
    if (i >= 2) times.push(performance.now() - startMs);
  }
  return times.sort((a, b) => a - b)[times.length >> 1] as number;
}

function explain(candidates: Candidate[], failures: string[], choice: RunnerChoice): string {
  const measured = candidates.map(({ name, stepMs }) => `${name} ${stepMs.toFixed(2)} ms`).join(', ');
  const chosen = choice === 'auto' ? 'fastest of' : `"${choice}" was asked for:`;
  const failed = failures.length > 0 ? `; not here: ${failures.join('; ')}` : '';
  return `${chosen} ${measured} a step of ${TRIAL_BATCH} sessions${failed}`;
}

async function startRunner(model: Model, left: Backend[]): Promise<ModelRunner> {
  const backend = left.shift();
  if (!backend) throw new AppError('noRunner', `every runner for ${model.id} has failed`);
  const runner = new WorkerRunner(backend);
  try {
    await runner.load(model.architecture, { slots: SLOTS });
    await warmUp(runner);
    return runner;
  } catch {
    await runner.close().catch(() => {});
    return startRunner(model, left);
  }
}

/** Every padded size is run once, so that no visitor waits for a first allocation. */
async function warmUp(runner: ModelRunner): Promise<void> {
  for (let size = 1; size <= MAX_BATCH; size *= 2) {
    const slots = Array.from({ length: size }, (_, i) => i);
    await runner.step({ slots, inputs: slots.map(() => [{ indices: [0] }]) });
  }
}
