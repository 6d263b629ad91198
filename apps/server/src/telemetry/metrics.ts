/** What the booth counts, for Prometheus. Names and units as Triton and Prometheus have them. */
import type { EngineObserver } from '@antiphon/core/runtime';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export const METRICS = Symbol('metrics');

const SECONDS = [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];

/** Told what becomes of the runners, in words. */
type EngineLog = Pick<EngineObserver, 'runnerStarting' | 'runnerChosen' | 'runnerFailed'>;

export class Metrics {
  readonly registry = new Registry();
  readonly stations = new Gauge({
    name: 'antiphon_stations_online',
    help: 'Stations connected',
    registers: [this.registry],
  });
  readonly sessions = new Gauge({
    name: 'antiphon_sessions',
    help: 'Sessions under way',
    registers: [this.registry],
  });
  readonly events = new Counter({
    name: 'antiphon_events_recorded_total',
    help: 'Key events committed',
    registers: [this.registry],
  });
  readonly #queue = this.#inference(
    Histogram,
    'queue_seconds',
    'Time from asking to the first batch of a request',
    SECONDS,
  );
  readonly #compute = this.#inference(Histogram, 'compute_seconds', 'Time of one batch', SECONDS);
  readonly #batch = this.#inference(
    Histogram,
    'batch_size',
    'Sessions in a batch',
    [1, 2, 4, 8, 16, 32, 64, 128, 256],
  );
  readonly #steps = this.#inference(
    Counter,
    'steps_total',
    'Steps of the network, of all sessions together, priming included',
  );
  readonly #misses = this.#inference(
    Counter,
    'deadline_misses_total',
    'Events that came after they were wanted',
  );
  readonly #sheds = this.#inference(Counter, 'sheds_total', 'Requests given up');
  readonly #failures = this.#inference(
    Counter,
    'runner_failures_total',
    'Runners that could not be started or died',
  );

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  engineObserver({ runnerFailed, ...log }: EngineLog): EngineObserver {
    return {
      begun: ({ model, runner, queueMs }) => this.#queue.observe({ model, runner }, queueMs / 1000),
      stepped: ({ model, runner, size, steps, computeMs }) => {
        const labels = { model, runner };
        this.#compute.observe(labels, computeMs / 1000);
        this.#batch.observe(labels, size);
        this.#steps.inc(labels, steps);
      },
      deadlineMissed: (model, runner, count) => this.#misses.inc({ model, runner }, count),
      shed: (model, runner) => this.#sheds.inc({ model, runner }),
      runnerFailed: (failure) => {
        this.#failures.inc({ model: failure.model, runner: failure.runner });
        runnerFailed(failure);
      },
      ...log,
    };
  }

  #inference<T>(Kind: new (options: never) => T, name: string, help: string, buckets?: number[]): T {
    return new Kind({
      name: `antiphon_inference_${name}`,
      help,
      labelNames: ['model', 'runner'],
      ...(buckets && { buckets }),
      registers: [this.registry],
    } as never);
  }
}
