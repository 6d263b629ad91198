/** A MusicVAE in a thread of its own: what it computes never delays music that is scheduled here. */
import type { Worker } from 'node:worker_threads';
import { AppError, assertNever } from '../../app-error.js';
import type { LatentModel } from '../../models/latent-model.js';
import type { MelodyEvent } from '../../music/melody.js';
import { startThread } from '../../start-thread.js';

/** What a thread begins with. */
export type LatentTask = Pick<LatentModel, 'folder' | 'steps'>;

export interface LatentQuestion {
  id: number;
  /** Both of the model's length and within its range. */
  first: MelodyEvent[];
  second: MelodyEvent[];
  /** How many melodies between them. */
  count: number;
}

export interface LatentAnswer {
  /** The melodies at equal distances between two, without those. */
  melodies: MelodyEvent[][];
  /** How long the model took, without waiting for its turn. */
  computeMs: number;
}

export type LatentMessage =
  | { type: 'ready' }
  | { type: 'answer'; id: number; answer: LatentAnswer }
  | { type: 'refused'; id: number; message: string }
  | { type: 'failed'; message: string };

const START_MS = 60_000;
/** Five melodies take a tenth of a second; a thread that says nothing for so long is stuck. */
const STUCK_MS = 20_000;

interface Waiting {
  resolve: (answer: LatentAnswer) => void;
  reject: (error: Error) => void;
  watch: NodeJS.Timeout;
}

/** Rejects with AppError `runnerFailed` when the library cannot load the checkpoint. */
export async function startLatentThread({ id, folder, steps }: LatentModel): Promise<LatentThread> {
  const workerData: LatentTask = { folder, steps };
  const thread = new LatentThread(
    id,
    startThread('latent-worker', import.meta.url, { workerData, stdout: true }),
  );
  await thread.ready;
  return thread;
}

export class LatentThread {
  readonly ready: Promise<void>;
  readonly #model: string;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #questions = 0;
  #failed: AppError | null = null;
  #onReady: { resolve: () => void; reject: (error: Error) => void } | null = null;
  readonly #starting: NodeJS.Timeout;

  constructor(model: string, worker: Worker) {
    this.#model = model;
    this.#worker = worker;
    this.ready = new Promise((resolve, reject) => {
      this.#onReady = { resolve, reject };
    });
    this.#starting = setTimeout(() => this.#fail(`not ready after ${START_MS / 1000} s`), START_MS);
    worker.stdout.resume(); // the library talks; what matters comes as messages
    worker.on('message', (message: LatentMessage) => this.#hear(message));
    worker.on('error', ({ message }) => this.#fail(`its thread failed: ${message}`));
    worker.on('exit', (code) => this.#fail(`its thread ended with ${code}`));
  }

  /** Rejects with AppError `runnerFailed`. */
  between(question: Omit<LatentQuestion, 'id'>): Promise<LatentAnswer> {
    if (this.#failed) return Promise.reject(this.#failed);
    const id = this.#questions++;
    return new Promise((resolve, reject) => {
      const watch = setTimeout(() => this.#fail(`no answer for ${STUCK_MS / 1000} s`), STUCK_MS);
      this.#waiting.set(id, { resolve, reject, watch });
      this.#worker.ref();
      this.#worker.postMessage({ id, ...question } satisfies LatentQuestion);
    });
  }

  async close(): Promise<void> {
    this.#fail('it was closed');
    await this.#worker.terminate();
  }

  #hear(message: LatentMessage): void {
    switch (message.type) {
      case 'ready':
        clearTimeout(this.#starting);
        this.#worker.unref();
        this.#onReady?.resolve();
        return;
      case 'answer':
        this.#take(message.id)?.resolve(message.answer);
        return;
      case 'refused':
        this.#take(message.id)?.reject(this.#error(message.message));
        return;
      case 'failed':
        this.#fail(message.message);
        return;
      default:
        assertNever(message);
    }
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    clearTimeout(waiting?.watch);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker.unref();
    return waiting;
  }

  #fail(how: string): void {
    if (this.#failed) return;
    this.#failed = this.#error(how);
    clearTimeout(this.#starting);
    for (const id of [...this.#waiting.keys()]) this.#take(id)?.reject(this.#failed);
    this.#onReady?.reject(this.#failed);
    void this.#worker.terminate();
  }

  #error(how: string): AppError {
    return new AppError('runnerFailed', `${this.#model}: ${how}`);
  }
}
