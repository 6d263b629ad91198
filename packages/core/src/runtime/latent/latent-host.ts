/**
 * One latent model: what its sessions ask waits here, the most urgent first, and its thread computes one answer after another. A thread that
 * dies is replaced, ever more slowly where none lasts.
 */
import { AppError } from '../../app-error.js';
import type { LatentModel } from '../../models/latent-model.js';
import type { MelodyEvent } from '../../music/melody.js';
import type { EngineObserver, RunnerState } from '../engine.js';
import { pauseBefore } from '../pause.js';
import type { LatentQuestion, LatentThread } from './latent-thread.js';

export type LatentObserver = Pick<EngineObserver, 'begun' | 'stepped' | 'runnerFailed' | 'shed'>;

interface LatentHostOptions {
  model: LatentModel;
  /** Rejects when the model does not start. */
  startThread: (model: LatentModel) => Promise<LatentThread>;
  observer: LatentObserver;
  nowMs: () => number;
  limits: LatentLimits;
}

export interface LatentLimits {
  /** Questions; one more sheds the least urgent. */
  maxWaiting: number;
  /** A question that still waits so long (ms) after it was wanted shows that the machine is too slow: the least urgent is shed. */
  maxLatenessMs: number;
  /** Before a thread is started anew once more; twice as long before each further time. */
  pauseMs: number;
}

interface Waiting {
  question: LatentQuestion;
  deadlineMs: number;
  askedMs: number;
  resolve: (melodies: MelodyEvent[][]) => void;
  reject: (error: AppError) => void;
}

const RUNNER = 'Magenta.js on tfjs wasm';

export class LatentHost {
  readonly #options: LatentHostOptions;
  readonly #closing = new AbortController();
  readonly #waiting = new Set<Waiting>();
  #thread: LatentThread | null = null;
  #isComputing = false;
  /** Why nothing answers now. */
  #down: AppError | null = null;
  /** Of threads, since the last answer. */
  #failures = 0;

  private constructor(options: LatentHostOptions) {
    this.#options = options;
  }

  /** Rejects when the model does not start. */
  static async start(options: LatentHostOptions): Promise<LatentHost> {
    const host = new LatentHost(options);
    await host.#begin();
    return host;
  }

  get model(): LatentModel {
    return this.#options.model;
  }

  get state(): RunnerState {
    if (this.#down) return { status: 'down', runner: RUNNER, reason: this.#down.message };
    const reason = 'the library that its format is of';
    return { status: this.#thread ? 'up' : 'replacing', runner: RUNNER, reason };
  }

  /**
   * The melodies between two; null once `signal` is aborted. Rejects with AppError `shed` when the machine is too slow for it, `badStep` for
   * what cannot be computed, `runnerFailed` when the thread dies over it or none works now.
   */
  async ask(
    question: LatentQuestion,
    { deadlineMs, signal }: { deadlineMs: number; signal: AbortSignal },
  ): Promise<MelodyEvent[][] | null> {
    if (signal.aborted) return null;
    if (this.#down) throw this.#down;
    let giveUp = () => {};
    const answered = new Promise<MelodyEvent[][] | null>((resolve, reject) => {
      const waiting = { question, deadlineMs, askedMs: this.#options.nowMs(), resolve, reject };
      giveUp = () => {
        this.#waiting.delete(waiting);
        resolve(null);
      };
      signal.addEventListener('abort', giveUp);
      this.#waiting.add(waiting);
      const { maxWaiting } = this.#options.limits;
      if (this.#waiting.size > maxWaiting) this.#shed(`${maxWaiting} questions wait`);
    });
    void this.#computeNext();
    return answered.finally(() => signal.removeEventListener('abort', giveUp));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#refuseAll(new AppError('engineClosed', 'the engine was closed'));
    await this.#thread?.close();
  }

  async #computeNext(): Promise<void> {
    const thread = this.#thread;
    if (!thread || thread.isOver || this.#isComputing) return;
    this.#shedLate();
    const next = this.#byUrgency()[0];
    if (!next) return;
    this.#waiting.delete(next);
    this.#isComputing = true;
    try {
      next.resolve(await this.#compute(thread, next));
      this.#failures = 0;
    } catch (error) {
      next.reject(error as AppError);
    }
    this.#isComputing = false;
    void this.#computeNext();
  }

  async #compute(thread: LatentThread, { question, askedMs }: Waiting): Promise<MelodyEvent[][]> {
    const { model, observer, nowMs } = this.#options;
    const labels = { model: model.id, runner: RUNNER };
    const startMs = nowMs();
    observer.begun({ ...labels, queueMs: startMs - askedMs });
    const melodies = await thread.between(question);
    observer.stepped({
      ...labels,
      size: 1,
      steps: question.count * model.steps,
      computeMs: nowMs() - startMs,
    });
    return melodies;
  }

  #byUrgency(): Waiting[] {
    return [...this.#waiting].sort((a, b) => a.deadlineMs - b.deadlineMs);
  }

  #shedLate(): void {
    const { nowMs, limits } = this.#options;
    const isLate = ({ deadlineMs, askedMs }: Waiting) =>
      nowMs() - Math.max(deadlineMs, askedMs) > limits.maxLatenessMs;
    if ([...this.#waiting].some(isLate)) this.#shed(`answers are more than ${limits.maxLatenessMs} ms late`);
  }

  #shed(why: string): void {
    const latest = this.#byUrgency().at(-1);
    if (!latest) return;
    this.#waiting.delete(latest);
    this.#options.observer.shed(this.model.id, RUNNER);
    latest.reject(new AppError('shed', `${why}; this request was the least urgent`));
  }

  #refuseAll(error: AppError): void {
    this.#down = error;
    for (const { reject } of this.#waiting) reject(error);
    this.#waiting.clear();
  }

  async #begin(): Promise<void> {
    const thread = await this.#options.startThread(this.model);
    if (this.#closing.signal.aborted) return thread.close();
    this.#down = null;
    this.#thread = thread;
    void thread.ended.then((reason) => this.#replace(reason));
    void this.#computeNext();
  }

  async #replace(reason: AppError): Promise<void> {
    this.#thread = null;
    if (this.#closing.signal.aborted) return;
    let failure: AppError | null = reason;
    while (failure) {
      this.#failures++;
      this.#options.observer.runnerFailed({ model: this.model.id, runner: RUNNER, reason: failure.message });
      await pauseBefore(this.#failures - 1, {
        pauseMs: this.#options.limits.pauseMs,
        signal: this.#closing.signal,
      });
      if (this.#closing.signal.aborted) return;
      failure = await this.#begin().then(
        () => null,
        (error) => error,
      );
      if (failure) this.#refuseAll(failure);
    }
  }
}
