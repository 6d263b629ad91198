/** What each action does to call and response. */
import type { Action } from '../action.js';
import type { Effect, Step } from '../mode.js';
import { answerCall } from './answering.js';
import { retireAnswer, type State, startState } from './state.js';

export const actions = ['endCall', 'mutate', 'loop', 'solo', 'clear'] as const satisfies Action[];

export function act(state: State, action: Action, nowMs: number): Step<State> {
  switch (action) {
    case 'endCall':
      return endCall(state, nowMs);
    case 'mutate':
      return { state: { ...state, mutate: (state.answer ?? state.last) !== null }, effects: [] };
    case 'loop':
      return { state: withSwitch(state, 'loop'), effects: [] };
    case 'solo':
      return { state: { ...withSwitch(state, 'solo'), phrase: null }, effects: [] };
    case 'clear':
      return {
        state: {
          ...startState(state.params),
          pulse: state.pulse,
          pedal: state.pedal,
          requests: state.requests,
        },
        effects: forget(state, 'everything is forgotten', nowMs),
      };
    case 'mute':
    case 'tap':
      return { state, effects: [] };
    default:
      return action satisfies never;
  }
}

function withSwitch(state: State, name: keyof State['switches']): State {
  return { ...state, switches: { ...state.switches, [name]: !state.switches[name] } };
}

/** Answers at once, also where the machine still plays, and the shortest call: whoever presses it wants an answer. */
function endCall(state: State, nowMs: number): Step<State> {
  const { phrase } = state;
  if (!phrase) return { state, effects: [] };
  const effects = state.answer ? forget(state, 'the call is over', nowMs) : [];
  const answered = answerCall({ ...retireAnswer(state, nowMs) }, phrase, nowMs);
  return { ...answered, effects: [...effects, ...answered.effects] };
}

function forget({ answer }: State, why: string, nowMs: number): Effect[] {
  const cancelled: Effect[] = answer ? [{ type: 'cancel', requestId: answer.requestId }] : [];
  return [...cancelled, { type: 'plan', fromMs: nowMs, notes: [], why }];
}
