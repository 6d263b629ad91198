/**
 * The visitor plays a phrase, the machine answers at the next bar line with one of its own. The answer is planned while it is still
 * being generated. What would come late is moved by whole beats, all of it, so that it is never bunched.
 */
import type { Effect, Mode, ModeContext, ModeEvent, Step } from '../mode.js';
import { act, actions } from './acting.js';
import { generationFailed, keepBeat, takeSteps } from './answering.js';
import { goOn, nextDecisionMs } from './going-on.js';
import { played } from './listening.js';
import { Params } from './params.js';
import { type State, startState, turnOf } from './state.js';

function step(state: State, event: ModeEvent, { nowMs }: ModeContext): Step<State> {
  const heard = hear(state, event, nowMs);
  const next = goOn(heard.state, nowMs);
  const effects: Effect[] = [...heard.effects, ...next.effects];
  const turn = turnOf(next.state);
  if (turn !== turnOf(state)) effects.push({ type: 'turn', turn });
  for (const action of ['loop', 'solo'] as const) {
    const on = next.state.switches[action];
    if (on !== state.switches[action]) effects.push({ type: 'switch', action, on });
  }
  const wakeMs = nextDecisionMs(next.state);
  if (wakeMs !== null) effects.push({ type: 'wake', atMs: wakeMs });
  return { state: next.state, effects };
}

function hear(state: State, event: ModeEvent, nowMs: number): Step<State> {
  const { answer } = state;
  switch (event.type) {
    case 'noteOn':
    case 'noteOff':
    case 'control':
      return played(state, event, nowMs);
    case 'action':
      return act(state, event.action, nowMs);
    case 'generated':
      return answer?.requestId === event.requestId
        ? takeSteps(state, answer, { ...event, nowMs })
        : { state, effects: [] };
    case 'generationFailed':
      return answer?.requestId === event.requestId
        ? generationFailed(state, answer, { ...event, nowMs })
        : { state, effects: [] };
    case 'pulse':
      return keepBeat({ ...state, pulse: event.pulse }, nowMs);
    case 'wake':
      return { state, effects: [] };
    default:
      return event satisfies never;
  }
}

export const callAndResponse: Mode<Params, State> = {
  title: 'Call and response',
  description: 'The visitor plays a phrase; the machine answers at the next bar line.',
  params: Params,
  role: 'melody',
  actions,
  start: startState,
  adjust: (state, params) => ({ ...state, params }),
  step,
  isEndless: ({ switches }) => switches.loop || switches.solo,
};
