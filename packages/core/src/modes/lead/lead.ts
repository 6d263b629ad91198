/**
 * The visitor plays chords, the machine improvises over them. A bar of melody is planned ahead, to the chords that are expected;
 * another chord than expected, and what is left of it is made anew.
 */
import {
  barLineFrom,
  beatMs,
  HOLD,
  msOfStep,
  NO_CHORD,
  STEPS_PER_QUARTER,
  stepOfMs,
  stepsPerBar,
} from '../../music/index.js';
import type { Pulse } from '../../timing/index.js';
import { beginHearing, closingMs, hasStopped, hearKey, openStep, resumeHearing } from '../hearing.js';
import type { Effect, Mode, ModeContext, ModeEvent, Step } from '../mode.js';
import { gridFor } from '../time/params.js';
import { goingOn } from '../time/retiming.js';
import { Params } from './params.js';
import { ask, improvise, isTraded, listen, type Solo, stepWanted } from './solo.js';

/** After a pause of so many beats somebody else may have sat down: the machine listens anew. */
const FORGET_BEATS = 32;

type State = {
  params: Params;
  requests: number;
  /** From outside; null leaves the mode to its own. */
  pulse: Pulse | null;
  isMuted: boolean;
  /** The last request failed: the operator has been told. */
  isFailing: boolean;
} & ({ phase: 'waiting' } | { phase: 'playing'; solo: Solo } | { phase: 'resting'; solo: Solo });
type Playing = State & { phase: 'playing' };

function step(state: State, event: ModeEvent, { nowMs }: ModeContext): Step<State> {
  switch (event.type) {
    case 'noteOn':
    case 'noteOff':
      return played(state, event);
    case 'wake':
      return state.phase === 'playing' ? tick(state, nowMs) : { state, effects: [] };
    case 'generated': {
      if (state.phase !== 'playing' || state.solo.asked?.requestId !== event.requestId)
        return { state, effects: [] };
      const { asked } = state.solo;
      const solo = { ...state.solo, asked: { ...asked, steps: [...asked.steps, ...event.steps] } };
      return event.done ? plan({ ...state, solo }, nowMs) : { state: { ...state, solo }, effects: [] };
    }
    case 'generationFailed':
      if (state.phase !== 'playing' || state.solo.asked?.requestId !== event.requestId)
        return { state, effects: [] };
      return {
        state: { ...state, isFailing: true, solo: { ...state.solo, asked: null } },
        effects: state.isFailing
          ? []
          : [{ type: 'notice', message: `no melody could be improvised (${event.reason})` }],
      };
    case 'pulse':
      return { state: { ...state, pulse: event.pulse }, effects: [] };
    case 'action':
      return acted(state, event, nowMs);
    case 'control':
      return { state, effects: [] };
    default:
      return event satisfies never;
  }
}

function acted(state: State, { action }: ModeEvent & { type: 'action' }, nowMs: number): Step<State> {
  const silence: Effect = { type: 'plan', fromMs: nowMs, notes: [], why: `${action}` };
  if (action === 'mute') {
    const isMuted = !state.isMuted;
    const turned: Effect = { type: 'switch', action, on: isMuted };
    return { state: { ...state, isMuted }, effects: isMuted ? [silence, turned] : [turned] };
  }
  if (action !== 'clear') return { state, effects: [] };
  return {
    state: { ...withoutSolo(state), phase: 'waiting' },
    effects: [...cancelled(state), silence, { type: 'turn', turn: 'visitor' }],
  };
}

function played(state: State, event: ModeEvent & { type: 'noteOn' | 'noteOff' }): Step<State> {
  if (state.phase !== 'waiting' && (state.phase === 'playing' || event.type === 'noteOff')) {
    const solo = { ...state.solo, hearing: hearKey(state.solo.hearing, event) };
    return { state: { ...state, solo }, effects: [] };
  }
  if (event.type === 'noteOff') return { state, effects: [] };
  const solo = begin(state, event);
  return {
    state: { ...withoutSolo(state), phase: 'playing', solo },
    effects: [
      { type: 'turn', turn: 'listening' },
      { type: 'wake', atMs: closingMs(solo.hearing) },
    ],
  };
}

/** From the first note on, which is a bar line; after a short pause what was played is still known. */
function begin(state: State, event: ModeEvent & { type: 'noteOn' }): Solo {
  const { params, pulse } = state;
  const grid = gridFor(pulse, params, event.atMs);
  if (
    state.phase === 'resting' &&
    event.atMs - state.solo.hearing.lastMs <= FORGET_BEATS * beatMs(state.solo.hearing.grid)
  ) {
    const { solo } = state;
    const hearing = resumeHearing(solo.hearing, grid);
    const silent = Math.max(0, solo.entryStep - openStep(solo.hearing));
    const length = hearing.melody.length;
    const last = solo.chords.at(-1);
    return {
      hearing: hearKey(hearing, event),
      chords: Array.from({ length }, (_, i) => solo.chords[i] ?? last ?? NO_CHORD),
      melody: Array.from({ length }, (_, i) => solo.melody[i] ?? HOLD),
      assumed: [],
      entryStep: Math.ceil((openStep(hearing) + silent) / STEPS_PER_QUARTER) * STEPS_PER_QUARTER,
      asked: null,
    };
  }
  const entryMs = event.atMs + params.listenBeats * beatMs(grid);
  return {
    hearing: hearKey(beginHearing(grid, event.atMs), event),
    chords: [],
    melody: [],
    assumed: [],
    entryStep: Math.round(stepOfMs(grid, params.tradeBars > 0 ? barLineFrom(grid, entryMs) : entryMs)),
    asked: null,
  };
}

/** Every 16th: chords are heard, and more melody asked for where it is wanted. */
function tick(state: Playing, nowMs: number): Step<State> {
  if (hasStopped(state.solo.hearing, state.params.stopBeats, nowMs)) return stop(state, nowMs);
  const solo = inTempo(state, listen(state.solo, state.params, nowMs));
  const effects: Effect[] = [
    { type: 'turn', turn: turnOf(solo, state.params) },
    { type: 'wake', atMs: Math.max(nowMs, closingMs(solo.hearing)) },
  ];
  const wanted = stepWanted(solo, state.params);
  if (wanted === null || solo.asked) return { state: { ...state, solo }, effects };
  const requestId = state.requests + 1;
  const asked = ask(solo, state.params, { fromStep: wanted, requestId });
  return {
    state: { ...state, requests: requestId, solo: asked.solo },
    effects: [...effects, { type: 'generate', requestId, request: asked.request }],
  };
}

/** A pulse is taken over on a bar line, from the first beat that is not planned. */
function inTempo({ params, pulse }: Playing, solo: Solo): Solo {
  const { hearing, melody } = solo;
  if (openStep(hearing) % stepsPerBar(hearing.grid) !== 0) return solo;
  const step = hearing.firstStep + melody.length;
  return { ...solo, hearing: { ...hearing, grid: goingOn(hearing.grid, { pulse, params, step }) } };
}

function turnOf(solo: Solo, params: Params) {
  const open = openStep(solo.hearing);
  if (open < solo.entryStep || isTraded(solo, params, open)) return 'listening';
  return params.tradeBars === 0 ? 'together' : 'machine';
}

function plan(state: Playing, nowMs: number): Step<State> {
  const { solo, fromMs, notes } = improvise(state.solo, state.params, nowMs);
  const next: Playing = { ...state, isFailing: false, solo: { ...solo, asked: null } };
  if (state.isMuted) return { state: next, effects: [] };
  return {
    state: next,
    effects: [{ type: 'plan', fromMs, notes, why: 'a melody over the visitor’s chords' }],
  };
}

/** The beat that has begun is still played. */
function stop(state: Playing, nowMs: number): Step<State> {
  const { grid } = state.solo.hearing;
  const beat = Math.ceil(stepOfMs(grid, nowMs) / STEPS_PER_QUARTER) * STEPS_PER_QUARTER;
  return {
    state: { ...state, phase: 'resting', solo: { ...state.solo, asked: null } },
    effects: [
      ...cancelled(state),
      { type: 'plan', fromMs: msOfStep(grid, beat), notes: [], why: 'the visitor has stopped' },
      { type: 'turn', turn: 'visitor' },
    ],
  };
}

function cancelled(state: State): Effect[] {
  const asked = state.phase === 'playing' ? state.solo.asked : null;
  return asked ? [{ type: 'cancel', requestId: asked.requestId }] : [];
}

function withoutSolo({ params, requests, pulse, isMuted, isFailing }: State) {
  return { params, requests, pulse, isMuted, isFailing };
}

export const lead: Mode<Params, State> = {
  title: 'Lead',
  description: 'The visitor plays chords; the machine improvises a melody over them.',
  params: Params,
  role: 'improv',
  actions: ['mute', 'clear'],
  start: (params) => ({
    params,
    requests: 0,
    pulse: null,
    isMuted: false,
    isFailing: false,
    phase: 'waiting',
  }),
  adjust: (state, params) => ({ ...state, params }),
  step,
};
