/**
 * One visitor's time at a station. Hosts the mode: hands it what happens, and performs its effects - plans go to the
 * station, generations to the engine.
 */

import { AppError } from '@antiphon/core/errors';
import type { ModelRole } from '@antiphon/core/models';
import {
  type Action,
  type Assigned,
  type Beginning,
  Course,
  type CourseEffect,
  type CourseEvent,
  type Memories,
  type ModeGenerationRequest,
  type Remark,
  type Turn,
} from '@antiphon/core/modes';
import type { KeyEvent } from '@antiphon/core/music';
import type { EngineSession } from '@antiphon/core/runtime';
import { emptyPlan, type Plan, type Pulse, revisePlan } from '@antiphon/core/timing';
import type { LogEntry } from '@antiphon/protocol';
import type { Clock } from '../clock.js';
import { portionsOf } from './portions.js';

export interface SessionOutput {
  plan(plan: Plan): void;
  turn(turn: Turn): void;
  remark(remark: Remark): void;
  switched(): void;
  beat(pulse: Pulse): void;
  /** For the record: with the seed, all that it takes to run the session again. In booth time. */
  log(entry: LogEntry): void;
}

export interface SessionOptions {
  id: string;
  seed: number;
  startedMs: number;
  assignment: Beginning;
  /** The last revision that the station was sent: revisions rise from one session to the next. */
  plan: Plan;
  openModel: (model: string) => EngineSession;
  /** The booth's model for a role that the operator has chosen none for. Throws AppError `noModel`. */
  modelFor: (role: ModelRole) => string;
  clock: Clock;
  output: SessionOutput;
}

export class Session {
  readonly id: string;
  readonly seed: number;
  readonly startedMs: number;
  readonly #openModel: (model: string) => EngineSession;
  readonly #modelFor: (role: ModelRole) => string;
  /** By model. */
  readonly #engines = new Map<string, EngineSession>();
  readonly #clock: Clock;
  readonly #output: SessionOutput;
  readonly #course: Course;
  #plan: Plan;
  #turn: Turn = 'visitor';
  readonly #switches = new Set<Action>();
  #beat: Pulse | null = null;
  #heardMs = 0;
  #callOffWake: () => void = () => {};
  /** Generations under way, by the mode's request. */
  #generations = new Map<number, AbortController>();

  constructor({ id, seed, startedMs, assignment, plan, openModel, modelFor, clock, output }: SessionOptions) {
    this.id = id;
    this.seed = seed;
    this.startedMs = startedMs;
    this.#openModel = openModel;
    this.#modelFor = modelFor;
    this.#clock = clock;
    this.#output = output;
    this.#plan = { ...emptyPlan, revision: plan.revision };
    this.#course = new Course(seed, assignment);
    output.log({ type: 'assigned', ...assignment, heardMs: clock.nowMs() });
  }

  get plan(): Plan {
    return this.#plan;
  }

  get turn(): Turn {
    return this.#turn;
  }

  /** When the last planned note will have ended; in the past where nothing but clicks is planned. */
  get plannedUntilMs(): number {
    const ends = this.#plan.notes
      .filter(({ voice }) => voice !== 'click')
      .map(({ onsetMs, durationMs }) => onsetMs + durationMs);
    return Math.max(0, ...ends);
  }

  /** Whether the machine plays on for ever where nobody plays or asks for anything. */
  get isEndless(): boolean {
    return this.#course.isEndless;
  }

  /** What the next session at the station begins with. */
  get memories(): Memories {
    return this.#course.memories;
  }

  /** The beat that is kept; null before the first note. */
  get beat(): Pulse | null {
    return this.#beat;
  }

  /** Of the actions that go on and off, those that are on. */
  get switches(): ReadonlySet<Action> {
    return this.#switches;
  }

  /** A control that means the same in every mode which knows it. */
  act(action: Action, atMs: number): void {
    this.#hear({ type: 'action', action, atMs });
  }

  /** The beat to keep from now on, from outside; null leaves the mode to its own. */
  keepPulse(pulse: Pulse | null): void {
    this.#hear({ type: 'pulse', pulse, atMs: this.#clock.nowMs() });
  }

  /** What the visitor does. The mode hears it in the order of time, also when a chunk was overtaken or the station's clock corrected. */
  play(event: KeyEvent): void {
    this.#heardMs = Math.max(this.#heardMs, Math.min(event.atMs, this.#clock.nowMs()));
    this.#hear({ ...event, atMs: this.#heardMs });
  }

  /** Throws AppError `unknownMode` or `badParams`; then the old mode goes on. */
  changeMode({ mode, params, model }: Assigned): void {
    this.#hear({ type: 'assigned', mode, params, model });
  }

  /** Nothing planned or asked for is left, and the mode begins as if nothing had been played. The station is told by whoever asks. */
  panic(): void {
    this.#hear({ type: 'panic' });
  }

  end(): void {
    this.#hear({ type: 'ended' });
    for (const engine of this.#engines.values()) engine.close();
  }

  #hear(event: CourseEvent): void {
    const heardMs = this.#clock.nowMs();
    const effects = this.#course.hear(event, heardMs);
    this.#output.log({ ...event, heardMs });
    try {
      for (const effect of effects) this.#perform(effect, heardMs);
    } catch (error) {
      this.#hear({ type: 'beganAgain', why: 'what the mode asked for cannot be done' });
      const message = `the mode begins again: ${(error as Error).message}`;
      this.#output.remark({ type: 'notice', message });
    }
  }

  #perform(effect: CourseEffect, nowMs: number): void {
    switch (effect.type) {
      case 'forget':
        this.#forget(nowMs);
        return;
      case 'plan': {
        const revision = this.#plan.revision + 1;
        const next = { revision, fromMs: effect.fromMs, commitUntilMs: nowMs, notes: effect.notes };
        this.#plan = withoutEnded(revisePlan(this.#plan, next), nowMs);
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
      case 'wake':
        this.#callOffWake();
        this.#callOffWake = this.#clock.at(effect.atMs, () =>
          this.#hear({ type: 'wake', atMs: effect.atMs }),
        );
        return;
      case 'turn':
        if (effect.turn === this.#turn) return;
        this.#turn = effect.turn;
        this.#output.turn(effect.turn);
        return;
      case 'beat':
        this.#beat = effect.pulse;
        this.#output.beat(effect.pulse);
        return;
      case 'switch':
        if (effect.on) this.#switches.add(effect.action);
        else this.#switches.delete(effect.action);
        this.#output.switched();
        return;
      case 'info':
      case 'notice':
      case 'recovered':
        this.#output.remark(effect);
        return;
      default:
        effect satisfies never;
    }
  }

  #forget(nowMs: number): void {
    this.#callOffWake();
    for (const generation of this.#generations.values()) generation.abort();
    this.#generations.clear();
    this.#perform({ type: 'turn', turn: 'visitor' }, nowMs);
    for (const action of [...this.#switches]) this.#perform({ type: 'switch', action, on: false }, nowMs);
    this.#output.remark({ type: 'info', message: null });
    this.#output.remark({ type: 'recovered' });
  }

  /** The engine's session on the model that plays a role, opened when it is first asked. */
  #engineFor(role: ModelRole | null): EngineSession {
    const { assigned } = this.#course;
    const model = role === null || role === this.#course.role ? assigned.model : this.#modelFor(role);
    let engine = this.#engines.get(model);
    if (!engine) {
      engine = this.#openModel(model);
      this.#engines.set(model, engine);
    }
    return engine;
  }

  async #generate(requestId: number, request: ModeGenerationRequest): Promise<void> {
    const abort = new AbortController();
    this.#generations.set(requestId, abort);
    try {
      const engine = this.#engineFor(request.role ?? this.#course.role);
      this.#output.log({ type: 'asked', requestId, model: engine.model, heardMs: this.#clock.nowMs() });
      for await (const portion of portionsOf(engine, request, abort.signal)) {
        if (abort.signal.aborted) return;
        this.#hear({ type: 'generated', requestId, ...portion });
      }
    } catch (error) {
      await null; // the mode hears of it once all else that it wanted is done
      if (abort.signal.aborted) return;
      const code = error instanceof AppError ? error.code : 'generationFailed';
      this.#hear({ type: 'generationFailed', requestId, code, reason: (error as Error).message });
    } finally {
      if (this.#generations.get(requestId) === abort) this.#generations.delete(requestId);
    }
  }
}

function withoutEnded(plan: Plan, nowMs: number): Plan {
  return { ...plan, notes: plan.notes.filter(({ onsetMs, durationMs }) => onsetMs + durationMs > nowMs) };
}
