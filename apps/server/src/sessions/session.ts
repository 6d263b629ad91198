/**
 * One visitor's time at a station. Hosts the mode: hands it what happens, and performs its effects - plans go to the
 * station, generations to the engine.
 */

import { createRandom, NO_CONDITION, type RandomStream } from '@antiphon/core/models';
import {
  beginMode,
  type Effect,
  type ModeEvent,
  type ModeGenerationRequest,
  type RunningMode,
  type Turn,
} from '@antiphon/core/modes';
import type { EngineSession } from '@antiphon/core/runtime';
import { emptyPlan, type Plan, revisePlan } from '@antiphon/core/timing';
import type { Clock } from '../clock.js';

/** Generated steps are handed to the mode a beat at a time. */
const STEPS_PER_GROUP = 4;

export interface SessionOutput {
  plan(plan: Plan): void;
  turn(turn: Turn): void;
  notice(message: string): void;
}

export interface SessionAssignment {
  mode: string;
  params: Record<string, unknown>;
  model: string;
}

export interface SessionOptions {
  id: string;
  seed: number;
  startedMs: number;
  assignment: SessionAssignment;
  /** The last revision that the station was sent: revisions rise from one session to the next. */
  plan: Plan;
  openModel: (model: string) => EngineSession;
  clock: Clock;
  output: SessionOutput;
}

export class Session {
  readonly id: string;
  readonly seed: number;
  readonly startedMs: number;
  readonly #openModel: (model: string) => EngineSession;
  #engine: EngineSession;
  readonly #clock: Clock;
  readonly #output: SessionOutput;
  readonly #random: RandomStream;
  #mode: RunningMode;
  #plan: Plan;
  #turn: Turn = 'visitor';
  #wake: NodeJS.Timeout | null = null;
  /** Generations under way, by the mode's request. */
  #generations = new Map<number, AbortController>();

  constructor({ id, seed, startedMs, assignment, plan, openModel, clock, output }: SessionOptions) {
    this.id = id;
    this.seed = seed;
    this.startedMs = startedMs;
    this.#openModel = openModel;
    this.#engine = openModel(assignment.model);
    this.#clock = clock;
    this.#output = output;
    this.#random = createRandom(seed);
    this.#plan = { ...emptyPlan, revision: plan.revision };
    this.#mode = beginMode(assignment.mode, assignment.params);
  }

  get plan(): Plan {
    return this.#plan;
  }

  get turn(): Turn {
    return this.#turn;
  }

  hear(event: ModeEvent): void {
    const effects = this.#mode.step(event, { nowMs: this.#clock.nowMs(), random: this.#random.next });
    for (const effect of effects) this.#perform(effect);
  }

  /** Throws AppError `unknownMode`, `badParams` or `unknownModel`; then the old mode goes on. */
  changeMode(assignment: SessionAssignment): void {
    const mode = beginMode(assignment.mode, assignment.params);
    const engine = assignment.model === this.#engine.model ? this.#engine : this.#openModel(assignment.model);
    this.silence('another mode');
    if (engine !== this.#engine) this.#engine.close();
    this.#engine = engine;
    this.#mode = mode;
  }

  /** Nothing planned or asked for is left; what sounds ends at its own time. */
  silence(why: string): void {
    if (this.#wake) clearTimeout(this.#wake);
    for (const generation of this.#generations.values()) generation.abort();
    this.#generations.clear();
    this.#perform({ type: 'plan', fromMs: this.#clock.nowMs(), notes: [], why });
    this.#perform({ type: 'turn', turn: 'visitor' });
  }

  end(): void {
    this.silence('the session ends');
    this.#engine.close();
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case 'plan': {
        const nowMs = this.#clock.nowMs();
        const revision = this.#plan.revision + 1;
        const next = { revision, fromMs: effect.fromMs, commitUntilMs: nowMs, notes: effect.notes };
        this.#plan = revisePlan(this.#plan, next);
        this.#output.plan(next);
        return;
      }
      case 'generate':
        void this.#generate(effect.requestId, effect.request);
        return;
      case 'cancel':
        this.#generations.get(effect.requestId)?.abort();
        this.#generations.delete(effect.requestId);
        return;
      case 'wake': {
        if (this.#wake) clearTimeout(this.#wake);
        this.#wake = setTimeout(
          () => this.#wakeMode(effect.atMs),
          Math.max(0, effect.atMs - this.#clock.nowMs()),
        );
        return;
      }
      case 'turn':
        if (effect.turn === this.#turn) return;
        this.#turn = effect.turn;
        this.#output.turn(effect.turn);
        return;
      case 'notice':
        this.#output.notice(effect.message);
        return;
      default:
        effect satisfies never;
    }
  }

  /** Timers may fire a fraction of a millisecond early by the booth's clock; a mode is never woken before its time. */
  #wakeMode(atMs: number): void {
    const earlyMs = atMs - this.#clock.nowMs();
    if (earlyMs > 0) this.#wake = setTimeout(() => this.#wakeMode(atMs), Math.ceil(earlyMs));
    else this.hear({ type: 'wake', atMs });
  }

  async #generate(requestId: number, request: ModeGenerationRequest): Promise<void> {
    const abort = new AbortController();
    this.#generations.set(requestId, abort);
    let fromStep = 0;
    let group: number[] = [];
    const hand = (done: boolean) => {
      const events = group;
      group = [];
      this.hear({ type: 'generated', requestId, fromStep, events, done });
      fromStep += events.length;
    };
    try {
      for await (const { event } of this.#engine.generate(
        { ...request, topK: null, topP: null, silentSteps: null, stepMs: 0, condition: NO_CONDITION },
        abort.signal,
      )) {
        if (abort.signal.aborted) return;
        group.push(event);
        if (group.length === STEPS_PER_GROUP && fromStep + group.length < request.steps) hand(false);
      }
      if (!abort.signal.aborted) hand(true);
    } catch (error) {
      if (!abort.signal.aborted)
        this.hear({ type: 'generationFailed', requestId, reason: (error as Error).message });
    } finally {
      if (this.#generations.get(requestId) === abort) this.#generations.delete(requestId);
    }
  }
}
