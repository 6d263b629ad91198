/** One model's host whose batchers run in this thread, for tests. */
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { loadModel, type Model } from '../models/model.js';
import type { MelodyEvent } from '../music/melody.js';
import { Batcher, type BatcherLimits } from './batcher.js';
import type { BatcherListener, RunningBatcher } from './batcher-thread.js';
import {
  type EngineObserver,
  type EngineSession,
  type GeneratedEvent,
  type GenerationRequest,
  plainRequest,
  silentObserver,
} from './engine.js';
import { type HostLimits, ModelHost } from './model-host.js';
import type { ModelRunner } from './model-runner.js';
import { createOnnxKernel } from './onnx/onnx-kernel.js';
import { ResidentRunner } from './resident-runner.js';

export const CALL: MelodyEvent[] = [60, -2, 62, -2, 64, -2, 65, -2, 67, -2, -2, -2, -1, -2, -2, -2];

export const request = (changes: Partial<GenerationRequest> = {}): GenerationRequest => ({
  ...plainRequest(CALL, 24),
  ...changes,
});

export async function collect(events: AsyncIterable<GeneratedEvent>): Promise<GeneratedEvent[]> {
  const all: GeneratedEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

export const melodyOf = async (session: EngineSession, changes: Partial<GenerationRequest> = {}) =>
  (await collect(session.generate(request(changes)))).map(({ event }) => event);

export const smallModel: Model = await loadModel(
  fileURLToPath(new URL('../../checkpoints/melody-small', import.meta.url)),
);

export const onnxRunner = async (): Promise<ModelRunner> => {
  const runner = new ResidentRunner((architecture) => createOnnxKernel(architecture, 'cpu'));
  await runner.load(smallModel.architecture);
  return runner;
};

/** Of each of its batches it notes the longest sequence. */
export async function recordingRunner(): Promise<{ runner: ModelRunner; lengths: number[] }> {
  const runner = await onnxRunner();
  const lengths: number[] = [];
  const step = runner.step.bind(runner);
  runner.step = (batch) => {
    lengths.push(Math.max(...batch.inputs.map(({ length }) => length)));
    return step(batch);
  };
  return { runner, lengths };
}

export interface HostChanges extends Partial<BatcherLimits & HostLimits> {
  model?: Model;
  observer?: Partial<EngineObserver>;
  /** One after another; the next is taken when one fails, and null cannot be started. */
  runners?: (ModelRunner | null)[];
  /** As many as runners where it is left out. */
  backends?: number;
}

/** How an engine is started where that is not what is tested. */
export const START = {
  observer: silentObserver,
  nowMs: () => performance.now(),
  onBroken: ({ id }: Model, reason: string) => expect.fail(`${id}: ${reason}`),
};

/** A host's circumstances that most tests have no care for. */
export const HOST = {
  reason: 'there is no other',
  limits: { maxRequests: 1000, maxSilenceMs: 60_000 },
  nowMs: () => performance.now(),
  pauseMs: 1_000,
};

/** A model's host whose batchers run in this thread. */
export async function startHost(changes: HostChanges = {}): Promise<ModelHost> {
  const { model = smallModel, observer, runners, backends, ...limits } = changes;
  const left = runners ?? [await onnxRunner()];
  return ModelHost.start({
    ...HOST,
    model,
    backends: Array.from({ length: backends ?? left.length }, () => ({ library: 'tensorflow' })),
    startBatcher: async () => {
      const runner = left.shift();
      if (!runner) throw new Error('there is no such device');
      return batcherHere(runner, model, limits);
    },
    limits: { maxRequests: 1000, maxSilenceMs: Number.POSITIVE_INFINITY, ...limits },
    observer: { ...silentObserver, ...observer },
    pauseMs: 20,
  });
}

function batcherHere(runner: ModelRunner, model: Model, limits: Partial<BatcherLimits>): RunningBatcher {
  const listeners: BatcherListener[] = [];
  const batcher = new Batcher({
    model,
    runner,
    limits: { maxBatch: 32, maxLatenessMs: Number.POSITIVE_INFINITY, ...limits },
    nowMs: () => performance.now(),
    onReport: (report) => listeners[0]?.onReport(report),
    onFailure: (error) => listeners[0]?.onFailure(error),
  });
  return {
    runnerName: runner.name,
    stepMs: 0,
    listen: (listener) => listeners.push(listener),
    tell: (command) => batcher.tell(command),
    close: () => batcher.stop(),
  };
}
