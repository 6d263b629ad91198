/** One model's host whose batchers run in this thread, for tests. */
import { fileURLToPath } from 'node:url';
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
import { ModelHost } from './model-host.js';
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

export interface HostChanges extends Partial<BatcherLimits> {
  model?: Model;
  observer?: Partial<EngineObserver>;
  /** One after another; the next is taken when one fails. */
  runners?: ModelRunner[];
}

/** A model's host whose batchers run in this thread. */
export async function startHost(changes: HostChanges = {}): Promise<ModelHost> {
  const { model = smallModel, observer, runners, ...limits } = changes;
  const left = runners ?? [await onnxRunner()];
  return ModelHost.start({
    model,
    backends: left.map(() => ({ library: 'tensorflow' })),
    startBatcher: async () => batcherHere(left.shift() as ModelRunner, model, limits),
    observer: { ...silentObserver, ...observer },
    nowMs: () => performance.now(),
  });
}

function batcherHere(runner: ModelRunner, model: Model, limits: Partial<BatcherLimits>): RunningBatcher {
  const listeners: BatcherListener[] = [];
  const batcher = new Batcher({
    model,
    runner,
    limits: { maxBatch: 32, maxRequests: 1000, maxLatenessMs: Number.POSITIVE_INFINITY, ...limits },
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
