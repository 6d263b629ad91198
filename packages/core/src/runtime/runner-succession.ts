/**
 * The runners of one model, one at a time. When one dies the next takes over, round and round, and ever more slowly where none lasts:
 * a device that was lost may come back.
 */
import { AppError } from '../app-error.js';
import { type Backend, nameOfBackend } from './backend.js';
import type { BatcherCommand, BatcherReport } from './batcher-messages.js';
import type { RunningBatcher } from './batcher-thread.js';
import type { EngineObserver, RunnerState } from './engine.js';
import { pauseBefore } from './pause.js';

export interface SuccessionOptions {
  /** Its id, for whoever observes. */
  model: string;
  /** In the order in which they are used. */
  backends: Backend[];
  /** Why in this order. */
  reason: string;
  /** Starts a batcher for the model; rejects where the backend does not work. */
  startBatcher: (backend: Backend) => Promise<RunningBatcher>;
  observer: Pick<EngineObserver, 'runnerChosen' | 'runnerFailed'>;
  nowMs: () => number;
  /** Once every backend has failed, before the next try; twice as long before each further one. */
  pauseMs: number;
}

/** Told what becomes of the runners. */
export interface SuccessionListener {
  onReport(report: BatcherReport): void;
  onDeath(error: Error): void;
  /** Another one took over; it knows of nothing. */
  onSuccessor(): void;
  /** No backend works now. One may later. */
  onNone(error: Error): void;
}

/** A runner that worked for so long was a good one: the next failure is the first of its kind. */
const LASTING_MS = 60_000;

export class RunnerSuccession {
  readonly #options: SuccessionOptions;
  readonly #listener: SuccessionListener;
  readonly #closing = new AbortController();
  #batcher: RunningBatcher | null = null;
  #state: RunnerState = { status: 'down', runner: 'none', reason: 'it was not started' };
  #next = 0;
  /** Deaths and failures to start, since a runner has last lasted. */
  #failures = 0;

  constructor(options: SuccessionOptions, listener: SuccessionListener) {
    this.#options = options;
    this.#listener = listener;
  }

  get state(): RunnerState {
    return this.#state;
  }

  /** Throws AppError `noRunner` when no backend works. */
  async start(): Promise<void> {
    const { model, backends, reason } = this.#options;
    const failures: string[] = [];
    for (const _ of backends) {
      const failure = await this.#tryNext(failures.length === 0 ? reason : failures.join('; '));
      if (!failure) return;
      failures.push(failure.message);
    }
    throw new AppError('noRunner', `no runner works for ${model}: ${failures.join('; ')}`);
  }

  /** While a runner is replaced there is nobody to tell. */
  tell(command: BatcherCommand): void {
    this.#batcher?.tell(command);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#batcher?.close();
  }

  async #replace(error: Error): Promise<void> {
    const { backends, pauseMs } = this.#options;
    const { runner } = this.#state;
    const reason = `took over from ${runner}, which failed: ${error.message}`;
    this.#state = { status: 'replacing', runner, reason: error.message };
    this.#listener.onDeath(error);
    for (let failures = 0; ; ) {
      await pauseBefore(this.#failures - backends.length, { pauseMs, signal: this.#closing.signal });
      if (this.#closing.signal.aborted) return;
      const failure = await this.#tryNext(reason);
      if (this.#closing.signal.aborted) return;
      if (!failure) return this.#listener.onSuccessor();
      if (++failures < backends.length) continue;
      this.#state = { status: 'down', runner, reason: failure.message };
      this.#listener.onNone(error);
    }
  }

  /** Answers why it failed, or null. */
  async #tryNext(reason: string): Promise<Error | null> {
    const { model, backends, startBatcher, observer, nowMs } = this.#options;
    const backend = backends[this.#next++ % backends.length] as Backend;
    try {
      const batcher = await startBatcher(backend);
      if (this.#closing.signal.aborted) {
        await batcher.close();
        return null;
      }
      const startedMs = nowMs();
      this.#batcher = batcher;
      this.#state = { status: 'up', runner: batcher.runnerName, reason };
      observer.runnerChosen({ model, runner: batcher.runnerName, reason });
      batcher.listen({
        onReport: (report) => this.#listener.onReport(report),
        onFailure: (error) => {
          this.#batcher = null;
          if (nowMs() - startedMs > LASTING_MS) this.#failures = 0;
          this.#failed(batcher.runnerName, error);
          void this.#replace(error);
        },
      });
      return null;
    } catch (error) {
      this.#failed(nameOfBackend(backend), error as Error);
      return error as Error;
    }
  }

  #failed(runner: string, { message }: Error): void {
    this.#failures++;
    this.#options.observer.runnerFailed({ model: this.#options.model, runner, reason: message });
  }
}
