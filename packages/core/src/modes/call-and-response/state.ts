/** What call and response remembers. Phrase and answer are apart, since with overlap both go on at once. */
import { countedMs, type KeyEvent, type MelodyEvent, stepMs, type VoicedNote } from '../../music/index.js';
import type { Pulse } from '../../timing/pulse.js';
import type { Turn } from '../mode.js';
import type { Phrase } from '../phrase.js';
import type { Call } from './call.js';
import type { Params } from './params.js';

/** What is to sound is decided this long before its bar line, so that it is generated and sent in time. */
export const AHEAD_MS = 120;

export interface Answer {
  /** Of the latest request for it. */
  requestId: number;
  /** Requests so far. */
  attempts: number;
  call: Call;
  /** What it answers; null where the machine goes on by itself. */
  phrase: Phrase | null;
  /** Booth time of its first bar line. */
  startMs: number;
  steps: number;
  /** It was asked for at a time when the engine had too much to do, and begins a bar later. */
  isPutOff: boolean;
  /** What has been generated so far, as the model says it. */
  melody: MelodyEvent[];
  /** What has been planned so far, as it sounds. */
  notes: VoicedNote[];
  done: boolean;
}

export interface State {
  params: Params;
  /** The beat that is kept; null leaves each phrase to its own. */
  pulse: Pulse | null;
  /** Requests so far; the latest one's id. */
  requests: number;
  /** What pressed the sustain pedal, while it is down. */
  pedal: KeyEvent | null;
  /** What the visitor is playing: the next call. */
  phrase: Phrase | null;
  /** What the machine is playing or about to play. */
  answer: Answer | null;
  /** The last whole answer: what loop repeats, and mutate and solo go on from. */
  last: Answer | null;
  switches: { loop: boolean; solo: boolean };
  /** Asked for, and not begun; only while there is an answer to go on from. */
  mutate: boolean;
}

export function startState(params: Params): State {
  return {
    params,
    pulse: null,
    requests: 0,
    pedal: null,
    phrase: null,
    answer: null,
    last: null,
    switches: { loop: false, solo: false },
    mutate: false,
  };
}

export function turnOf({ phrase, answer }: State): Turn {
  if (answer) return 'machine';
  return phrase ? 'listening' : 'visitor';
}

export function answerEndMs({ startMs, steps, call }: Answer): number {
  return startMs + steps * stepMs(call.grid);
}

export function answerBeatMs({ call }: Answer): number {
  return countedMs(call.grid);
}

/** Without its answer, which is remembered where it was whole and has begun to sound. */
export function retireAnswer(state: State, nowMs: number): State {
  const { answer } = state;
  if (!answer) return state;
  const heard = answer.done && nowMs >= answer.startMs - AHEAD_MS && answer.melody.length > 0;
  const last = heard ? answer : state.last;
  return { ...state, answer: null, last, mutate: state.mutate && last !== null };
}
