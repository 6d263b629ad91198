/** A batcher in a thread of its own, with its runner: arithmetic and sampling never delay music that is scheduled here. */
import { once } from 'node:events';
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
  | { type: 'failed'; message: string };

/** How long a thread may say nothing (ms) before it is given up. */
export interface Patience {
  /** While it starts: drivers of devices take their time when they are first used. */
  startMs: number;
  /** While work waits: a step takes milliseconds, so a device that is silent for longer is stuck. */
  workMs: number;
}

/** What a thread is told: commands, or to end itself. */
export type ThreadCommand = BatcherCommand[] | null;
const END: ThreadCommand = null;

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

const STOP_MS = 3_000;
const PATIENCE: Patience = { startMs: 30_000, workMs: 20_000 };

/** Rejects with AppError `runnerFailed` when the backend does not load or cannot run the model. */
export async function startBatcherThread(options: BatcherThreadOptions): Promise<RunningBatcher> {
  const thread = new BatcherThread(startWorker(options), nameOfBackend(options.backend), PATIENCE);
  await thread.ready;
  return thread;
}

export function startWorker(options: BatcherThreadOptions): Worker {
  const { id, config, architecture } = options.model;
  const task: ThreadTask = {
    backend: options.backend,
    model: { id, config, architecture },
    limits: options.limits,
    clockOffsetMs: options.nowMs() - sharedClockMs(),
  };
  return startThread('worker', import.meta.url, { workerData: task });
}

/** The same in every thread of the process, unlike `performance.now`. */
export function sharedClockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export class BatcherThread implements RunningBatcher {
  runnerName: string;
  stepMs = Number.NaN;
  readonly ready: Promise<void>;
  readonly #worker: Worker;
  readonly #patience: Patience;
  #listener: BatcherListener | null = null;
  #outbox: BatcherCommand[] = [];
  #jobs = new Set<number>();
  #watch: NodeJS.Timeout | null = null;
  #failed: AppError | null = null;
  #onReady: { resolve: () => void; reject: (error: Error) => void } | null = null;

  constructor(worker: Worker, name: string, patience: Patience) {
    this.#worker = worker;
    this.#patience = patience;
    this.runnerName = name;
    this.ready = new Promise((resolve, reject) => {
      this.#onReady = { resolve, reject };
    });
    this.#watchFor(patience.startMs, 'not ready after');
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
        if (this.#failed) return;
        this.#worker.postMessage(this.#outbox satisfies ThreadCommand);
        this.#outbox = [];
        if (!this.#watch) this.#expectReport();
      });
    this.#outbox.push(command);
  }

  async close(): Promise<void> {
    if (this.#failed) return;
    this.#failed = new AppError('runnerClosed', `${this.runnerName} was closed`);
    this.#worker.ref();
    this.#worker.postMessage(END);
    await once(this.#worker, 'exit', { signal: AbortSignal.timeout(STOP_MS) }).catch(() => {});
    this.#rest();
  }

  #hear(message: ThreadMessage): void {
    if (this.#failed) return;
    switch (message.type) {
      case 'ready':
        this.runnerName = message.runnerName;
        this.stepMs = message.stepMs;
        this.#rest();
        this.#onReady?.resolve();
        return;
      case 'report':
        for (const { job } of message.report.ended) this.#jobs.delete(job);
        this.#rest();
        if (this.#jobs.size > 0) this.#expectReport();
        this.#listener?.onReport(message.report);
        return;
      case 'failed':
        this.#fail(message.message);
        return;
      default:
        assertNever(message);
    }
  }

  /** Until it comes the thread keeps the process alive. What is told meanwhile does not put the end of patience off. */
  #expectReport(): void {
    this.#worker.ref();
    this.#watchFor(this.#patience.workMs, 'no answer for');
  }

  #rest(): void {
    if (this.#watch) clearTimeout(this.#watch);
    this.#watch = null;
    this.#worker.unref();
  }

  #watchFor(ms: number, how: string): void {
    this.#watch = setTimeout(() => this.#fail(`${how} ${ms / 1000} s`), ms);
  }

  #fail(how: string, cause?: unknown): void {
    if (this.#failed) return;
    this.#failed = new AppError('runnerFailed', `${this.runnerName}: ${how}`, { cause });
    this.#worker.postMessage(END);
    this.#rest();
    this.#onReady?.reject(this.#failed);
    this.#listener?.onFailure(this.#failed);
  }
}
