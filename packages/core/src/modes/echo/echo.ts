/** The reference mode: repeats each phrase as it was played, from the next bar line on. Copy this folder to begin a mode. */

import { z } from 'zod';
import { barLineFrom, type KeyEvent, pedalHeld } from '../../music/index.js';
import type { Pulse } from '../../timing/pulse.js';
import { LEAD_MS } from '../lead-time.js';
import type { Effect, Mode, ModeContext, ModeEvent, Step } from '../mode.js';
import { beginPhrase, hear, notesOfPhrase, type Phrase, phraseEndMs } from '../phrase.js';
import { gridFor, timeParams } from '../time/params.js';

/** The phrase is over this long after the last key was released. */
const PAUSE_MS = 600;

const Params = z.object(timeParams);
type Params = z.infer<typeof Params>;

export interface Common {
  params: Params;
  pulse: Pulse | null;
  /** What pressed the sustain pedal, while it is down. */
  pedal: KeyEvent | null;
}

type State = Common &
  ({ phase: 'waiting' } | { phase: 'listening'; phrase: Phrase } | { phase: 'answering'; untilMs: number });

function step(state: State, event: ModeEvent, { nowMs }: ModeContext): Step<State> {
  switch (event.type) {
    case 'pulse':
      return { state: { ...state, pulse: event.pulse }, effects: [] };
    case 'noteOn':
    case 'noteOff':
    case 'control':
      return played({ ...state, pedal: pedalHeld(state.pedal, event) }, event, nowMs);
    case 'wake':
      if (state.phase === 'listening')
        return nowMs >= (phraseEndMs(state.phrase, PAUSE_MS) ?? Infinity)
          ? answer(state, state.phrase, nowMs)
          : { state, effects: [] };
      if (state.phase === 'answering' && nowMs >= state.untilMs)
        return {
          state: { ...common(state), phase: 'waiting' },
          effects: [{ type: 'turn', turn: 'visitor' }],
        };
      return { state, effects: [] };
    case 'action':
      return event.action === 'clear' ? clear(state, nowMs) : { state, effects: [] };
    case 'generated':
    case 'generationFailed':
      return { state, effects: [] };
    default:
      return event satisfies never;
  }
}

function played(state: State, event: KeyEvent, nowMs: number): Step<State> {
  if (state.phase === 'listening') return listen(state, hear(state.phrase, event));
  if (event.type !== 'noteOn') return { state, effects: [] };
  return listen(state, beginPhrase(event, state.pedal), [
    { type: 'plan', fromMs: nowMs, notes: [], why: 'the visitor plays' },
    { type: 'turn', turn: 'listening' },
  ]);
}

function listen(state: State, phrase: Phrase, effects: Effect[] = []): Step<State> {
  const endMs = phraseEndMs(phrase, PAUSE_MS);
  return {
    state: { ...common(state), phase: 'listening', phrase },
    effects: endMs === null ? effects : [...effects, { type: 'wake', atMs: endMs }],
  };
}

function answer(state: State, phrase: Phrase, nowMs: number): Step<State> {
  const grid = gridFor(state.pulse, state.params, phrase.startMs);
  const earlyMs = Math.max(0, grid.originMs - phrase.startMs);
  const shiftMs = barLineFrom(grid, nowMs + LEAD_MS + earlyMs) - grid.originMs;
  const notes = notesOfPhrase(phrase)
    .filter(({ durationMs }) => durationMs > 0)
    .map((note) => ({
      ...note,
      onsetMs: note.onsetMs + shiftMs,
      voice: 'melody' as const,
    }));
  const untilMs = phrase.lastMs + shiftMs;
  return {
    state: { ...common(state), phase: 'answering', untilMs },
    effects: [
      { type: 'turn', turn: 'machine' },
      { type: 'plan', fromMs: phrase.startMs + shiftMs, notes, why: 'the phrase again' },
      { type: 'wake', atMs: untilMs },
    ],
  };
}

function clear(state: State, nowMs: number): Step<State> {
  return {
    state: { ...common(state), phase: 'waiting' },
    effects: [
      { type: 'plan', fromMs: nowMs, notes: [], why: 'clear' },
      { type: 'turn', turn: 'visitor' },
    ],
  };
}

function common({ params, pulse, pedal }: State): Common {
  return { params, pulse, pedal };
}

export const echo: Mode<Params, State> = {
  title: 'Echo',
  description: 'Repeats each phrase as it was played. Needs no model.',
  params: Params,
  role: null,
  actions: ['clear'],
  start: (params) => ({ params, pulse: null, pedal: null, phase: 'waiting' }),
  adjust: (state, params) => ({ ...state, params }),
  step,
};
