/** One model of the engine on one backend, as the server runs it, its metrics included. */
import { type Model, NO_CONDITION } from '@antiphon/core/models';
import { type Backend, type GenerationRequest, ModelHost, startBatcherThread } from '@antiphon/core/runtime';
import { Metrics } from '../../apps/server/src/telemetry/metrics.js';

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
        limits: { maxBatch, maxRequests: 100_000, maxLatenessMs: Number.POSITIVE_INFINITY },
        nowMs: () => performance.now(),
      }),
    observer: new Metrics().engineObserver(({ reason }) => console.error(reason)),
    nowMs: () => performance.now(),
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
