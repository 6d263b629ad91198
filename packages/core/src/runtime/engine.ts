import { type Condition, NO_CONDITION } from '../models/encoding.js';
import type { Model, ModelRole } from '../models/model.js';
import type { ChordSymbol } from '../music/chord.js';
import type { MelodyEvent } from '../music/melody.js';

/** What a session asks the engine to continue: a melody, and how. */
export interface GenerationRequest {
  /** The melody so far, one event a 16th, beginning on a bar line. Where it is empty a model goes on from silence. */
  prompt: MelodyEvent[];
  /** How many 16th steps to generate. */
  steps: number;
  /** Softmax temperature; 0 is greedy. */
  temperature: number;
  topK: number | null;
  topP: number | null;
  /** Pitches that may start a note; null allows all that the model knows. */
  allowedPitches: number[] | null;
  /** Steps of the answer, from 0, at which nothing may sound; null leaves rests to the model. */
  silentSteps: number[] | null;
  /**
   * Chords, bass and style, for models that hear them. Chords that reach beyond the prompt are obeyed: they are what the answer is
   * played to.
   */
  condition: Condition;
  /** When the first event is wanted, by the engine's clock (ms); the most urgent is stepped first. */
  deadlineMs: number;
  /** How much later each further event is wanted than the one before; 0 wants all at once. */
  stepMs: number;
}

/** Leaves all to the model, as it is, and wants everything at once. */
export function plainRequest(prompt: MelodyEvent[], steps: number): GenerationRequest {
  return {
    prompt,
    steps,
    temperature: 1,
    topK: null,
    topP: null,
    allowedPitches: null,
    silentSteps: null,
    condition: NO_CONDITION,
    deadlineMs: 0,
    stepMs: 0,
  };
}

/** One generated step. */
export interface GeneratedEvent {
  event: MelodyEvent;
  /** Natural log of the probability it was drawn with, chord and bass included. */
  logProbability: number;
  /** What goes with it, from a model that accompanies. */
  chord?: ChordSymbol;
  bass?: MelodyEvent;
}

/** The engine as a session sees it: many sessions share its batches, none notices the others. */
export interface Engine {
  /**
   * Opens a session's own stream of randomness and state on a model. What a session generates depends on its seed, its model and
   * its requests alone, up to floating-point ties: another runner rounds a probability differently in its sixth place, and a draw
   * that falls just there, between two events, takes the other one. Throws AppError `unknownModel`.
   */
  open(options: { model: string; seed: number }): EngineSession;
  /** Loads one more model while the others play on. Throws AppError `modelExists`, and `noRunner` when nothing runs it. */
  add(model: Model): Promise<void>;
  /** Gives one up, with what it holds. Throws AppError `unknownModel`, and `modelInUse` while a session is open on it. */
  remove(id: string): Promise<void>;
  /** Models that can be opened, with what runs them and why. */
  models(): EngineModel[];
  close(): Promise<void>;
}

export interface EngineModel extends RunnerState {
  id: string;
  title: string;
  role: ModelRole;
  styles: string[];
}

/** What runs a model now, or ran it last. */
export interface RunnerState {
  /** `replacing`: it has died and the next one is started. `down`: none works now; it is tried again. */
  status: 'up' | 'replacing' | 'down';
  runner: string;
  /** Why this runner; or what became of it. */
  reason: string;
}

export interface EngineSession {
  readonly model: string;
  /**
   * Yields events as they are sampled. Leaving the loop or aborting `signal` cancels; a cancelled request costs no further steps
   * and ends the loop without an error. Throws AppError `shed` when the machine is too slow for it; `runnerFailed` when none works now,
   * or two have died with it; and at once `badRequest` or `badChord` for what no model can be asked.
   */
  generate(request: GenerationRequest, signal?: AbortSignal): AsyncIterable<GeneratedEvent>;
  /**
   * A session of its own that has heard all that this one has: going on from there costs no priming. For those who want one past to go on
   * in two ways; who goes on from the last answer alone asks the same session, which stands there already. Laid aside it is a snapshot,
   * and each fork of it is restored from there. Rejects with AppError `sessionClosed`.
   */
  fork(seed: number): Promise<EngineSession>;
  close(): void;
}

/** Told what the engine does, for metrics and logs. Times in ms. */
export interface EngineObserver {
  /** A request was begun that had waited for its first batch since it was asked. */
  begun(request: { model: string; runner: string; queueMs: number }): void;
  /** A batch was computed for `size` sessions; `steps` of the network for all of them together, since priming takes several each. */
  stepped(batch: { model: string; runner: string; size: number; steps: number; computeMs: number }): void;
  /** So many events came after they were wanted. */
  deadlineMissed(model: string, runner: string, count: number): void;
  shed(model: string, runner: string): void;
  /** One is started, and may take its time. */
  runnerStarting(start: { model: string; runner: string }): void;
  /** It runs the model from now on. */
  runnerChosen(choice: { model: string; runner: string; reason: string }): void;
  /** A runner could not be started or died; the next one takes over. */
  runnerFailed(failure: { model: string; runner: string; reason: string }): void;
}

export const silentObserver: EngineObserver = {
  begun: () => {},
  stepped: () => {},
  deadlineMissed: () => {},
  shed: () => {},
  runnerStarting: () => {},
  runnerChosen: () => {},
  runnerFailed: () => {},
};
