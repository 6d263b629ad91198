/** The visitor plays: a phrase grows, and an answer yields to it. */
import { barLineFrom, barMs, type Grid, type KeyEvent, pedalHeld } from '../../music/index.js';
import type { Step } from '../mode.js';
import { beginPhrase, hear, MAX_BARS, type Phrase, phraseEndMs } from '../phrase.js';
import { gridFor } from '../time/params.js';
import { AHEAD_MS, answerEndMs, retireAnswer, type State } from './state.js';

/** The call is over this long after the last key was released, when pauses end it. */
const PAUSE_MS = 600;

export function played(before: State, event: KeyEvent, nowMs: number): Step<State> {
  const state = { ...before, pedal: pedalHeld(before.pedal, event) };
  if (state.switches.solo) return { state, effects: [] };
  if (event.type !== 'noteOn') {
    const phrase = state.phrase && hear(state.phrase, event);
    const answer = state.answer?.phrase
      ? { ...state.answer, phrase: hear(state.answer.phrase, event) }
      : state.answer;
    return { state: { ...state, phrase, answer }, effects: [] };
  }
  const { answer, params } = state;
  if (!answer || (params.overlap && nowMs >= answer.startMs)) {
    const phrase = state.phrase ? hear(state.phrase, event) : beginPhrase(event, state.pedal);
    return { state: { ...state, phrase }, effects: [] };
  }
  const breath = event.atMs < answer.startMs ? answer.phrase : null; // the pause was a breath, not the end
  const earlier = state.phrase ?? breath;
  const phrase = earlier ? hear(earlier, event) : beginPhrase(event, state.pedal);
  const fromMs = params.overlap ? answer.startMs : nowMs; // what sounds before it may be the answer before
  return {
    state: { ...retireAnswer(state, nowMs), phrase },
    effects: [
      { type: 'cancel', requestId: answer.requestId },
      { type: 'plan', fromMs, notes: [], why: 'the visitor plays on' },
    ],
  };
}

export function gridOf({ params, pulse }: State, phrase: Phrase): Grid {
  return gridFor(pulse, params, phrase.startMs);
}

/** When the phrase is to be answered if nothing more is played: it is over, and so is what the machine plays. */
export function callDueMs(state: State, phrase: Phrase): number {
  const { answer } = state;
  const overMs = endOfCallMs(state, phrase);
  if (!answer) return overMs;
  return answer.done ? Math.max(overMs, answerEndMs(answer) - AHEAD_MS) : Number.POSITIVE_INFINITY;
}

/** A pause or a silent bar, or at the latest the longest call there is. */
function endOfCallMs(state: State, phrase: Phrase): number {
  const { endOfCall, callBars } = state.params;
  const grid = gridOf(state, phrase);
  const bars = callBars === 'auto' ? MAX_BARS : Number(callBars);
  const longestMs = grid.originMs + bars * barMs(grid) - AHEAD_MS;
  const pausedMs = phraseEndMs(phrase, PAUSE_MS);
  if (pausedMs === null || callBars !== 'auto' || endOfCall === 'control') return longestMs;
  if (endOfCall === 'pause') return Math.min(pausedMs, longestMs);
  return Math.min(barLineFrom(grid, phrase.lastMs) + barMs(grid) - AHEAD_MS, longestMs);
}
