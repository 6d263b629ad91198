import type { MelodyEvent } from '../music/melody.js';

/** What a session asks the engine to continue: a melody, and how. */
export interface GenerationRequest {
  /** The melody so far, one event a 16th, starting on a bar line. May be empty. */
  prompt: MelodyEvent[];
  /** How many 16th steps to generate. */
  steps: number;
  /** Softmax temperature; 0 is greedy. */
  temperature: number;
  topK: number | null;
  topP: number | null;
  /** Pitches that may start a note; null allows all that the model knows. */
  allowedPitches: number[] | null;
  /** Booth time (ms) by which the first event is wanted; the earliest is stepped first. */
  deadlineMs: number;
}

/** One generated step. */
export interface GeneratedEvent {
  event: MelodyEvent;
  /** Natural log of the probability it was drawn with. */
  logProbability: number;
}

/** The engine as a session sees it: many sessions share its batches, none notices the others. */
export interface Engine {
  /** Opens a session's own stream of randomness and state on a model. Throws AppError `unknownModel`. */
  open(options: { model: string; seed: number }): Promise<EngineSession>;
  /** Models that can be opened, with what runs them and why. */
  models(): { id: string; runner: string; reason: string }[];
  close(): Promise<void>;
}

export interface EngineSession {
  readonly model: string;
  /**
   * Yields events as they are sampled. Leaving the loop (or aborting `signal`) cancels; a cancelled request costs no further steps.
   * Throws AppError `shed` when the machine is too slow for it, `runnerFailed` when no runner is left.
   */
  generate(request: GenerationRequest, signal: AbortSignal | null): AsyncIterable<GeneratedEvent>;
  close(): void;
}
