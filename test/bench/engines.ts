/** One model of the engine on one backend, as the server runs it. */
import { type Model, NO_CONDITION } from '@antiphon/core/models';
import {
  type Backend,
  type GenerationRequest,
  ModelHost,
  silentObserver,
  startBatcherThread,
} from '@antiphon/core/runtime';

export interface HostSetup {
  backend: Backend;
  maxBatch: number;
}

/** Nothing is shed: what comes late is what is measured. */
export function openHost(model: Model, { backend, maxBatch }: HostSetup): Promise<ModelHost> {
  return ModelHost.start({
    model,
    backends: [backend],
    startBatcher: () =>
      startBatcherThread({
        model,
        backend,
        limits: { maxBatch, maxLatenessMs: Number.POSITIVE_INFINITY },
        nowMs: () => performance.now(),
      }),
    limits: { maxRequests: 100_000, maxSilenceMs: Number.POSITIVE_INFINITY },
    reason: 'it is what is measured',
    observer: silentObserver,
    nowMs: () => performance.now(),
    pauseMs: 1_000,
  });
}

export function requestFor(prompt: number[], steps: number): GenerationRequest {
  return {
    prompt,
    steps,
    temperature: 1,
    topK: null,
    topP: null,
    allowedPitches: null,
    silentSteps: null,
    condition: NO_CONDITION,
    deadlineMs: 0,
    stepMs: 0,
  };
}
