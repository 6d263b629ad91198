/**
 * The visitor plays a phrase, the machine answers at the next bar line with one of its own. The answer is planned while it is still
 * being generated. What would come late is moved by whole beats, all of it, so that it is never bunched.
 */
import {
  barLineFrom,
  beatMs,
  msOfStep,
  notesOfMelody,
  performed,
  type StepNote,
  stepMs,
  stepsPerBar,
  type VoicedNote,
} from '../../music/index.js';
import type { Effect, Mode, ModeContext, ModeEvent, Step } from '../mode.js';
import { beginPhrase, gridOfPhrase, hear, type Phrase, phraseEndMs } from '../phrase.js';
import { type Call, callOf, MAX_BARS } from './call.js';
import { Params } from './params.js';

/** The call is over this long after the last key was released, when pauses end it. */
const PAUSE_MS = 600;
/** A plan is sent this long before its first note, so that it is there in time. */
const LEAD_MS = 60;

export interface Answer {
  requestId: number;
  phrase: Phrase;
  call: Call;
  /** Booth time of the answer's first bar line. */
  startMs: number;
  steps: number;
  /** What has been generated so far. */
  melody: number[];
  /** How many of its notes are planned. */
  planned: number;
  done: boolean;
}

type State = { params: Params; requests: number } & (
  | { phase: 'waiting' }
  | { phase: 'listening'; phrase: Phrase }
  | { phase: 'answering'; answer: Answer }
);
type Answering = State & { phase: 'answering' };

function step(state: State, event: ModeEvent, context: ModeContext): Step<State> {
  switch (event.type) {
    case 'noteOn':
    case 'noteOff':
      return played(state, event, context.nowMs);
    case 'control':
    case 'action':
    case 'pulse':
      return { state, effects: [] };
    case 'wake':
      return woken(state, context.nowMs);
    case 'generated': {
      if (state.phase !== 'answering' || state.answer.requestId !== event.requestId)
        return { state, effects: [] };
      const answer = {
        ...state.answer,
        melody: [...state.answer.melody, ...event.steps.map((each) => each.event)],
        done: event.done,
      };
      return planMore({ ...state, answer }, context.nowMs);
    }
    case 'generationFailed':
      if (state.phase !== 'answering' || state.answer.requestId !== event.requestId)
        return { state, effects: [] };
      return echoInstead(state, context.nowMs, `no answer could be generated (${event.reason})`);
    default:
      return event satisfies never;
  }
}

function played(state: State, event: ModeEvent & { type: 'noteOn' | 'noteOff' }, nowMs: number): Step<State> {
  if (state.phase === 'listening') return listen(state, hear(state.phrase, event));
  if (event.type === 'noteOff') return { state, effects: [] };
  if (state.phase === 'waiting')
    return listen(state, beginPhrase(event), [{ type: 'turn', turn: 'listening' }]);
  if (state.params.overlap) return { state, effects: [] };
  const { answer } = state;
  const effects: Effect[] = [
    { type: 'cancel', requestId: answer.requestId },
    { type: 'plan', fromMs: nowMs, notes: [], why: 'the visitor plays on' },
    { type: 'turn', turn: 'listening' },
  ];
  const goesOn = event.atMs < answer.startMs; // the pause was a breath, not the end
  return listen(state, goesOn ? hear(answer.phrase, event) : beginPhrase(event), effects);
}

/** The end of the call is waited for: a pause or a silent bar, or at the latest the longest call there is. */
function listen(state: State, phrase: Phrase, effects: Effect[] = []): Step<State> {
  const { params, requests } = state;
  return {
    state: { params, requests, phase: 'listening', phrase },
    effects: [...effects, { type: 'wake', atMs: endOfCallMs(phrase, params) }],
  };
}

function endOfCallMs(phrase: Phrase, params: Params): number {
  const grid = gridOfPhrase(phrase, params.tempoBpm, params.beatsPerBar);
  const longestMs = msOfStep(grid, MAX_BARS * stepsPerBar(grid));
  const pausedMs = phraseEndMs(phrase, PAUSE_MS);
  if (pausedMs === null) return longestMs;
  if (params.endOfCall === 'pause') return Math.min(pausedMs, longestMs);
  const silentFromMs = barLineFrom(grid, phrase.lastMs);
  return Math.min(silentFromMs + stepsPerBar(grid) * stepMs(grid) - LEAD_MS, longestMs);
}

function woken(state: State, nowMs: number): Step<State> {
  if (state.phase === 'listening')
    return nowMs >= endOfCallMs(state.phrase, state.params)
      ? askForAnswer(state, nowMs)
      : { state, effects: [] };
  if (state.phase === 'answering' && state.answer.done && nowMs >= endOfAnswerMs(state.answer)) {
    const { params, requests } = state;
    return { state: { params, requests, phase: 'waiting' }, effects: [{ type: 'turn', turn: 'visitor' }] };
  }
  return { state, effects: [] };
}

function askForAnswer(
  { params, requests, phrase }: State & { phase: 'listening' },
  nowMs: number,
): Step<State> {
  const call = callOf(phrase, params);
  const bars = params.responseBars === 'auto' ? call.bars : Number(params.responseBars);
  const answer: Answer = {
    requestId: requests + 1,
    phrase,
    call,
    startMs: barLineFrom(call.grid, nowMs + LEAD_MS),
    steps: bars * stepsPerBar(call.grid),
    melody: [],
    planned: 0,
    done: false,
  };
  return {
    state: { params, requests: requests + 1, phase: 'answering', answer },
    effects: [
      { type: 'turn', turn: 'machine' },
      {
        type: 'generate',
        requestId: answer.requestId,
        request: {
          prompt: call.prompt,
          steps: answer.steps,
          temperature: params.temperature,
          allowedPitches: call.allowedPitches,
          deadlineMs: answer.startMs - LEAD_MS,
        },
      },
    ],
  };
}

/** Plans every note whose end is known by now. */
function planMore(state: Answering, nowMs: number): Step<State> {
  const { answer } = state;
  const all = notesOfMelody(answer.melody, 0, 1);
  const ended = answer.done ? all : all.filter(({ endStep }) => endStep < answer.melody.length);
  if (answer.done && all.length === 0) return echoInstead(state, nowMs, 'the model answered with silence');
  return planNotes(
    state,
    ended.map((note) => ({ ...note, pitch: withinKeyboard(note.pitch - answer.call.shift) })),
    nowMs,
  );
}

/** The call itself, on the grid, in place of an answer. */
function echoInstead(state: Answering, nowMs: number, why: string): Step<State> {
  const { answer } = state;
  const steps = answer.call.bars * stepsPerBar(answer.call.grid);
  const line = answer.call.line.filter(({ startStep }) => startStep < steps);
  const echoed = planNotes({ ...state, answer: { ...answer, steps, planned: 0, done: true } }, line, nowMs);
  return {
    state: echoed.state,
    effects: [...echoed.effects, { type: 'notice', message: `${why}; the call was repeated instead` }],
  };
}

function planNotes(state: Answering, notes: StepNote[], nowMs: number): Step<State> {
  const { answer } = state;
  const fresh = notes.slice(answer.planned);
  const moved = inTime(answer, fresh[0], nowMs);
  const grid = { ...answer.call.grid, originMs: moved.startMs };
  const voiced = fresh.map(
    (note): VoicedNote => ({
      ...performed({ ...note, velocity: velocityLike(answer.call, note) }, grid),
      voice: 'melody',
    }),
  );
  const effects: Effect[] = [];
  if (moved.beats > 0)
    effects.push({ type: 'notice', message: `the answer came late and was moved by ${moved.beats} beats` });
  if (voiced[0])
    effects.push({ type: 'plan', fromMs: voiced[0].onsetMs, notes: voiced, why: 'an answer to the call' });
  const next = { ...answer, startMs: moved.startMs, planned: answer.planned + fresh.length };
  if (next.done) effects.push({ type: 'wake', atMs: endOfAnswerMs(next) });
  return { state: { ...state, answer: next }, effects };
}

/** The answer's start, moved by as many whole beats as its next note needs to be in time. */
function inTime(
  answer: Answer,
  first: StepNote | undefined,
  nowMs: number,
): { startMs: number; beats: number } {
  if (!first) return { startMs: answer.startMs, beats: 0 };
  const onsetMs = answer.startMs + first.startStep * stepMs(answer.call.grid);
  const beats = Math.max(0, Math.ceil((nowMs - onsetMs) / beatMs(answer.call.grid)));
  return { startMs: answer.startMs + beats * beatMs(answer.call.grid), beats };
}

function endOfAnswerMs({ startMs, steps, call }: Answer): number {
  return startMs + steps * stepMs(call.grid);
}

/** As loud as the call was at the same place in it. */
function velocityLike({ line, bars, grid }: Call, note: StepNote): number {
  const place = note.startStep % (bars * stepsPerBar(grid));
  const before = line.filter(({ startStep }) => startStep <= place).at(-1) ?? line[0];
  return before?.velocity ?? 80;
}

function withinKeyboard(pitch: number): number {
  if (pitch < 0) return withinKeyboard(pitch + 12);
  return pitch > 127 ? withinKeyboard(pitch - 12) : pitch;
}

export const callAndResponse: Mode<Params, State> = {
  title: 'Call and response',
  description: 'The visitor plays a phrase; the machine answers at the next bar line.',
  params: Params,
  role: 'melody',
  start: (params) => ({ params, requests: 0, phase: 'waiting' }),
  adjust: (state, params) => ({ ...state, params }),
  step,
};
