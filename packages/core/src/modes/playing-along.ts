/**
 * The frame of a mode that plays along while the visitor plays: it waits, plays from their first note on, and rests when they stop.
 * What it plays is a part; a model is asked for more of it, one request at a time.
 */
import { beatMs, type KeyEvent, pedalAfter, pedalHeld, type VoicedNote } from '../music/index.js';
import type { Pulse } from '../timing/index.js';
import { closingMs, type Hearing, hasStopped } from './hearing.js';
import type { Effect, GeneratedStep, Mode, ModeEvent, ModeGenerationRequest, Step, Turn } from './mode.js';

export interface AlongPart {
  hearing: Hearing;
  /** What the model was asked for and has answered so far. */
  asked: { requestId: number; steps: GeneratedStep[] } | null;
}

/** What a part is told of the session. */
export interface Around<Params> {
  params: Params;
  /** From outside; null leaves the part to its own. */
  pulse: Pulse | null;
  /** The last request was shed: no more should be asked now than is needed at once. */
  isShort: boolean;
}

type NoteOn = KeyEvent & { type: 'noteOn' };

/** How a part is played. All pure. */
export interface Playing<Params, Part> {
  /** From the first note on, which is a bar line. */
  begin(event: NoteOn, around: Around<Params>): Part;
  /** After a short pause. */
  resume(part: Part, event: NoteOn, around: Around<Params>): Part;
  hear(part: Part, event: KeyEvent): Part;
  /** At every 16th. With a request the part has been asked, by `requestId`. */
  tick(
    part: Part,
    around: Around<Params> & { nowMs: number; requestId: number },
  ): { part: Part; turn: Turn; request: ModeGenerationRequest | null };
  /** The whole answer of the model is there. */
  take(
    part: Part,
    around: { params: Params; nowMs: number },
  ): { part: Part; plan: { fromMs: number; notes: VoicedNote[] } | null };
  /** From when on nothing is left to play when the visitor has stopped. */
  quietMs(part: Part, nowMs: number): number;
  /** For the log, and for the operator. */
  said: { plan: string; failure: string };
}

export type AlongState<Params, Part> = {
  params: Params;
  requests: number;
  pulse: Pulse | null;
  /** What pressed the sustain pedal, while it is down. */
  pedal: KeyEvent | null;
  /** The code of the error that the last request ended with: the operator has been told. */
  failure: string | null;
} & ({ phase: 'waiting' } | { phase: 'playing'; part: Part } | { phase: 'resting'; part: Part });

/** After a pause of so many beats somebody else may have sat down: the machine listens anew. */
const FORGET_BEATS = 32;

/** The part of a mode that is the same whatever is played. */
export function playingAlong<Params extends { stopBeats: number }, Part extends AlongPart>(
  playing: Playing<Params, Part>,
): Pick<Mode<Params, AlongState<Params, Part>>, 'actions' | 'start' | 'adjust' | 'step'> {
  type State = AlongState<Params, Part>;
  type Sounding = State & { phase: 'playing' };

  function played(before: State, event: KeyEvent): Step<State> {
    const state = { ...before, pedal: pedalHeld(before.pedal, event) };
    if (state.phase !== 'waiting' && (state.phase === 'playing' || event.type !== 'noteOn'))
      return { state: { ...state, part: playing.hear(state.part, event) }, effects: [] };
    if (event.type !== 'noteOn') return { state, effects: [] };
    const part =
      state.phase === 'resting' && !isForgotten(state.part, event)
        ? playing.resume(state.part, event, aroundOf(state))
        : begin(event, state);
    return {
      state: { ...withoutPart(state), phase: 'playing', part },
      effects: [
        { type: 'turn', turn: 'listening' },
        { type: 'wake', atMs: closingMs(part.hearing) },
      ],
    };
  }

  /** With the pedal that is down already. */
  function begin(event: NoteOn, state: State): Part {
    const part = playing.begin(event, aroundOf(state));
    return state.pedal ? playing.hear(part, { ...state.pedal, atMs: event.atMs }) : part;
  }

  function tick(state: Sounding, nowMs: number): Step<State> {
    if (hasStopped(state.part.hearing, state.params.stopBeats, nowMs)) return stop(state, nowMs);
    const requestId = state.requests + 1;
    const { part, turn, request } = playing.tick(state.part, { ...aroundOf(state), nowMs, requestId });
    const isDropped = part.asked?.requestId !== state.part.asked?.requestId;
    return {
      state: { ...state, part, requests: request ? requestId : state.requests },
      effects: [
        ...(isDropped ? cancelled(state) : []),
        ...(request ? [{ type: 'generate', requestId, request } as const] : []),
        { type: 'turn', turn },
        { type: 'wake', atMs: Math.max(nowMs, closingMs(part.hearing)) },
      ],
    };
  }

  function hearAnswer(
    state: Sounding,
    { steps, done }: ModeEvent & { type: 'generated' },
    nowMs: number,
  ): Step<State> {
    const asked = state.part.asked && { ...state.part.asked, steps: [...state.part.asked.steps, ...steps] };
    const heard = { ...state, part: { ...state.part, asked } };
    return done ? take(heard, nowMs) : { state: heard, effects: [] };
  }

  function take(state: Sounding, nowMs: number): Step<State> {
    const { part, plan } = playing.take(state.part, { params: state.params, nowMs });
    return {
      state: { ...state, failure: null, part: { ...part, asked: null } },
      effects: [
        ...(state.failure ? [{ type: 'recovered' as const }] : []),
        ...(plan ? [{ type: 'plan' as const, ...plan, why: playing.said.plan }] : []),
      ],
    };
  }

  function stop(state: Sounding, nowMs: number): Step<State> {
    const fromMs = playing.quietMs(state.part, nowMs);
    return {
      state: { ...state, phase: 'resting', part: { ...state.part, asked: null } },
      effects: [
        ...cancelled(state),
        { type: 'plan', fromMs, notes: [], why: 'the visitor has stopped' },
        { type: 'turn', turn: 'visitor' },
      ],
    };
  }

  function failed(state: Sounding, { code, reason }: ModeEvent & { type: 'generationFailed' }): Step<State> {
    const message = `${playing.said.failure} (${reason})`;
    const notice: Effect = { type: 'notice', message, lasts: true };
    return {
      state: { ...state, failure: code, part: { ...state.part, asked: null } },
      effects: state.failure ? [] : [notice],
    };
  }

  function acted(state: State, { action }: ModeEvent & { type: 'action' }, nowMs: number): Step<State> {
    if (action !== 'clear') return { state, effects: [] };
    return {
      state: { ...withoutPart(state), phase: 'waiting' },
      effects: [
        ...cancelled(state),
        { type: 'plan', fromMs: nowMs, notes: [], why: action },
        { type: 'turn', turn: 'visitor' },
      ],
    };
  }

  return {
    actions: ['clear'],
    start: (params) => ({
      params,
      requests: 0,
      pulse: null,
      pedal: null,
      failure: null,
      phase: 'waiting',
    }),
    adjust: (state, params) => ({ ...state, params }),
    step(state, event, { nowMs }) {
      switch (event.type) {
        case 'noteOn':
        case 'noteOff':
          return played(state, event);
        case 'wake':
          return state.phase === 'playing' ? tick(state, nowMs) : { state, effects: [] };
        case 'generated':
          return isAsked(state, event.requestId) ? hearAnswer(state, event, nowMs) : { state, effects: [] };
        case 'generationFailed':
          return isAsked(state, event.requestId) ? failed(state, event) : { state, effects: [] };
        case 'pulse':
          return { state: { ...state, pulse: event.pulse }, effects: [] };
        case 'action':
          return acted(state, event, nowMs);
        case 'control':
          return pedalAfter(event) === null ? { state, effects: [] } : played(state, event);
        default:
          return event satisfies never;
      }
    },
  };

  /** Whether this is the answer that is waited for. */
  function isAsked(state: State, requestId: number): state is Sounding {
    return state.phase === 'playing' && state.part.asked?.requestId === requestId;
  }

  function cancelled(state: State): Effect[] {
    const asked = state.phase === 'playing' ? state.part.asked : null;
    return asked ? [{ type: 'cancel', requestId: asked.requestId }] : [];
  }
}

function isForgotten({ hearing }: AlongPart, event: NoteOn): boolean {
  return event.atMs - hearing.lastMs > FORGET_BEATS * beatMs(hearing.grid);
}

function aroundOf<Params>({ params, pulse, failure }: AlongState<Params, unknown>): Around<Params> {
  return { params, pulse, isShort: failure === 'shed' };
}

function withoutPart<Params>({ params, requests, pulse, pedal, failure }: AlongState<Params, unknown>) {
  return { params, requests, pulse, pedal, failure };
}
