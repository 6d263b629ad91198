/** One model of the engine on one backend, as the server runs it, its metrics included. */
import type { Model } from '@antiphon/core/models';
import { type Backend, ModelHost, startBatcherThread } from '@antiphon/core/runtime';
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
        limits: { maxBatch, maxLatenessMs: Number.POSITIVE_INFINITY },
        nowMs: () => performance.now(),
      }),
    limits: { maxRequests: 100_000, maxSilenceMs: Number.POSITIVE_INFINITY },
    reason: 'it is what is measured',
    observer: new Metrics().engineObserver({
      runnerStarting: () => {},
      runnerChosen: () => {},
      runnerFailed: ({ reason }) => console.error(reason),
    }),
    nowMs: () => performance.now(),
    pauseMs: 1_000,
  });
}
