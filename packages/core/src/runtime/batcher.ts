/**
 * Steps all sessions of one model together: requests join and leave the batch at every step ("cellular batching", Gao et al.,
 * EuroSys 2018; iteration-level scheduling, Yu et al., OSDI 2022). The most urgent event goes first. Commands are heeded
 * between steps, so a step is never torn.
 */
import { setImmediate as immediately } from 'node:timers/promises';
import { AppError } from '../app-error.js';
import type { Model } from '../models/model.js';
import { sample } from '../models/sample.js';
import type { MelodyEvent } from '../music/melody.js';
import { type BatcherCommand, type BatcherReport, emptyReport } from './batcher-messages.js';
import { dueMs, type Job, newJob, type SessionMemory, silenceClass, unheard } from './job.js';
import type { ModelRunner } from './model-runner.js';

export interface BatcherLimits {
  maxBatch: number;
  /** Requests under way or waiting; one more sheds the least urgent. */
  maxRequests: number;
  /** An event so late (ms) shows that the machine is too slow: the least urgent request is shed. */
  maxLatenessMs: number;
}

export interface BatcherOptions {
  model: Model;
  runner: ModelRunner;
  limits: BatcherLimits;
  nowMs: () => number;
  onReport: (report: BatcherReport) => void;
  /** The runner is of no more use; the batcher has stopped. */
  onFailure: (error: Error) => void;
}

/** Steps primed in one batch (members x the longest sequence): a crowd of long calls does not hold up those who play. */
const PRIME_BATCH_STEPS = 2048;
/** Steps of one call primed at once. */
const PRIME_STEPS = 256;

interface Member {
  job: Job;
  inputs: MelodyEvent[];
}

export class Batcher {
  readonly #options: BatcherOptions;
  readonly #sessions = new Map<number, SessionMemory>();
  readonly #jobs = new Map<number, Job>();
  readonly #inbox: BatcherCommand[] = [];
  #report = emptyReport();
  #running: Promise<void> | null = null;
  #isStopped = false;

  constructor(options: BatcherOptions) {
    this.#options = options;
  }

  tell(command: BatcherCommand): void {
    if (this.#isStopped) return;
    this.#inbox.push(command);
    this.#running ??= this.#run();
  }

  /** Stops after the step under way, if any; says nothing more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      await immediately(); // requests made in the same turn share the first batch
      while (!this.#isStopped) {
        for (const command of this.#inbox.splice(0)) await this.#heed(command);
        if (this.#jobs.size === 0 && this.#inbox.length === 0) break;
        await this.#step();
        this.#shedWhatIsTooMuch();
        this.#tell();
      }
      this.#tell();
    } catch (error) {
      if (!this.#isStopped) this.#options.onFailure(error as Error);
      this.#isStopped = true;
    }
    this.#running = null;
  }

  #tell(): void {
    const report = this.#report;
    if (this.#isStopped || (report.ended.length === 0 && report.batches.length + report.jobs.length === 0))
      return;
    this.#report = emptyReport();
    this.#options.onReport(report);
  }

  async #heed(command: BatcherCommand): Promise<void> {
    switch (command.type) {
      case 'generate': {
        const job = newJob(command, this.#memoryOf(command.session), this.#options.nowMs());
        this.#jobs.set(job.id, job);
        if (this.#jobs.size > this.#options.limits.maxRequests)
          this.#shed(`${this.#options.limits.maxRequests} requests are under way`);
        return;
      }
      case 'cancel':
        this.#jobs.delete(command.job);
        return;
      case 'fork': {
        const memory = this.#memoryOf(command.session);
        const { heard, logits } = this.#memoryOf(command.from);
        this.#sessions.set(command.session, { ...memory, heard: [...heard], logits });
        await this.#options.runner.copy(command.from, command.session);
        return;
      }
      case 'close':
        this.#sessions.delete(command.session);
        await this.#options.runner.reset(command.session);
        return;
      default:
        command satisfies never;
    }
  }

  #memoryOf(session: number): SessionMemory {
    let memory = this.#sessions.get(session);
    if (!memory) {
      memory = { slot: session, heard: [], logits: null, primedBy: null };
      this.#sessions.set(session, memory);
    }
    return memory;
  }

  async #step(): Promise<void> {
    const stepping: Member[] = [];
    const priming: Member[] = [];
    const sessions = new Set<SessionMemory>();
    let longest = 0;
    for (const job of this.#mostUrgentFirst()) {
      if (stepping.length + priming.length === this.#options.limits.maxBatch) break;
      if (sessions.has(job.session)) continue; // one state, one step at a time
      sessions.add(job.session);
      const inputs = unheard(job, PRIME_STEPS) ?? (await this.#startOver(job));
      if (inputs.length === 0) this.#sampleNext(job, this.#options.nowMs());
      else if (inputs.length === 1) stepping.push({ job, inputs });
      else if (
        priming.length === 0 ||
        (priming.length + 1) * Math.max(longest, inputs.length) <= PRIME_BATCH_STEPS
      ) {
        longest = Math.max(longest, inputs.length);
        priming.push({ job, inputs });
      }
    }
    for (const members of [priming, stepping]) if (members.length > 0) await this.#runBatch(members);
  }

  #mostUrgentFirst(): Iterable<Job> {
    if (this.#jobs.size <= 1) return this.#jobs.values();
    return [...this.#jobs.values()].sort((a, b) => dueMs(a) - dueMs(b));
  }

  /** The session has heard something else than this job's melody. */
  async #startOver(job: Job): Promise<MelodyEvent[]> {
    await this.#options.runner.reset(job.session.slot);
    job.session.heard = [];
    job.session.logits = null;
    job.session.primedBy = job;
    return job.history.slice(0, PRIME_STEPS);
  }

  async #runBatch(members: Member[]): Promise<void> {
    const { model, runner, nowMs } = this.#options;
    const startMs = nowMs();
    const [logits] = (await runner.step({
      slots: members.map(({ job }) => job.session.slot),
      inputs: members.map(({ job, inputs }) => {
        const from = job.session.heard.length;
        return inputs.map((_, i) => model.encoding.encode(job.history, from + i));
      }),
    })) as [Float32Array];
    const endMs = nowMs();
    this.#report.batches.push({
      queueMs: members.map(({ job }) => startMs - job.readySinceMs),
      computeMs: endMs - startMs,
    });
    const classes = logits.length / members.length;
    members.forEach(({ job, inputs }, b) => {
      const { session } = job;
      for (const event of inputs) session.heard.push(event);
      session.logits = logits.subarray(b * classes, (b + 1) * classes);
      job.readySinceMs = endMs;
      if (session.heard.length === job.history.length) this.#sampleNext(job, endMs);
    });
  }

  #sampleNext(job: Job, nowMs: number): void {
    const { request, history, session } = job;
    try {
      const { index, logProbability } = sample(
        session.logits as Float32Array,
        {
          temperature: request.temperature,
          topK: request.topK,
          topP: request.topP,
          allowed: this.#allowedClasses(job),
        },
        job.random.next(),
      );
      const event = this.#options.model.encoding.eventOf(index, history);
      if (nowMs > dueMs(job)) this.#report.deadlineMisses++;
      history.push(event);
      job.generated++;
      this.#report.jobs.push(job.id);
      this.#report.events.push(event);
      this.#report.logProbabilities.push(logProbability);
      if (job.generated === request.steps) this.#end(job, null);
    } catch (error) {
      this.#end(job, error as Error);
    }
  }

  #allowedClasses({ request, history, generated }: Job): Uint8Array | null {
    const { encoding } = this.#options.model;
    if (!request.silentSteps?.includes(generated))
      return encoding.allowedClasses(request.allowedPitches, history);
    const silence = new Uint8Array(encoding.classes);
    silence[silenceClass(encoding, history)] = 1;
    return silence;
  }

  #end(job: Job, error: Error | null): void {
    this.#jobs.delete(job.id);
    const code = error instanceof AppError ? error.code : 'generationFailed';
    this.#report.ended.push({ job: job.id, error: error && { code, message: error.message } });
  }

  #shedWhatIsTooMuch(): void {
    const nowMs = this.#options.nowMs();
    const { maxLatenessMs } = this.#options.limits;
    for (const job of this.#jobs.values())
      if (nowMs - Math.max(dueMs(job), job.readySinceMs) > maxLatenessMs) {
        this.#shed(`events are more than ${maxLatenessMs} ms late`);
        return;
      }
  }

  #shed(why: string): void {
    let latest: Job | null = null;
    for (const job of this.#jobs.values()) if (!latest || dueMs(job) >= dueMs(latest)) latest = job;
    if (!latest) return;
    this.#report.sheds++;
    this.#end(latest, new AppError('shed', `${why}; this request was the least urgent`));
  }
}
