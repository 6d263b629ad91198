/**
 * Steps all sessions of one model together: requests join and leave the batch at every step ("cellular batching", Gao et al.,
 * EuroSys 2018; iteration-level scheduling, Yu et al., OSDI 2022). The most urgent event goes first. Commands are heeded
 * between steps, so a step is never torn.
 */
import { setImmediate as immediately } from 'node:timers/promises';
import { AppError, assertNever } from '../app-error.js';
import { accompany } from '../models/accompany.js';
import type { EncodedStep } from '../models/encoding.js';
import type { Model } from '../models/model.js';
import { sample } from '../models/sample.js';
import type { MelodyEvent } from '../music/melody.js';
import type { BatcherCommand, BatcherReport } from './batcher-messages.js';
import {
  dueMs,
  goesOn,
  type Heard,
  type Job,
  leastUrgent,
  newJob,
  nothingHeard,
  type SessionMemory,
  silenceClass,
} from './job.js';
import type { ModelRunner } from './model-runner.js';
import { ReportDraft } from './report-draft.js';

export interface BatcherLimits {
  maxBatch: number;
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

/** Requests that end one after another because logits are no numbers: then it is the device that is at fault, and not they. */
const MOST_SPOILED = 3;
/** Steps primed in one batch (members x the longest sequence): a crowd of long calls does not hold up those who play. */
const PRIME_BATCH_STEPS = 2048;
/** Steps of one call primed at once. */
const PRIME_STEPS = 256;
/** About as long as such a batch takes (ms): a step that is wanted sooner goes before a call whose answer is wanted later. */
const HURRY_MS = 100;
/**
 * The first event of an answer is told at once, those after it together, at most this long (ms) after they were sampled: each report
 * wakes the thread that plays.
 */
const REPORT_MS = 5;

interface Member {
  job: Job;
  /** Of its history, from the first that its session has not heard. */
  steps: number;
}

export class Batcher {
  readonly #options: BatcherOptions;
  readonly #sessions = new Map<number, SessionMemory>();
  readonly #jobs = new Map<number, Job>();
  readonly #inbox: BatcherCommand[] = [];
  /** Sessions whose logits are no numbers. */
  readonly #spoiled = new Set<SessionMemory>();
  #spoiledInARow = 0;
  #report = new ReportDraft();
  #toldMs = Number.NEGATIVE_INFINITY;
  #hasFirstEvent = false;
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
        if (this.#hasFirstEvent || this.#options.nowMs() - this.#toldMs >= REPORT_MS) this.#tell();
      }
      this.#say();
    } catch (error) {
      if (!this.#isStopped) this.#options.onFailure(error as Error);
      this.#isStopped = true;
    }
    this.#running = null;
  }

  #tell(): void {
    if (!this.#report.isEmpty) this.#say();
  }

  #say(): void {
    const report = this.#report;
    if (this.#isStopped) return;
    this.#report = new ReportDraft();
    this.#toldMs = this.#options.nowMs();
    this.#hasFirstEvent = false;
    this.#options.onReport(report.finish());
  }

  async #heed(command: BatcherCommand): Promise<void> {
    switch (command.type) {
      case 'generate':
        this.#begin(command);
        return;
      case 'cancel':
        this.#jobs.delete(command.job);
        return;
      case 'fork': {
        this.#memoryOf(command.session).heard = copyOf(this.#memoryOf(command.from).heard);
        await this.#options.runner.copy(command.from, command.session);
        return;
      }
      case 'close':
        this.#sessions.delete(command.session);
        await this.#options.runner.reset(command.session);
        await this.#options.runner.reset(promptSlot(command.session));
        return;
      default:
        assertNever(command);
    }
  }

  #begin(command: BatcherCommand & { type: 'generate' }): void {
    const { model, nowMs } = this.#options;
    const session = this.#memoryOf(command.session);
    try {
      this.#jobs.set(command.job, newJob(command, { session, model, nowMs: nowMs() }));
    } catch (error) {
      this.#end(command.job, error as Error);
    }
  }

  #memoryOf(session: number): SessionMemory {
    let memory = this.#sessions.get(session);
    if (!memory) {
      memory = { slot: session, heard: nothingHeard(), atPrompt: null, primedBy: null };
      this.#sessions.set(session, memory);
    }
    return memory;
  }

  async #step(): Promise<void> {
    const stepping: Member[] = [];
    const priming: Member[] = [];
    const sessions = new Set<SessionMemory>();
    const soonMs = this.#options.nowMs() + HURRY_MS;
    let isHurried = false;
    let longest = 0;
    for (const job of this.#mostUrgentFirst()) {
      if (stepping.length + priming.length === this.#options.limits.maxBatch) break;
      if (sessions.has(job.session)) continue; // one state, one step at a time
      sessions.add(job.session);
      if (!this.#standsReady(job)) await this.#prepare(job);
      const steps = unheard(job);
      if (steps === 0) {
        this.#leaveQueue(job, this.#options.nowMs());
        this.#sampleNext(job);
      } else if (steps === 1) {
        if (stepping.length === 0) isHurried = dueMs(job) <= soonMs;
        stepping.push({ job, steps });
      } else if (isHurried && dueMs(job) > soonMs) continue;
      else if (priming.length === 0 || (priming.length + 1) * Math.max(longest, steps) <= PRIME_BATCH_STEPS) {
        longest = Math.max(longest, steps);
        priming.push({ job, steps });
      }
    }
    if (priming.length > 0) {
      this.#tell(); // it takes a while
      await this.#runBatch(priming);
    }
    if (stepping.length > 0) await this.#runBatch(stepping);
    if (this.#spoiled.size > 0) await this.#resetSpoiled();
  }

  /** What is no number stays none: whoever asks next is primed anew. */
  async #resetSpoiled(): Promise<void> {
    for (const session of this.#spoiled) {
      Object.assign(session, { heard: nothingHeard(), atPrompt: null, primedBy: null });
      await this.#options.runner.reset(session.slot);
    }
    this.#spoiled.clear();
  }

  #mostUrgentFirst(): Iterable<Job> {
    if (this.#jobs.size <= 1) return this.#jobs.values();
    return [...this.#jobs.values()].sort((a, b) => dueMs(a) - dueMs(b));
  }

  #standsReady(job: Job): boolean {
    return job.session.primedBy === job && !this.#isAtPrompt(job);
  }

  /** Brings the job's session to where the job can go on. */
  async #prepare(job: Job): Promise<void> {
    if (job.session.primedBy !== job) await this.#rewind(job);
    if (this.#isAtPrompt(job)) await this.#keepPrompt(job.session);
  }

  /** Only a model that accompanies is asked again and again from where the player now is. */
  #isAtPrompt({ session, promptSteps, generated }: Job): boolean {
    const { accompaniment } = this.#options.model;
    return accompaniment !== null && generated > 0 && session.heard.events.length === promptSteps;
  }

  /** Where the session has heard something else, it goes back to the end of its last prompt, or to the beginning. */
  async #rewind(job: Job): Promise<void> {
    const { session } = job;
    const { runner } = this.#options;
    session.primedBy = job;
    if (goesOn(session.heard, job)) return;
    const { atPrompt } = session;
    if (atPrompt && goesOn(atPrompt.heard, job)) {
      session.heard = copyOf(atPrompt.heard);
      await runner.copy(atPrompt.slot, session.slot);
    } else {
      session.heard = nothingHeard();
      await runner.reset(session.slot);
    }
  }

  async #keepPrompt(session: SessionMemory): Promise<void> {
    const slot = promptSlot(session.slot);
    session.atPrompt = { slot, heard: copyOf(session.heard) };
    await this.#options.runner.copy(session.slot, slot);
  }

  /** A member that cannot be stepped ends alone, and those beside it are stepped without it. */
  async #runBatch(members: Member[]): Promise<void> {
    try {
      await this.#stepTogether(members);
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'badStep')) throw error;
      const [first, second] = members;
      if (first && !second) this.#end(first.job.id, error);
      else for (const member of members) await this.#runBatch([member]);
    }
  }

  async #stepTogether(members: Member[]): Promise<void> {
    const { model, runner, nowMs } = this.#options;
    const startMs = nowMs();
    for (const { job } of members) this.#leaveQueue(job, startMs);
    const logits = await runner.step({
      slots: members.map(({ job }) => job.session.slot),
      inputs: members.map((member) => encode(member, model)),
    });
    const endMs = nowMs();
    this.#report.batches.push({
      size: members.length,
      steps: members.reduce((sum, { steps }) => sum + steps, 0),
      computeMs: endMs - startMs,
    });
    members.forEach(({ job, steps }, b) => {
      const { heard } = job.session;
      for (let step = 0; step < steps; step++)
        heard.events.push(job.history[heard.events.length] as MelodyEvent);
      heard.condition = job.condition;
      keepLogits(heard, logits, { row: b, rows: members.length });
      job.readySinceMs = endMs;
      if (heard.events.length === job.history.length) this.#sampleNext(job);
    });
  }

  #leaveQueue(job: Job, nowMs: number): void {
    if (job.askedMs !== null) this.#report.queueMs.push(Math.max(0, nowMs - job.askedMs));
    job.askedMs = null;
  }

  #sampleNext(job: Job): void {
    const { request, history, transposition } = job;
    try {
      const { index, logProbability } = sample(
        job.session.heard.logits?.[0] as Float32Array,
        {
          temperature: request.temperature,
          topK: request.topK,
          topP: request.topP,
          allowed: this.#allowedClasses(job),
        },
        job.random.next(),
      );
      const event = this.#options.model.encoding.eventOf(index, history);
      const accompanied = this.#accompany(job);
      history.push(event);
      if (job.generated++ === 0) this.#hasFirstEvent = true;
      this.#report.add({
        job: job.id,
        event: transposition.fromModel(event),
        logProbability: logProbability + (accompanied?.logProbability ?? 0),
        accompaniment: accompanied,
      });
      if (job.generated === request.steps) this.#end(job.id, null);
      this.#spoiledInARow = 0;
    } catch (error) {
      this.#end(job.id, error as Error);
      if (error instanceof AppError && error.code === 'badLogits') this.#noteSpoiled(job.session, error);
    }
  }

  /** Throws where it is one too many: the runner is of no more use. */
  #noteSpoiled(session: SessionMemory, error: AppError): void {
    this.#spoiled.add(session);
    if (++this.#spoiledInARow >= MOST_SPOILED) throw error;
  }

  /** Chord and bass of the step, drawn where the request does not give them; null from models that do not accompany. */
  #accompany({ request, session, random, history, condition, transposition }: Job) {
    const { accompaniment, encoding } = this.#options.model;
    if (!accompaniment) return null;
    const [melodyLogits, chordLogits, bassLogits] = session.heard.logits as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const step = history.length;
    const { chord, bass, logProbability } = accompany(
      { melodyCoding: encoding, accompaniment },
      { melody: melodyLogits, chord: chordLogits, bass: bassLogits },
      {
        melodyBefore: history,
        bassBefore: condition.bass.slice(0, step),
        chord: condition.chords[step],
        bass: condition.bass[step],
      },
      { temperature: request.temperature, topK: request.topK, topP: request.topP, random: random.next },
    );
    condition.chords[step] = chord;
    condition.bass[step] = bass;
    return {
      chord: transposition.chordFromModel(chord),
      bass: transposition.bassFromModel(bass),
      logProbability,
    };
  }

  #allowedClasses({ request, history, generated, transposition }: Job): Uint8Array | null {
    const { encoding } = this.#options.model;
    if (!request.silentSteps?.includes(generated))
      return encoding.allowedClasses(transposition.pitchesToModel(request.allowedPitches), history);
    const silence = new Uint8Array(encoding.classes);
    silence[silenceClass(encoding, history)] = 1;
    return silence;
  }

  #end(job: number, error: Error | null): void {
    this.#jobs.delete(job);
    const code = error instanceof AppError ? error.code : 'generationFailed';
    this.#report.ended.push({ job, error: error && { code, message: error.message } });
  }

  #shedWhatIsTooMuch(): void {
    const nowMs = this.#options.nowMs();
    const { maxLatenessMs } = this.#options.limits;
    for (const job of this.#jobs.values())
      if (nowMs - Math.max(dueMs(job), job.readySinceMs) > maxLatenessMs) {
        this.#shedOne(`events are more than ${maxLatenessMs} ms late`);
        return;
      }
  }

  #shedOne(why: string): void {
    const job = leastUrgent(this.#jobs.values());
    if (!job) return;
    this.#report.sheds++;
    this.#end(job.id, new AppError('shed', `${why}; this request was the least urgent`));
  }
}

/** How many events the job's session has not heard yet, `PRIME_STEPS` at most; a prompt's end is not passed over. */
function unheard({ session, history, promptSteps }: Job): number {
  const from = session.heard.events.length;
  const to = from < promptSteps ? promptSteps : history.length;
  return Math.min(to - from, PRIME_STEPS);
}

/** Beside the slots of the sessions themselves. */
function promptSlot(session: number): number {
  return -1 - session;
}

/** Throws AppError `badStep`. */
function encode({ job: { session, history, condition }, steps }: Member, { encoding }: Model): EncodedStep[] {
  const encoded: EncodedStep[] = [];
  try {
    for (let step = 0; step < steps; step++)
      encoded.push(encoding.encode(history, session.heard.events.length + step, condition));
  } catch (cause) {
    throw new AppError('badStep', `what was asked cannot be encoded: ${(cause as Error).message}`, { cause });
  }
  return encoded;
}

/** The condition belongs to one job, whose later steps do not change what was heard. */
function copyOf({ events, condition, logits }: Heard): Heard {
  return { events: [...events], condition, logits: logits?.map((values) => values.slice()) ?? null };
}

/** Copies a member's row of a batch's logits, into the memory that it has from the step before. */
function keepLogits(
  heard: Heard,
  batch: readonly Float32Array[],
  { row, rows }: { row: number; rows: number },
): void {
  heard.logits ??= batch.map(({ length }) => new Float32Array(length / rows));
  heard.logits.forEach((kept, head) => {
    const values = batch[head] as Float32Array;
    const from = row * kept.length;
    for (let i = 0; i < kept.length; i++) kept[i] = values[from + i] as number;
  });
}
