/**
 * Steps all sessions of one model together: requests join and leave the batch at every step ("cellular batching", Gao et al.,
 * EuroSys 2018; iteration-level scheduling, Yu et al., OSDI 2022). The earliest deadline goes first.
 */
import { AppError } from '../app-error.js';
import type { Model } from '../models/model.js';
import { sample } from '../models/sample.js';
import { HOLD, type MelodyEvent } from '../music/melody.js';
import { createRandom, type RandomStream } from '../random.js';
import type { EngineObserver, EngineSession, GeneratedEvent, GenerationRequest } from './engine.js';
import { EventQueue } from './event-queue.js';
import type { ModelRunner } from './model-runner.js';
import { Slots } from './slots.js';

/** Steps of a long call that are primed at once; longer ones would hold up the others. */
const PRIME_STEPS = 64;

export interface BatcherOptions {
  model: Model;
  /** Starts the next runner in order of preference; rejects when none is left. */
  nextRunner: () => Promise<ModelRunner>;
  slots: number;
  maxBatch: number;
  /** Requests under way or waiting; one more sheds the one with the latest deadline. */
  maxRequests: number;
  observer: EngineObserver;
  nowMs: () => number;
}

/** What a session's state in the runner has seen. */
export interface Resident {
  consumed: MelodyEvent[];
  /** After the last of `consumed`. */
  logits: Float32Array | null;
}

interface Job {
  session: Session;
  request: GenerationRequest;
  random: RandomStream;
  /** Prompt and what was generated. */
  history: MelodyEvent[];
  generated: number;
  queue: EventQueue<GeneratedEvent>;
  readySinceMs: number;
}

interface Session {
  seed: number;
  requests: number;
  resident: Resident;
  /** The request that brought `resident` to where it is: what it has seen need not be compared with that one again. */
  primedBy: Job | null;
  closed: boolean;
}

export class Batcher {
  readonly #options: BatcherOptions;
  #runner: ModelRunner;
  #slots: Slots<Session>;
  #jobs: Job[] = [];
  #stepping = false;
  #idle: (() => void)[] = [];
  #failed: AppError | null = null;

  private constructor(options: BatcherOptions, runner: ModelRunner) {
    this.#options = options;
    this.#runner = runner;
    this.#slots = new Slots(options.slots, runner);
  }

  static async start(options: BatcherOptions): Promise<Batcher> {
    return new Batcher(options, await options.nextRunner());
  }

  get runnerName(): string {
    return this.#runner.name;
  }

  open(seed: number): EngineSession {
    return this.#handleOf(newSession(seed));
  }

  async close(): Promise<void> {
    for (const job of [...this.#jobs])
      this.#finish(job, new AppError('engineClosed', 'the engine was closed'));
    if (this.#stepping) await new Promise<void>((resolve) => this.#idle.push(resolve));
    await this.#runner.close();
  }

  #handleOf(session: Session): EngineSession {
    return {
      model: this.#options.model.id,
      generate: (request, signal) => this.#add(session, request, signal),
      fork: (seed) => this.#fork(session, seed),
      close: () => {
        session.closed = true;
        for (const job of this.#jobs) if (job.session === session) this.#finish(job);
        this.#slots.release(session);
      },
    };
  }

  /** A step under way is answered before the copy is, and the next one after it: what the copy has heard is known exactly. */
  async #fork(session: Session, seed: number): Promise<EngineSession> {
    const fork = newSession(seed);
    const { resident } = session; // a request that starts over replaces it; what the copy has heard stays in this one
    await this.#slots.copyAside(session, fork);
    fork.resident = { consumed: [...resident.consumed], logits: resident.logits };
    return this.#handleOf(fork);
  }

  #add(session: Session, request: GenerationRequest, signal?: AbortSignal): AsyncIterable<GeneratedEvent> {
    if (session.closed) throw new AppError('sessionClosed', 'a closed session generates nothing');
    if (this.#failed) throw this.#failed;
    const job: Job = {
      session,
      request,
      random: createRandom(session.seed ^ Math.imul(++session.requests, 0x9e3779b1)),
      history: request.prompt.length > 0 ? [...request.prompt] : [HOLD],
      generated: 0,
      queue: new EventQueue(() => this.#finish(job)),
      readySinceMs: this.#options.nowMs(),
    };
    if (request.steps < 1) job.queue.end();
    else this.#jobs.push(job);
    if (signal?.aborted) this.#finish(job);
    signal?.addEventListener('abort', () => this.#finish(job), { once: true });
    this.#shedOverflow();
    if (!this.#stepping) void this.#stepAll();
    return job.queue;
  }

  #shedOverflow(): void {
    if (this.#jobs.length <= this.#options.maxRequests) return;
    const latest = this.#jobs.reduce((a, b) => (b.request.deadlineMs > a.request.deadlineMs ? b : a));
    this.#options.observer.shed(this.#options.model.id);
    this.#finish(
      latest,
      new AppError(
        'shed',
        `${this.#options.maxRequests} requests are under way; this one was the least urgent`,
      ),
    );
  }

  #finish(job: Job, error: Error | null = null): void {
    this.#jobs = this.#jobs.filter((other) => other !== job);
    job.queue.end(error);
  }

  async #stepAll(): Promise<void> {
    this.#stepping = true;
    await Promise.resolve(); // requests made in the same turn share the first batch
    while (this.#jobs.length > 0)
      try {
        await this.#stepOnce();
      } catch (error) {
        await this.#replaceRunner(error as Error);
      }
    this.#stepping = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #stepOnce(): Promise<void> {
    const urgent = [...this.#jobs].sort((a, b) => a.request.deadlineMs - b.request.deadlineMs);
    const chosen: { job: Job; slot: number; inputs: MelodyEvent[] }[] = [];
    const sessions = new Set<Session>();
    for (const job of urgent) {
      if (chosen.length === this.#options.maxBatch) break;
      if (sessions.has(job.session)) continue; // one state, one step at a time
      sessions.add(job.session);
      const slot = this.#slots.held(job.session) ?? (await this.#slots.acquire(job.session, sessions));
      if (slot === null) break;
      const inputs = this.#pending(job) ?? (await this.#startOver(job, slot));
      if (inputs.length > 0) chosen.push({ job, slot, inputs });
      else this.#sampleNext(job);
    }
    const priming = chosen.filter(({ inputs }) => inputs.length > 1);
    const stepping = chosen.filter(({ inputs }) => inputs.length === 1);
    for (const group of [priming, stepping]) if (group.length > 0) await this.#run(group);
  }

  /** The inputs a job's session has not seen yet; null where it has seen something else. */
  #pending(job: Job): MelodyEvent[] | null {
    const { resident, primedBy } = job.session;
    const seen = resident.consumed.length;
    const goesOn =
      primedBy === job ||
      (seen <= job.history.length && resident.consumed.every((event, i) => event === job.history[i]));
    if (!goesOn) return null;
    job.session.primedBy = job;
    return job.history.slice(seen, seen + PRIME_STEPS);
  }

  async #startOver(job: Job, slot: number): Promise<MelodyEvent[]> {
    await this.#runner.reset(slot);
    job.session.resident = { consumed: [], logits: null };
    job.session.primedBy = job;
    return job.history.slice(0, PRIME_STEPS);
  }

  async #run(group: { job: Job; slot: number; inputs: MelodyEvent[] }[]): Promise<void> {
    const { model, observer, nowMs } = this.#options;
    const startMs = nowMs();
    const logits = await this.#runner.step({
      slots: group.map(({ slot }) => slot),
      inputs: group.map(({ job, inputs }) => {
        const from = job.session.resident.consumed.length;
        return inputs.map((_, i) => model.encoding.encode(job.history, from + i));
      }),
    });
    observer.stepped({
      model: model.id,
      runner: this.#runner.name,
      size: group.length,
      queueMs: group.map(({ job }) => startMs - job.readySinceMs),
      computeMs: nowMs() - startMs,
    });
    const all = logits[0] as Float32Array;
    group.forEach(({ job, inputs }, b) => {
      const { resident } = job.session;
      resident.consumed.push(...inputs);
      resident.logits = all.subarray(b * model.encoding.classes, (b + 1) * model.encoding.classes);
      job.readySinceMs = nowMs();
      if (resident.consumed.length === job.history.length && this.#jobs.includes(job)) this.#sampleNext(job);
    });
  }

  #sampleNext(job: Job): void {
    const { model, observer, nowMs } = this.#options;
    const { request, history } = job;
    try {
      const allowed = model.encoding.allowedClasses(request.allowedPitches, history);
      const { index, logProbability } = sample(
        job.session.resident.logits as Float32Array,
        { temperature: request.temperature, topK: request.topK, topP: request.topP, allowed },
        job.random.next(),
      );
      const event = model.encoding.eventOf(index, history);
      if (job.generated === 0 && nowMs() > request.deadlineMs) observer.deadlineMissed(model.id);
      history.push(event);
      job.generated++;
      job.queue.push({ event, logProbability });
      if (job.generated === request.steps) this.#finish(job);
    } catch (error) {
      this.#finish(job, error as Error);
    }
  }

  /** Sessions lose nothing: their history is primed again on the next runner. */
  async #replaceRunner(error: Error): Promise<void> {
    const failed = this.#runner;
    this.#options.observer.runnerFailed({
      model: this.#options.model.id,
      runner: failed.name,
      reason: error.message,
    });
    await failed.close().catch(() => {});
    try {
      this.#runner = await this.#options.nextRunner();
      for (const session of this.#slots.forget()) {
        session.resident = { consumed: [], logits: null };
        session.primedBy = null;
      }
      this.#slots = new Slots(this.#options.slots, this.#runner);
    } catch (cause) {
      this.#failed = new AppError(
        'runnerFailed',
        `no runner is left for ${this.#options.model.id}: ${error.message}`,
        { cause },
      );
      for (const job of [...this.#jobs]) this.#finish(job, this.#failed);
    }
  }
}

function newSession(seed: number): Session {
  return { seed, requests: 0, resident: { consumed: [], logits: null }, primedBy: null, closed: false };
}
