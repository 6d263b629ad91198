/**
 * One visitor's time at a station. Hosts the mode: hands it what happens, and performs its effects - plans go to the
 * station, generations to the engine.
 */

import { createRandom, type ModelRole, type RandomStream } from '@antiphon/core/models';
import {
  type Action,
  beginMode,
  type Effect,
  type GeneratedStep,
  type ModeEvent,
  type ModeGenerationRequest,
  type RunningMode,
  type Turn,
} from '@antiphon/core/modes';
import type { KeyEvent } from '@antiphon/core/music';
import type { EngineSession } from '@antiphon/core/runtime';
import { emptyPlan, type Plan, type Pulse, revisePlan } from '@antiphon/core/timing';
import type { Clock } from '../clock.js';

/** The first beat of what is generated is handed to the mode step by step, the rest a beat at a time. */
const STEPS_PER_BEAT = 4;

export interface SessionOutput {
  plan(plan: Plan): void;
  turn(turn: Turn): void;
  notice(message: string): void;
  switched(): void;
  beat(pulse: Pulse): void;
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
  readonly #random: RandomStream;
  #assignment: SessionAssignment;
  #mode: RunningMode;
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
    this.#random = createRandom(seed);
    this.#plan = { ...emptyPlan, revision: plan.revision };
    this.#assignment = assignment;
    this.#mode = beginMode(assignment.mode, assignment.params);
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
  changeMode(assignment: SessionAssignment): void {
    if (assignment.mode === this.#mode.id) this.#mode.adjust(assignment.params);
    else {
      const mode = beginMode(assignment.mode, assignment.params);
      this.#silence('another mode');
      this.#mode = mode;
    }
    this.#assignment = assignment;
  }

  /** Nothing planned or asked for is left, and the mode begins as if nothing had been played. */
  beginAgain(why: string): void {
    this.#silence(why);
    this.#mode = beginMode(this.#assignment.mode, this.#assignment.params);
  }

  end(): void {
    this.#silence('the session ends');
    for (const engine of this.#engines.values()) engine.close();
  }

  /** What sounds at the station ends at its own time. */
  #silence(why: string): void {
    this.#callOffWake();
    for (const generation of this.#generations.values()) generation.abort();
    this.#generations.clear();
    this.#perform({ type: 'plan', fromMs: this.#clock.nowMs(), notes: [], why });
    this.#perform({ type: 'turn', turn: 'visitor' });
    for (const action of [...this.#switches]) this.#perform({ type: 'switch', action, on: false });
  }

  /** A mode that fails takes neither the session nor others with it. */
  #hear(event: ModeEvent): void {
    try {
      const effects = this.#mode.step(event, { nowMs: this.#clock.nowMs(), random: this.#random.next });
      for (const effect of effects) this.#perform(effect);
    } catch (error) {
      this.beginAgain('the mode failed');
      this.#output.notice(`the mode failed and begins again: ${(error as Error).message}`);
    }
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case 'plan': {
        const nowMs = this.#clock.nowMs();
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
      case 'notice':
        this.#output.notice(effect.message);
        return;
      default:
        effect satisfies never;
    }
  }

  /** The engine's session on the model that plays a role, opened when it is first asked. */
  #engineFor(role: ModelRole | null): EngineSession {
    const model = role === null || role === this.#mode.role ? this.#assignment.model : this.#modelFor(role);
    let engine = this.#engines.get(model);
    if (!engine) {
      engine = this.#openModel(model);
      this.#engines.set(model, engine);
    }
    return engine;
  }

  async #generate(requestId: number, request: ModeGenerationRequest): Promise<void> {
    const {
      role = this.#mode.role,
      silentSteps,
      stepMs,
      chords,
      bass,
      style,
      stepsPerBar,
      ...wanted
    } = request;
    const abort = new AbortController();
    this.#generations.set(requestId, abort);
    let fromStep = 0;
    let group: GeneratedStep[] = [];
    const hand = (done: boolean) => {
      const steps = group;
      group = [];
      this.#hear({ type: 'generated', requestId, fromStep, steps, done });
      fromStep += steps.length;
    };
    try {
      for await (const { logProbability: _, ...step } of this.#engineFor(role).generate(
        {
          ...wanted,
          topK: null,
          topP: null,
          silentSteps: silentSteps ?? null,
          stepMs: stepMs ?? 0,
          condition: {
            chords: chords ?? [],
            bass: bass ?? [],
            style: style ?? null,
            stepsPerBar: stepsPerBar ?? 16,
          },
        },
        abort.signal,
      )) {
        if (abort.signal.aborted) return;
        group.push(step);
        const size = fromStep < STEPS_PER_BEAT ? 1 : STEPS_PER_BEAT;
        if (group.length === size && fromStep + group.length < request.steps) hand(false);
      }
      if (!abort.signal.aborted) hand(true);
    } catch (error) {
      if (!abort.signal.aborted)
        this.#hear({ type: 'generationFailed', requestId, reason: (error as Error).message });
    } finally {
      if (this.#generations.get(requestId) === abort) this.#generations.delete(requestId);
    }
  }
}

function withoutEnded(plan: Plan, nowMs: number): Plan {
  return { ...plan, notes: plan.notes.filter(({ onsetMs, durationMs }) => onsetMs + durationMs > nowMs) };
}
