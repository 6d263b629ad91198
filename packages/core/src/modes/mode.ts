import type { z } from 'zod';
import type { MelodyEvent } from '../music/melody.js';
import type { KeyEvent, VoicedNote } from '../music/note.js';

/**
 * A way of playing together. Pure: the same state, event and context give the same answer, and state is plain JSON, so a
 * session can be stopped, moved, replayed and re-run with another model.
 *
 * `start` is called once, when the mode is assigned. `step` is then called for every event in the order of time, and returns the new
 * state and the effects that the session performs for it; a mode performs nothing itself. Before the mode is changed or the
 * session ends the session silences what was planned; a mode need not clean up.
 */
export interface Mode<Params, State> {
  title: string;
  /** One sentence for the operator who chooses it. */
  description: string;
  /** Parsed before `start`; the dashboard draws its form from it, so every member has a default and a description. */
  params: z.ZodType<Params>;
  start(params: Params): State;
  step(state: State, event: ModeEvent, context: ModeContext): Step<State>;
}

export interface Step<State> {
  state: State;
  effects: Effect[];
}

export interface ModeContext {
  /** Booth time at which the event is handled; an event's own `atMs` may lie before it. */
  nowMs: number;
  /** Uniform in [0, 1), from the session's seeded stream. */
  random: () => number;
}

export type ModeEvent =
  | KeyEvent
  /** The time asked for by the latest `wake` effect has come. */
  | { type: 'wake'; atMs: number }
  /** More of what `generate` asked for: the steps from `fromStep` on. */
  | { type: 'generated'; requestId: number; fromStep: number; events: MelodyEvent[]; done: boolean }
  /** The engine gave up on a request: too slow, or no runner left. */
  | { type: 'generationFailed'; requestId: number; reason: string };

export type Effect =
  /** From `fromMs` on the machine plays `notes` (booth time); what was planned at or after `fromMs` is forgotten. */
  | { type: 'plan'; fromMs: number; notes: VoicedNote[]; why: string }
  | { type: 'generate'; requestId: number; request: ModeGenerationRequest }
  | { type: 'cancel'; requestId: number }
  /** Ask for one `wake` event; a later one replaces it. */
  | { type: 'wake'; atMs: number }
  /** Whose turn the station shows. */
  | { type: 'turn'; turn: Turn }
  /** Something an operator should know, such as a response moved by a beat. */
  | { type: 'notice'; message: string };

/** `visitor`: your turn. `listening`: you are being heard. `machine`: my turn. */
export type Turn = 'visitor' | 'listening' | 'machine';

/** What a mode knows of a generation; the session adds the model's own settings. */
export interface ModeGenerationRequest {
  prompt: MelodyEvent[];
  steps: number;
  temperature: number;
  allowedPitches: number[] | null;
  deadlineMs: number;
}
