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
        limits: { maxBatch, maxRequests: 100_000, maxLatenessMs: Number.POSITIVE_INFINITY },
        nowMs: () => performance.now(),
      }),
    observer: new Metrics().engineObserver(({ reason }) => console.error(reason)),
    nowMs: () => performance.now(),
  });
}
