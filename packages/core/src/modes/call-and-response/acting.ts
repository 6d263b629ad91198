/** What each action does to call and response. */
import type { Action } from '../action.js';
import type { Effect, Step } from '../mode.js';
import { answerCall } from './answering.js';
import { retireAnswer, type State, startState } from './state.js';

export const actions = ['endCall', 'mutate', 'loop', 'solo', 'mute', 'clear'] as const satisfies Action[];

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
    case 'mute':
      return mute(withSwitch(state, 'mute'), nowMs);
    case 'clear':
      return {
        state: {
          ...startState(state.params),
          switches: { loop: false, solo: false, mute: state.switches.mute },
          pulse: state.pulse,
          pedal: state.pedal,
          requests: state.requests,
        },
        effects: forget(state, 'everything is forgotten', nowMs),
      };
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

/** What is planned is silent from now on, or heard again. */
function mute(state: State, nowMs: number): Step<State> {
  const notes = state.switches.mute
    ? []
    : (state.answer?.notes ?? []).filter(({ onsetMs }) => onsetMs >= nowMs);
  const why = state.switches.mute ? 'the machine is muted' : 'the machine is heard again';
  return { state, effects: [{ type: 'plan', fromMs: nowMs, notes, why }] };
}

function forget({ answer }: State, why: string, nowMs: number): Effect[] {
  const cancelled: Effect[] = answer ? [{ type: 'cancel', requestId: answer.requestId }] : [];
  return [...cancelled, { type: 'plan', fromMs: nowMs, notes: [], why }];
}
