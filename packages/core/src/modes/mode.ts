import type { z } from 'zod';
import type { ModelRole } from '../models/model.js';
import type { ChordSymbol } from '../music/chord.js';
import type { MelodyEvent } from '../music/melody.js';
import type { KeyEvent, VoicedNote } from '../music/note.js';
import type { Pulse } from '../timing/pulse.js';
import type { Action } from './action.js';

/**
 * A way of playing together. Pure: the same state, event and context give the same answer, and state is plain JSON, so a
 * session can be stopped, moved, replayed and re-run with another model.
 *
 * `start` is called once, when the mode is assigned. `step` is then called for every event in the order of time, and returns the new
 * state and the effects that the session performs for it; a mode performs nothing itself. `adjust` takes parameters that were
 * changed while it plays. Before the mode is changed or the session ends the session silences what was planned; a mode need not
 * clean up.
 */
export interface Mode<Params, State> {
  title: string;
  /** One sentence for the operator who chooses it. */
  description: string;
  /** What the model that an operator chooses for it has to be good for; null where it needs none. */
  role: ModelRole | null;
  /** The actions that mean something to it. */
  actions: readonly Action[];
  /** Parsed before `start`; the dashboard draws its form from it, so every member has a default and a description. */
  params: z.ZodType<Params>;
  /** `memory` is what a session before this one left; null where none did. */
  start(params: Params, memory: unknown): State;
  /** What sounds goes on as it was planned; what comes next follows the new parameters. */
  adjust(state: State, params: Params): State;
  step(state: State, event: ModeEvent, context: ModeContext): Step<State>;
  /** Whether it plays on for ever where nobody plays or asks for anything. Left out, it always comes to an end. */
  isEndless?(state: State): boolean;
  /** What it hands on to the next session at the station, plain JSON; null for nothing. Left out, it hands nothing on. */
  memory?(state: State): unknown;
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
  /** Somebody pressed a control, at the station or in the dashboard. */
  | { type: 'action'; action: Action; atMs: number }
  /** A pulse from outside, such as MIDI clock, to be kept from now on; null leaves the mode to its own again. */
  | { type: 'pulse'; pulse: Pulse | null; atMs: number }
  /** The time asked for by the latest `wake` effect has come. */
  | { type: 'wake'; atMs: number }
  /** More of what `generate` asked for: the steps from `fromStep` on. */
  | { type: 'generated'; requestId: number; fromStep: number; steps: GeneratedStep[]; done: boolean }
  /** The engine gave up on a request. `code` is its error's: `shed` when it is too slow for now for all that it is asked. */
  | { type: 'generationFailed'; requestId: number; code: string; reason: string };

export type Effect =
  /** From `fromMs` on the machine plays `notes` (booth time); what was planned at or after `fromMs` is forgotten. */
  | { type: 'plan'; fromMs: number; notes: VoicedNote[]; why: string }
  | { type: 'generate'; requestId: number; request: ModeGenerationRequest }
  | { type: 'cancel'; requestId: number }
  /** Ask for one `wake` event; a later one replaces it. */
  | { type: 'wake'; atMs: number }
  /** Whose turn the station shows. */
  | { type: 'turn'; turn: Turn }
  /** The beat that is kept from now on, for those who follow it. */
  | { type: 'beat'; pulse: Pulse }
  /** An action that goes on and off was turned. */
  | { type: 'switch'; action: Action; on: boolean }
  | Remark;

/** What a mode says to operators. */
export type Remark =
  /** How it goes, such as how far a variation went; null for nothing more. */
  | { type: 'info'; message: string | null }
  /** Something went wrong, such as a response that had to be moved by a beat. What `lasts` is wrong until `recovered`. */
  | { type: 'notice'; message: string; lasts?: true }
  | { type: 'recovered' };

/** Chord and bass come from models that accompany. */
export interface GeneratedStep {
  event: MelodyEvent;
  chord?: ChordSymbol;
  bass?: MelodyEvent;
  /** Natural log of the probability it was drawn with; on the record, and of no matter to modes. */
  logProbability?: number;
}

/** `visitor`: your turn. `listening`: you are being heard. `machine`: my turn. `together`: both play. */
export type Turn = 'visitor' | 'listening' | 'machine' | 'together';

/** What a mode knows of a generation; the session adds the model's own settings. */
export interface ModeGenerationRequest {
  /** Which of the session's models is asked; the mode's own role where it is left out. */
  role?: ModelRole;
  prompt: MelodyEvent[];
  steps: number;
  temperature: number;
  allowedPitches: number[] | null;
  /** Steps of the answer, from 0, at which nothing may sound. */
  silentSteps?: number[];
  /** The chord of each step from the prompt's first on; those beyond the prompt are obeyed. */
  chords?: ChordSymbol[];
  /** The bass line so far, likewise. */
  bass?: MelodyEvent[];
  /** The metre, as 16ths a bar; 16 where it is left out. */
  stepsPerBar?: number;
  /** One of the model's styles. */
  style?: string;
  /** When the first step is wanted (booth time), and how much later each further one; without `stepMs` all at once. */
  deadlineMs: number;
  stepMs?: number;
}
