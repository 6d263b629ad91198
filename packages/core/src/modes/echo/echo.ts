/** The reference mode: repeats each phrase as it was played, from the next bar line on. Copy this folder to begin a mode. */
import { z } from 'zod';
import { barLineFrom } from '../../music/index.js';
import type { Effect, Mode, ModeContext, ModeEvent, Step } from '../mode.js';
import { beginPhrase, gridOfPhrase, hear, notesOfPhrase, type Phrase, phraseEndMs } from '../phrase.js';
import { tempoParams } from '../tempo-params.js';

/** The phrase is over this long after the last key was released. */
const PAUSE_MS = 600;
/** A plan is sent this long before its first note, so that it is there in time. */
const LEAD_MS = 60;

const Params = z.object(tempoParams);
type Params = z.infer<typeof Params>;

type State = { params: Params } & (
  | { phase: 'waiting' }
  | { phase: 'listening'; phrase: Phrase }
  | { phase: 'answering'; untilMs: number }
);

function step(state: State, event: ModeEvent, { nowMs }: ModeContext): Step<State> {
  const { params } = state;
  switch (event.type) {
    case 'noteOn':
      if (state.phase === 'listening') return listen(params, hear(state.phrase, event));
      return listen(params, beginPhrase(event), [
        { type: 'plan', fromMs: nowMs, notes: [], why: 'the visitor plays' },
        { type: 'turn', turn: 'listening' },
      ]);
    case 'noteOff':
      return state.phase === 'listening' ? listen(params, hear(state.phrase, event)) : { state, effects: [] };
    case 'wake':
      if (state.phase === 'listening')
        return nowMs >= (phraseEndMs(state.phrase, PAUSE_MS) ?? Infinity)
          ? answer(params, state.phrase, nowMs)
          : { state, effects: [] };
      if (state.phase === 'answering' && nowMs >= state.untilMs)
        return { state: { params, phase: 'waiting' }, effects: [{ type: 'turn', turn: 'visitor' }] };
      return { state, effects: [] };
    default:
      return { state, effects: [] };
  }
}

function listen(params: Params, phrase: Phrase, effects: Effect[] = []): Step<State> {
  const endMs = phraseEndMs(phrase, PAUSE_MS);
  return {
    state: { params, phase: 'listening', phrase },
    effects: endMs === null ? effects : [...effects, { type: 'wake', atMs: endMs }],
  };
}

function answer(params: Params, phrase: Phrase, nowMs: number): Step<State> {
  const startMs = barLineFrom(gridOfPhrase(phrase, params.tempoBpm, params.beatsPerBar), nowMs + LEAD_MS);
  const shiftMs = startMs - phrase.startMs;
  const notes = notesOfPhrase(phrase)
    .filter(({ durationMs }) => durationMs > 0)
    .map((note) => ({
      ...note,
      onsetMs: note.onsetMs + shiftMs,
      voice: 'melody' as const,
    }));
  const untilMs = phrase.lastMs + shiftMs;
  return {
    state: { params, phase: 'answering', untilMs },
    effects: [
      { type: 'turn', turn: 'machine' },
      { type: 'plan', fromMs: startMs, notes, why: 'the phrase again' },
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
  start: (params) => ({ params, phase: 'waiting' }),
  adjust: (state, params) => ({ ...state, params }),
  step,
};
