/** One model of the engine: its sessions, on whichever runner works. When one fails the next takes over, and no note is lost. */
import { AppError } from '../app-error.js';
import type { Model } from '../models/model.js';
import { createRandom } from '../random.js';
import { type Backend, nameOfBackend } from './backend.js';
import type { BatcherCommand, BatcherReport, GeneratedSoFar, Generation } from './batcher-messages.js';
import type { RunningBatcher } from './batcher-thread.js';
import { checkRequest } from './check-request.js';
import type { EngineObserver, EngineSession, GeneratedEvent, GenerationRequest } from './engine.js';
import { EventQueue } from './event-queue.js';
import { dueMs } from './job.js';

export interface ModelHostOptions {
  model: Model;
  /** In the order in which they are used. */
  backends: Backend[];
  /** Starts a batcher for the model; rejects where the backend does not work. */
  startBatcher: (backend: Backend) => Promise<RunningBatcher>;
  observer: EngineObserver;
  /** The engine's clock. */
  nowMs: () => number;
}

interface OpenSession {
  id: number;
  seed: number;
  requests: number;
  isClosed: boolean;
}

interface OpenJob {
  session: OpenSession;
  generation: Generation;
  queue: EventQueue<GeneratedEvent>;
  /** Runners that died while it was under way. */
  deaths: number;
  /** Stops listening for an abort. */
  ignoreAbort: () => void;
}

/** A request that was there each time may be what runners die of. */
const MOST_DEATHS = 2;

export class ModelHost {
  readonly #options: ModelHostOptions;
  readonly #backends: Backend[];
  #batcher: RunningBatcher | null = null;
  #runnerName = '';
  readonly #jobs = new Map<number, OpenJob>();
  #sessions = 0;
  readonly #open = new Set<OpenSession>();
  #jobIds = 0;
  #failed: AppError | null = null;

  private constructor(options: ModelHostOptions) {
    this.#options = options;
    this.#backends = [...options.backends];
  }

  /** Throws AppError `noRunner` when no backend works. */
  static async start(options: ModelHostOptions): Promise<ModelHost> {
    const host = new ModelHost(options);
    await host.#startNext();
    return host;
  }

  get model(): Model {
    return this.#options.model;
  }

  get runnerName(): string {
    return this.#runnerName;
  }

  /** Somebody plays with it. */
  get inUse(): boolean {
    return this.#open.size > 0;
  }

  open(seed: number): EngineSession {
    return this.#handleOf({ id: this.#sessions++, seed, requests: 0, isClosed: false });
  }

  async close(): Promise<void> {
    this.#failed = new AppError('engineClosed', 'the engine was closed');
    this.#endAll(this.#failed);
    await this.#batcher?.close();
  }

  #handleOf(session: OpenSession): EngineSession {
    this.#open.add(session);
    return {
      model: this.#options.model.id,
      generate: (request, signal) => this.#generate(session, request, signal),
      fork: async (seed) => {
        const fork = { id: this.#sessions++, seed, requests: 0, isClosed: false };
        this.#tell({ type: 'fork', session: fork.id, from: session.id });
        return this.#handleOf(fork);
      },
      close: () => {
        session.isClosed = true;
        this.#open.delete(session);
        for (const [id, job] of this.#jobs) if (job.session === session) this.#cancel(id);
        this.#tell({ type: 'close', session: session.id });
      },
    };
  }

  #generate(
    session: OpenSession,
    request: GenerationRequest,
    signal?: AbortSignal,
  ): AsyncIterable<GeneratedEvent> {
    if (session.isClosed) throw new AppError('sessionClosed', 'a closed session generates nothing');
    if (this.#failed) throw this.#failed;
    checkRequest(request);
    const id = this.#jobIds++;
    const cancel = () => this.#cancel(id);
    const queue = new EventQueue<GeneratedEvent>(cancel);
    const randomPlace = createRandom(session.seed ^ Math.imul(++session.requests, 0x9e3779b1)).place();
    if (request.steps < 1 || signal?.aborted) {
      queue.end();
      return queue;
    }
    signal?.addEventListener('abort', cancel, { once: true });
    const ignoreAbort = () => signal?.removeEventListener('abort', cancel);
    this.#jobs.set(id, {
      session,
      generation: {
        request,
        randomPlace,
        generated: { events: [], chords: [], bass: [] },
        askedMs: this.#options.nowMs(),
      },
      queue,
      deaths: 0,
      ignoreAbort,
    });
    this.#tellJob(id);
    return queue;
  }

  #cancel(id: number): void {
    if (!this.#jobs.has(id)) return;
    this.#end(id, null);
    this.#tell({ type: 'cancel', job: id });
  }

  #tellJob(id: number): void {
    const job = this.#jobs.get(id);
    if (job) this.#tell({ type: 'generate', job: id, session: job.session.id, generation: job.generation });
  }

  /** While a runner is replaced there is nobody to tell; the next one is told every job anew. */
  #tell(command: BatcherCommand): void {
    this.#batcher?.tell(command);
  }

  #onReport(report: BatcherReport): void {
    const { observer, model } = this.#options;
    const runner = this.#runnerName;
    const nowMs = this.#options.nowMs();
    let misses = 0;
    report.jobs.forEach((id, i) => {
      const job = this.#jobs.get(id);
      if (!job) return; // cancelled meanwhile
      const event: GeneratedEvent = {
        event: report.events[i] as number,
        logProbability: report.logProbabilities[i] as number,
        ...(this.#options.model.accompaniment && { chord: report.chords[i], bass: report.bass[i] }),
      };
      const { request, generated } = job.generation;
      if (nowMs > dueMs({ request, generated: generated.events.length })) misses++;
      remember(generated, event);
      job.queue.push(event);
    });
    for (const { job, error } of report.ended)
      this.#end(job, error && new AppError(error.code, error.message));
    for (const queueMs of report.queueMs) observer.begun({ model: model.id, runner, queueMs });
    for (const batch of report.batches) observer.stepped({ model: model.id, runner, ...batch });
    if (misses > 0) observer.deadlineMissed(model.id, runner, misses);
    for (let i = 0; i < report.sheds; i++) observer.shed(model.id, runner);
  }

  #end(id: number, error: Error | null): void {
    const job = this.#jobs.get(id);
    job?.ignoreAbort();
    job?.queue.end(error);
    this.#jobs.delete(id);
  }

  #endAll(error: Error): void {
    for (const id of [...this.#jobs.keys()]) this.#end(id, error);
  }

  async #replace(error: Error): Promise<void> {
    this.#batcher = null;
    this.#reportFailure(this.#runnerName, error);
    for (const [id, job] of this.#jobs)
      if (++job.deaths === MOST_DEATHS)
        this.#end(id, new AppError('runnerFailed', `${MOST_DEATHS} runners died with it: ${error.message}`));
    try {
      await this.#startNext();
      for (const id of this.#jobs.keys()) this.#tellJob(id);
    } catch (cause) {
      const { id } = this.#options.model;
      this.#failed ??= new AppError('runnerFailed', `no runner is left for ${id}: ${error.message}`, {
        cause,
      });
      this.#endAll(this.#failed);
    }
  }

  async #startNext(): Promise<void> {
    const failures: string[] = [];
    for (;;) {
      const backend = this.#backends.shift();
      if (!backend)
        throw new AppError(
          'noRunner',
          `no runner works for ${this.#options.model.id}: ${failures.join('; ') || 'all have failed'}`,
        );
      try {
        const batcher = await this.#options.startBatcher(backend);
        if (this.#failed) return await batcher.close(); // the engine was closed meanwhile
        this.#batcher = batcher;
        this.#runnerName = batcher.runnerName;
        batcher.listen({
          onReport: (report) => this.#onReport(report),
          onFailure: (error) => void this.#replace(error),
        });
        return;
      } catch (error) {
        failures.push((error as Error).message);
        this.#reportFailure(nameOfBackend(backend), error as Error);
      }
    }
  }

  #reportFailure(runner: string, { message }: Error): void {
    this.#options.observer.runnerFailed({ model: this.#options.model.id, runner, reason: message });
  }
}

function remember(generated: GeneratedSoFar, { event, chord, bass }: GeneratedEvent): void {
  generated.events.push(event);
  if (chord === undefined || bass === undefined) return;
  generated.chords.push(chord);
  generated.bass.push(bass);
}
