/** A MusicVAE in a thread of its own: what it computes never delays music that is scheduled here. */
import type { Worker } from 'node:worker_threads';
import { AppError, assertNever } from '../../app-error.js';
import type { LatentModel } from '../../models/latent-model.js';
import type { MelodyEvent } from '../../music/melody.js';
import { startThread } from '../../start-thread.js';

/** What a thread begins with. */
export type LatentTask = Pick<LatentModel, 'folder' | 'steps'>;

export interface LatentQuestion {
  /** Both of the model's length and within its range. */
  first: MelodyEvent[];
  second: MelodyEvent[];
  /** How many melodies between them. */
  count: number;
}

export type LatentMessage =
  | { type: 'ready' }
  | { type: 'answer'; melodies: MelodyEvent[][] }
  | { type: 'refused'; message: string }
  | { type: 'failed'; message: string };

/** How long a thread may say nothing (ms). */
interface Patience {
  startMs: number;
  answerMs: number;
}

/** Five melodies take a tenth of a second. */
const PATIENCE: Patience = { startMs: 60_000, answerMs: 20_000 };

interface Listener {
  resolve: (melodies: MelodyEvent[][]) => void;
  reject: (error: Error) => void;
}

/** Rejects with AppError `runnerFailed` when the library cannot load the checkpoint. */
export async function startLatentThread({ id, folder, steps }: LatentModel): Promise<LatentThread> {
  const workerData: LatentTask = { folder, steps };
  const worker = startThread('latent-worker', import.meta.url, { workerData, stdout: true });
  const thread = new LatentThread(id, worker, PATIENCE);
  await thread.ready;
  return thread;
}

/** Computes one answer at a time. */
export class LatentThread {
  readonly ready: Promise<void>;
  /** Resolves with the reason once it is of no more use. */
  readonly ended: Promise<AppError>;
  readonly #model: string;
  readonly #worker: Worker;
  readonly #patience: Patience;
  #asking: Listener | null = null;
  #watch: NodeJS.Timeout;
  #failed: AppError | null = null;
  #onReady!: { resolve: () => void; reject: (error: Error) => void };
  #onEnded!: (reason: AppError) => void;

  constructor(model: string, worker: Worker, patience: Patience) {
    this.#model = model;
    this.#worker = worker;
    this.#patience = patience;
    this.ready = new Promise((resolve, reject) => {
      this.#onReady = { resolve, reject };
    });
    this.ended = new Promise((resolve) => {
      this.#onEnded = resolve;
    });
    this.#watch = setTimeout(
      () => this.#fail(`not ready after ${patience.startMs / 1000} s`),
      patience.startMs,
    );
    worker.stdout.resume(); // the library talks; what matters comes as messages
    worker.on('message', (message: LatentMessage) => this.#hear(message));
    worker.on('error', ({ message }) => this.#fail(`its thread failed: ${message}`));
    worker.on('exit', (code) => this.#fail(`its thread ended with ${code}`));
  }

  get isOver(): boolean {
    return this.#failed !== null;
  }

  /**
   * The melodies at equal distances between two, without those. Rejects with AppError `badStep` for what the library refuses to compute, and
   * `runnerFailed` when the thread ends.
   */
  between(question: LatentQuestion): Promise<MelodyEvent[][]> {
    if (this.#failed) return Promise.reject(this.#failed);
    return new Promise((resolve, reject) => {
      this.#asking = { resolve, reject };
      const { answerMs } = this.#patience;
      this.#watch = setTimeout(() => this.#fail(`no answer for ${answerMs / 1000} s`), answerMs);
      this.#worker.ref();
      this.#worker.postMessage(question);
    });
  }

  async close(): Promise<void> {
    this.#fail('it was closed');
    await this.#worker.terminate();
  }

  #hear(message: LatentMessage): void {
    switch (message.type) {
      case 'ready':
        this.#rest();
        this.#onReady.resolve();
        return;
      case 'answer':
        this.#rest()?.resolve(message.melodies);
        return;
      case 'refused':
        this.#rest()?.reject(new AppError('badStep', `${this.#model}: ${message.message}`));
        return;
      case 'failed':
        this.#fail(message.message);
        return;
      default:
        assertNever(message);
    }
  }

  /** Nothing is computed any more, so that it keeps no process alive. Answers who has asked. */
  #rest(): Listener | null {
    clearTimeout(this.#watch);
    this.#worker.unref();
    const asking = this.#asking;
    this.#asking = null;
    return asking;
  }

  #fail(how: string): void {
    if (this.#failed) return;
    this.#failed = new AppError('runnerFailed', `${this.#model}: ${how}`);
    this.#rest()?.reject(this.#failed);
    this.#onReady.reject(this.#failed);
    this.#onEnded(this.#failed);
    void this.#worker.terminate();
  }
}
