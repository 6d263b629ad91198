/** A batcher in a thread of its own, with its runner: arithmetic and sampling never delay music that is scheduled here. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { AppError, assertNever } from '../app-error.js';
import type { ModelParts } from '../models/model.js';
import { startThread } from '../start-thread.js';
import { type Backend, nameOfBackend } from './backend.js';
import type { BatcherLimits } from './batcher.js';
import type { BatcherCommand, BatcherReport } from './batcher-messages.js';

/** What a thread begins with. */
export interface ThreadTask {
  backend: Backend;
  model: ModelParts;
  limits: BatcherLimits;
  /** Add it to `process.hrtime` in ms, which all threads share, for the engine's clock. */
  clockOffsetMs: number;
}

export type ThreadMessage =
  | { type: 'ready'; runnerName: string; stepMs: number }
  | { type: 'report'; report: BatcherReport }
  | { type: 'failed'; message: string }
  | { type: 'stopped' };

export interface BatcherThreadOptions {
  backend: Backend;
  model: ModelParts;
  limits: BatcherLimits;
  nowMs: () => number;
}

/** Told what comes from a batcher. */
export interface BatcherListener {
  onReport(report: BatcherReport): void;
  /** It is of no more use, and says nothing after this. */
  onFailure(error: Error): void;
}

/** A batcher somewhere, ready to be told what to do. */
export interface RunningBatcher {
  readonly runnerName: string;
  /** Of a step of `TRIAL_BATCH` sessions, measured when it was started. */
  readonly stepMs: number;
  listen(listener: BatcherListener): void;
  tell(command: BatcherCommand): void;
  close(): Promise<void>;
}

const STOP_MS = 2_000;
/** A step takes milliseconds; a device that says nothing for so long while work waits is stuck. */
const STUCK_MS = 20_000;
/** Drivers of devices take their time when they are first used. */
const START_MS = 120_000;

/** Rejects with AppError `runnerFailed` when the backend does not load or cannot run the model. */
export async function startBatcherThread(options: BatcherThreadOptions): Promise<RunningBatcher> {
  const { id, config, architecture } = options.model;
  const task: ThreadTask = {
    backend: options.backend,
    model: { id, config, architecture },
    limits: options.limits,
    clockOffsetMs: options.nowMs() - sharedClockMs(),
  };
  const thread = new BatcherThread(
    startThread('worker', import.meta.url, { workerData: task }),
    nameOfBackend(options.backend),
  );
  await thread.ready;
  return thread;
}

/** The same in every thread of the process, unlike `performance.now`. */
export function sharedClockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

class BatcherThread implements RunningBatcher {
  runnerName: string;
  stepMs = Number.NaN;
  readonly ready: Promise<void>;
  readonly #worker: Worker;
  #listener: BatcherListener | null = null;
  #outbox: BatcherCommand[] = [];
  #jobs = new Set<number>();
  #watch: NodeJS.Timeout | null = null;
  #failed: AppError | null = null;
  #onReady: { resolve: () => void; reject: (error: Error) => void } | null = null;
  #onStopped: (() => void) | null = null;

  constructor(worker: Worker, name: string) {
    this.#worker = worker;
    this.runnerName = name;
    this.ready = new Promise((resolve, reject) => {
      this.#onReady = { resolve, reject };
    });
    this.#watch = setTimeout(() => this.#fail(`not ready after ${START_MS / 1000} s`), START_MS);
    worker.on('message', (message: ThreadMessage) => this.#hear(message));
    worker.on('error', (cause) => this.#fail(`its thread failed: ${cause.message}`, cause));
    worker.on('exit', (code) => this.#fail(`its thread ended with ${code}`));
  }

  listen(listener: BatcherListener): void {
    this.#listener = listener;
    if (this.#failed) listener.onFailure(this.#failed);
  }

  /** What is told in one turn travels together. */
  tell(command: BatcherCommand): void {
    if (this.#failed) return;
    if (command.type === 'generate') this.#jobs.add(command.job);
    if (command.type === 'cancel') this.#jobs.delete(command.job);
    if (this.#outbox.length === 0)
      queueMicrotask(() => {
        this.#worker.postMessage(this.#outbox);
        this.#outbox = [];
        this.#watchOver();
      });
    this.#outbox.push(command);
  }

  async close(): Promise<void> {
    if (this.#failed) return;
    const stopped = new Promise<void>((resolve) => {
      this.#onStopped = resolve;
    });
    this.#worker.ref();
    this.#worker.postMessage(null);
    await Promise.race([stopped, sleep(STOP_MS, undefined, { ref: false })]);
    this.#failed = new AppError('runnerClosed', `${this.runnerName} was closed`);
    await this.#worker.terminate();
  }

  #hear(message: ThreadMessage): void {
    switch (message.type) {
      case 'ready':
        this.runnerName = message.runnerName;
        this.stepMs = message.stepMs;
        this.#watchOver();
        this.#onReady?.resolve();
        return;
      case 'report':
        for (const { job } of message.report.ended) this.#jobs.delete(job);
        this.#watchOver();
        this.#listener?.onReport(message.report);
        return;
      case 'failed':
        this.#fail(message.message);
        return;
      case 'stopped':
        this.#onStopped?.();
        return;
      default:
        assertNever(message);
    }
  }

  /** While work waits the thread keeps the process alive, and must be heard from. */
  #watchOver(): void {
    if (this.#watch) clearTimeout(this.#watch);
    this.#watch = null;
    if (this.#jobs.size === 0) {
      this.#worker.unref();
      return;
    }
    this.#worker.ref();
    this.#watch = setTimeout(() => this.#fail(`no answer for ${STUCK_MS / 1000} s`), STUCK_MS);
  }

  #fail(how: string, cause?: unknown): void {
    if (this.#failed) return;
    this.#failed = new AppError('runnerFailed', `${this.runnerName}: ${how}`, { cause });
    if (this.#watch) clearTimeout(this.#watch);
    void this.#worker.terminate();
    this.#onStopped?.();
    this.#onReady?.reject(this.#failed);
    this.#listener?.onFailure(this.#failed);
  }
}
