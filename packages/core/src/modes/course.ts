/**
 * The course of a session: everything its modes hear, in order, and what comes of it. The same seed and the same course have the
 * same effects, so that what was recorded can be run again.
 */
import type { ModelRole } from '../models/model.js';
import { createRandom, type RandomStream } from '../random.js';
import type { Pulse } from '../timing/pulse.js';
import type { Effect, ModeEvent } from './mode.js';
import { beginMode, type RunningMode } from './run.js';

export interface Assigned {
  mode: string;
  params: Record<string, unknown>;
  /** What an operator chose for the mode's own role. */
  model: string;
}

/** What modes have handed on, by mode. */
export type Memories = Record<string, unknown>;

/** How a session begins. */
export interface Beginning extends Assigned {
  /** Left out where nothing was handed on, as in older logs. */
  memories?: Memories;
}

export type CourseEvent =
  | ModeEvent
  /** Played from now on. In the same mode its parameters change while it plays. */
  | ({ type: 'assigned' } & Assigned)
  /** All sound was stopped at once; the mode begins as if nothing had been played, on the beat that comes from outside. */
  | { type: 'panic' }
  /** The same, but what sounds ends at its own time. */
  | { type: 'beganAgain'; why: string }
  | { type: 'ended' };

export type CourseEffect =
  | Effect
  /** Nothing that was asked for is waited for any more, no answer and no wake; it is the visitor's turn, and all switches are off. */
  | { type: 'forget' };

export class Course {
  readonly #random: RandomStream;
  #assigned: Assigned;
  #mode: RunningMode;
  /** From outside, as it was last told. */
  #pulse: Pulse | null = null;
  #memories: Memories;

  /** Throws AppError `unknownMode` or `badParams`. */
  constructor(seed: number, { mode, params, model, memories = {} }: Beginning) {
    this.#random = createRandom(seed);
    this.#assigned = { mode, params, model };
    this.#memories = memories;
    this.#mode = this.#begin(mode, params);
  }

  get assigned(): Assigned {
    return this.#assigned;
  }

  /** The mode's own. */
  get role(): ModelRole | null {
    return this.#mode.role;
  }

  /** Whether its mode plays on for ever where nobody plays or asks for anything. */
  get isEndless(): boolean {
    return this.#mode.isEndless;
  }

  /** What its modes hand on, and what they were handed where that is nothing. */
  get memories(): Memories {
    const { id, memory } = this.#mode;
    return memory === null ? this.#memories : { ...this.#memories, [id]: memory };
  }

  /** Throws AppError `unknownMode` or `badParams` for what cannot be assigned; then everything stays as it was. */
  hear(event: CourseEvent, nowMs: number): CourseEffect[] {
    switch (event.type) {
      case 'assigned':
        return this.#assign(event, nowMs);
      case 'panic':
        return this.#beginAgain('panic', nowMs);
      case 'beganAgain':
        return this.#beginAgain(event.why, nowMs);
      case 'ended':
        return silence('the session ends', nowMs);
      case 'pulse':
        this.#pulse = event.pulse;
        return this.#step(event, nowMs);
      default:
        return this.#step(event, nowMs);
    }
  }

  #assign({ mode, params, model }: Assigned, nowMs: number): CourseEffect[] {
    const isSame = mode === this.#mode.id;
    if (isSame) this.#mode.adjust(params);
    else {
      this.#memories = this.memories;
      this.#mode = this.#begin(mode, params);
    }
    this.#assigned = { mode, params, model };
    return isSame ? [] : silence('another mode', nowMs);
  }

  #begin(mode: string, params: Assigned['params']): RunningMode {
    return beginMode(mode, params, this.#memories[mode]);
  }

  #beginAgain(why: string, nowMs: number): CourseEffect[] {
    this.#mode = this.#begin(this.#assigned.mode, this.#assigned.params);
    const pulse: ModeEvent = { type: 'pulse', pulse: this.#pulse, atMs: nowMs };
    return [...silence(why, nowMs), ...this.#mode.step(pulse, { nowMs, random: this.#random.next })];
  }

  /** A mode that fails takes neither the session nor others with it. */
  #step(event: ModeEvent, nowMs: number): CourseEffect[] {
    try {
      return this.#mode.step(event, { nowMs, random: this.#random.next });
    } catch (error) {
      const message = `the mode failed and begins again: ${(error as Error).message}`;
      return [...this.#beginAgain('the mode failed', nowMs), { type: 'notice', message }];
    }
  }
}

/** What sounds ends at its own time. */
function silence(why: string, nowMs: number): CourseEffect[] {
  return [{ type: 'forget' }, { type: 'plan', fromMs: nowMs, notes: [], why }];
}
