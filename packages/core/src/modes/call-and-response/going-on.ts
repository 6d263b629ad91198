/** What comes next, once it is time for it: an answer to the call, or what loop, mutate and solo ask for. */
import { STEPS_PER_QUARTER, stepOfMs, stepsPerBar } from '../../music/index.js';
import type { Step } from '../mode.js';
import { MAX_BARS, type Phrase } from '../phrase.js';
import { gridFor } from '../time/params.js';
import { answerCall, begin, playAgain } from './answering.js';
import { noCall } from './call.js';
import { callDueMs, gridOf } from './listening.js';
import { AHEAD_MS, type Answer, answerEndMs, retireAnswer, type State } from './state.js';

/** A model goes on from so many bars at most; of more, only the last answer is the seed. */
const MAX_SEED_BARS = 2 * MAX_BARS;

export function goOn(state: State, nowMs: number): Step<State> {
  const { phrase, answer } = state;
  if (phrase && nowMs >= callDueMs(state, phrase))
    return isTooShort(state, phrase, nowMs)
      ? goOn({ ...state, phrase: null }, nowMs)
      : answerCall(state, phrase, nowMs);
  if (answer && (!answer.done || nowMs < answerEndMs(answer) - AHEAD_MS)) return { state, effects: [] };
  const theme = answer ?? state.last;
  if (playsOn(state)) {
    if (state.mutate || state.switches.solo) return vary({ ...state, mutate: false }, theme, nowMs);
    if (theme) return playAgain(state, theme, nowMs);
  }
  const over = answer && nowMs >= answerEndMs(answer);
  return { state: over ? retireAnswer(state, nowMs) : state, effects: [] };
}

/** When there is something to decide next; null while nothing is under way. */
export function nextDecisionMs(state: State): number | null {
  const { phrase, answer } = state;
  const times = phrase ? [callDueMs(state, phrase)] : [];
  if (answer?.done) times.push(answerEndMs(answer) - (playsOn(state) ? AHEAD_MS : 0));
  const nextMs = Math.min(...times);
  return Number.isFinite(nextMs) ? nextMs : null;
}

/** Whether the machine goes on of its own accord when its answer is over. */
function playsOn({ phrase, answer, last, params, switches, mutate }: State): boolean {
  if (phrase && !params.overlap) return false;
  return switches.solo || ((switches.loop || mutate) && (answer ?? last) !== null);
}

/** A new answer that goes on from an earlier one, or from nothing. */
function vary(state: State, theme: Answer | null, nowMs: number): Step<State> {
  if (!theme) {
    const call = noCall(gridFor(state.pulse, state.params, nowMs + AHEAD_MS));
    return begin(state, nowMs, { call, phrase: null, steps: call.bars * stepsPerBar(call.grid) });
  }
  const whole = [...theme.call.prompt, ...theme.melody];
  const longest = MAX_SEED_BARS * stepsPerBar(theme.call.grid);
  const call = { ...theme.call, prompt: whole.length <= longest ? whole : theme.melody };
  return begin(state, nowMs, { call, phrase: null, steps: theme.steps });
}

/** By the quarters it fills on the grid: of staccato notes, the last one counts as long as the others. */
function isTooShort(state: State, phrase: Phrase, nowMs: number): boolean {
  const grid = gridOf(state, phrase);
  const endMs = phrase.held.length > 0 ? nowMs : phrase.lastMs;
  const steps = Math.round(stepOfMs(grid, endMs)) - Math.round(stepOfMs(grid, phrase.startMs));
  return Math.max(1, Math.ceil(steps / STEPS_PER_QUARTER)) < state.params.shortestCall;
}
