/** One model of the engine: its sessions, on whichever runner works. When one fails the next takes over, and no note is lost. */
import { AppError } from '../app-error.js';
import type { Model } from '../models/model.js';
import { createRandom } from '../random.js';
import type { BatcherReport, GeneratedSoFar, Generation } from './batcher-messages.js';
import { checkRequest } from './check-request.js';
import type {
  EngineObserver,
  EngineSession,
  GeneratedEvent,
  GenerationRequest,
  RunnerState,
} from './engine.js';
import { EventQueue } from './event-queue.js';
import { dueMs, leastUrgent } from './job.js';
import { RunnerSuccession, type SuccessionOptions } from './runner-succession.js';

export interface HostLimits {
  /** Requests under way or waiting; one more sheds the least urgent. */
  maxRequests: number;
  /** While no runner says anything, a request that has waited for longer than it was to (ms) is shed. */
  maxSilenceMs: number;
}

export interface ModelHostOptions extends Omit<SuccessionOptions, 'model' | 'observer'> {
  model: Model;
  limits: HostLimits;
  observer: EngineObserver;
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

const SWEEP_MS = 100;

export class ModelHost {
  readonly #options: ModelHostOptions;
  readonly #runners: RunnerSuccession;
  readonly #jobs = new Map<number, OpenJob>();
  #sessions = 0;
  readonly #open = new Set<OpenSession>();
  #jobIds = 0;
  #failed: AppError | null = null;
  /** When a runner last said something. */
  #heardMs = Number.NEGATIVE_INFINITY;
  readonly #sweeping: NodeJS.Timeout;

  private constructor(options: ModelHostOptions) {
    this.#options = options;
    this.#runners = new RunnerSuccession(
      { ...options, model: options.model.id },
      {
        onReport: (report) => this.#onReport(report),
        onDeath: (error) => this.#countDeath(error),
        onSuccessor: () => this.#goOn(),
        onNone: (error) => this.#fail(error),
      },
    );
    this.#sweeping = setInterval(() => this.#shedWhatWaitsInVain(), SWEEP_MS).unref();
  }

  /** Throws AppError `noRunner` when no backend works. */
  static async start(options: ModelHostOptions): Promise<ModelHost> {
    const host = new ModelHost(options);
    await host.#runners.start();
    return host;
  }

  get model(): Model {
    return this.#options.model;
  }

  get runner(): RunnerState {
    return this.#runners.state;
  }

  /** Somebody plays with it. */
  get inUse(): boolean {
    return this.#open.size > 0;
  }

  open(seed: number): EngineSession {
    return this.#handleOf({ id: this.#sessions++, seed, requests: 0, isClosed: false });
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeping);
    this.#failed = new AppError('engineClosed', 'the engine was closed');
    this.#endAll(this.#failed);
    await this.#runners.close();
  }

  #handleOf(session: OpenSession): EngineSession {
    this.#open.add(session);
    return {
      model: this.#options.model.id,
      generate: (request, signal) => this.#generate(session, request, signal),
      fork: async (seed) => {
        requireOpen(session);
        const fork = { id: this.#sessions++, seed, requests: 0, isClosed: false };
        this.#runners.tell({ type: 'fork', session: fork.id, from: session.id });
        return this.#handleOf(fork);
      },
      close: () => {
        session.isClosed = true;
        this.#open.delete(session);
        for (const [id, job] of this.#jobs) if (job.session === session) this.#cancel(id);
        this.#runners.tell({ type: 'close', session: session.id });
      },
    };
  }

  #generate(
    session: OpenSession,
    request: GenerationRequest,
    signal?: AbortSignal,
  ): AsyncIterable<GeneratedEvent> {
    requireOpen(session);
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
    const { maxRequests } = this.#options.limits;
    if (this.#jobs.size > maxRequests)
      this.#shed(leastUrgent(this.#wanted())?.id ?? id, `${maxRequests} requests are under way`);
    this.#tellJob(id);
    return queue;
  }

  #cancel(id: number): void {
    if (!this.#jobs.has(id)) return;
    this.#end(id, null);
    this.#runners.tell({ type: 'cancel', job: id });
  }

  #tellJob(id: number): void {
    const job = this.#jobs.get(id);
    if (job)
      this.#runners.tell({ type: 'generate', job: id, session: job.session.id, generation: job.generation });
  }

  #onReport(report: BatcherReport): void {
    const { observer, model, nowMs: clockMs } = this.#options;
    const { runner } = this.#runners.state;
    const nowMs = clockMs();
    this.#heardMs = nowMs;
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

  /** A batcher that works sheds what comes too late; one that is stuck or replaced does not. */
  #shedWhatWaitsInVain(): void {
    const { limits, nowMs } = this.#options;
    const silentSinceMs = nowMs() - limits.maxSilenceMs;
    if (this.#heardMs > silentSinceMs) return;
    for (const job of this.#wanted())
      if (Math.max(dueMs(job), job.askedMs) < silentSinceMs)
        this.#shed(job.id, `the runner has said nothing for ${limits.maxSilenceMs} ms`);
  }

  *#wanted() {
    for (const [id, { generation }] of this.#jobs) {
      const { request, askedMs, generated } = generation;
      yield { id, request, askedMs, generated: generated.events.length };
    }
  }

  #shed(id: number, why: string): void {
    const { observer, model } = this.#options;
    observer.shed(model.id, this.#runners.state.runner);
    this.#end(id, new AppError('shed', `${why}; this request was given up`));
    this.#runners.tell({ type: 'cancel', job: id });
  }

  #countDeath(error: Error): void {
    for (const [id, job] of this.#jobs)
      if (++job.deaths === MOST_DEATHS)
        this.#end(id, new AppError('runnerFailed', `${MOST_DEATHS} runners died with it: ${error.message}`));
  }

  #goOn(): void {
    this.#failed = null;
    for (const id of this.#jobs.keys()) this.#tellJob(id);
  }

  #fail(cause: Error): void {
    const { id } = this.#options.model;
    this.#failed = new AppError('runnerFailed', `no runner is left for ${id}: ${cause.message}`, { cause });
    this.#endAll(this.#failed);
  }
}

function requireOpen({ isClosed }: OpenSession): void {
  if (isClosed) throw new AppError('sessionClosed', 'a closed session generates nothing');
}

function remember(generated: GeneratedSoFar, { event, chord, bass }: GeneratedEvent): void {
  generated.events.push(event);
  if (chord === undefined || bass === undefined) return;
  generated.chords.push(chord);
  generated.bass.push(bass);
}
