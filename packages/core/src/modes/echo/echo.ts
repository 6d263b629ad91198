/** The reference mode: repeats each phrase as it was played, from the next bar line on. Copy this folder to begin a mode. */

import { z } from 'zod';
import { barLineFrom } from '../../music/index.js';
import type { Pulse } from '../../timing/pulse.js';
import { LEAD_MS } from '../lead-time.js';
import type { Effect, Mode, ModeContext, ModeEvent, Step } from '../mode.js';
import { beginPhrase, hear, notesOfPhrase, type Phrase, phraseEndMs } from '../phrase.js';
import { gridFor, timeParams } from '../time/params.js';

/** The phrase is over this long after the last key was released. */
const PAUSE_MS = 600;

const Params = z.object(timeParams);
type Params = z.infer<typeof Params>;

export interface Beat {
  params: Params;
  pulse: Pulse | null;
}

type State = { beat: Beat } & (
  | { phase: 'waiting' }
  | { phase: 'listening'; phrase: Phrase }
  | { phase: 'answering'; untilMs: number }
);

function step(state: State, event: ModeEvent, { nowMs }: ModeContext): Step<State> {
  const { beat } = state;
  switch (event.type) {
    case 'pulse':
      return { state: { ...state, beat: { ...beat, pulse: event.pulse } }, effects: [] };
    case 'noteOn':
      if (state.phase === 'listening') return listen(beat, hear(state.phrase, event));
      return listen(beat, beginPhrase(event), [
        { type: 'plan', fromMs: nowMs, notes: [], why: 'the visitor plays' },
        { type: 'turn', turn: 'listening' },
      ]);
    case 'noteOff':
    case 'control':
      return state.phase === 'listening' ? listen(beat, hear(state.phrase, event)) : { state, effects: [] };
    case 'wake':
      if (state.phase === 'listening')
        return nowMs >= (phraseEndMs(state.phrase, PAUSE_MS) ?? Infinity)
          ? answer(beat, state.phrase, nowMs)
          : { state, effects: [] };
      if (state.phase === 'answering' && nowMs >= state.untilMs)
        return { state: { beat, phase: 'waiting' }, effects: [{ type: 'turn', turn: 'visitor' }] };
      return { state, effects: [] };
    default:
      return { state, effects: [] };
  }
}

function listen(beat: Beat, phrase: Phrase, effects: Effect[] = []): Step<State> {
  const endMs = phraseEndMs(phrase, PAUSE_MS);
  return {
    state: { beat, phase: 'listening', phrase },
    effects: endMs === null ? effects : [...effects, { type: 'wake', atMs: endMs }],
  };
}

function answer(beat: Beat, phrase: Phrase, nowMs: number): Step<State> {
  const grid = gridFor(beat.pulse, beat.params, phrase.startMs);
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
    state: { beat, phase: 'answering', untilMs },
    effects: [
      { type: 'turn', turn: 'machine' },
      { type: 'plan', fromMs: phrase.startMs + shiftMs, notes, why: 'the phrase again' },
      { type: 'wake', atMs: untilMs },
    ],
  };
}

export const echo: Mode<Params, State> = {
  title: 'Echo',
  description: 'Repeats each phrase as it was played. Needs no model.',
  params: Params,
  role: null,
  actions: [],
  start: (params) => ({ beat: { params, pulse: null }, phase: 'waiting' }),
  adjust: (state, params) => ({ ...state, beat: { ...state.beat, params } }),
  step,
};
