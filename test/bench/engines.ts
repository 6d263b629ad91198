/** The engine's batcher on one runner, as the server runs it. */
import type { Model } from '@antiphon/core/models';
import {
  type Backend,
  Batcher,
  type GenerationRequest,
  silentObserver,
  WorkerRunner,
} from '@antiphon/core/runtime';

export interface BatcherSetup {
  backend: Backend;
  maxBatch: number;
  slots?: number;
}

export async function openBatcher(
  model: Model,
  { backend, maxBatch, slots = 512 }: BatcherSetup,
): Promise<Batcher> {
  return Batcher.start({
    model,
    slots,
    maxBatch,
    maxRequests: 100_000,
    observer: silentObserver,
    nowMs: () => performance.now(),
    nextRunner: async () => {
      const runner = new WorkerRunner(backend);
      await runner.load(model.architecture, { slots });
      return runner;
    },
  });
}

export function requestFor(prompt: number[], steps: number): GenerationRequest {
  return { prompt, steps, temperature: 1, topK: null, topP: null, allowedPitches: null, deadlineMs: 0 };
}
