/** The machine answers: asks a model, plans what comes of it while it is still coming, and makes do where nothing does. */
import {
  barLineFrom,
  countedSteps,
  type Grid,
  HIGHEST_KEY,
  LOWEST_KEY,
  msOfStep,
  notesOfMelody,
  performed,
  type StepNote,
  stepMs,
  stepOfMs,
  stepsPerBar,
  type VoicedNote,
} from '../../music/index.js';
import type { Effect, GeneratedStep, Step } from '../mode.js';
import type { Phrase } from '../phrase.js';
import { gridFor } from '../time/params.js';
import { isIn } from '../time/retiming.js';
import { type Call, callOf, melodyOfCall } from './call.js';
import { velocityAt } from './dynamics.js';
import { gridOf } from './listening.js';
import { AHEAD_MS, type Answer, answerBeatMs, answerEndMs, retireAnswer, type State } from './state.js';

/** A second try is bolder by this factor: a model that says little is often too sure of silence. */
const BOLDER = 1.25;
const HOTTEST = 2;
/** An answer with so few notes for each of the call's is sparse. */
const SPARSE = 1 / 3;

/** The call is over, and answered however short it is. */
export function answerCall(state: State, phrase: Phrase, nowMs: number): Step<State> {
  const grid = gridOf(state, phrase);
  const call = callOf(phrase, grid, state.params);
  const { responseBars } = state.params;
  const bars = responseBars === 'auto' ? call.bars : Number(responseBars);
  return begin({ ...state, phrase: null }, nowMs, { call, phrase, steps: bars * stepsPerBar(grid) });
}

/** A new answer from the first bar line at which it can sound, after the one that sounds. */
export function begin(
  state: State,
  nowMs: number,
  { phrase, steps, ...asked }: Pick<Answer, 'call' | 'phrase' | 'steps'>,
): Step<State> {
  const call = onTheBeat(state, asked.call, nowMs);
  return request(retireAnswer(state, nowMs), {
    requestId: 0,
    attempts: 0,
    call,
    phrase,
    startMs: startOf(state, call.grid, nowMs),
    steps,
    isPutOff: false,
    melody: [],
    notes: [],
    done: false,
  });
}

export function startOf({ answer }: State, grid: Grid, nowMs: number): number {
  return barLineFrom(grid, Math.max(nowMs + AHEAD_MS / 2, answer ? answerEndMs(answer) : 0));
}

/** The bar lines that are kept by now, under an answer that is to come. */
function onTheBeat({ pulse, params }: State, call: Call, nowMs: number): Call {
  return pulse ? { ...call, grid: gridFor(pulse, params, nowMs) } : call;
}

function request(state: State, answer: Answer): Step<State> {
  const requestId = state.requests + 1;
  const { call, attempts } = answer;
  const { style } = state.params;
  const temperature = Math.min(HOTTEST, state.params.temperature * BOLDER ** attempts);
  const asked = { ...answer, requestId, attempts: attempts + 1, melody: [], notes: [], done: false };
  return {
    state: { ...state, requests: requestId, answer: asked },
    effects: [
      {
        type: 'generate',
        requestId,
        request: {
          prompt: call.prompt,
          steps: answer.steps,
          temperature,
          allowedPitches: call.allowedPitches,
          deadlineMs: answer.startMs - AHEAD_MS / 2,
          stepMs: stepMs(call.grid),
          stepsPerBar: stepsPerBar(call.grid),
          ...(style !== 'any' && { style }),
        },
      },
    ],
  };
}

export function takeSteps(
  state: State,
  answer: Answer,
  { steps, done, nowMs }: { steps: GeneratedStep[]; done: boolean; nowMs: number },
): Step<State> {
  const melody = [...answer.melody, ...steps.map(({ event }) => event)];
  const heard = { ...answer, melody, done };
  if (!done) return planMore(state, heard, nowMs);
  const notes = notesOf(heard);
  if (notes.length >= fewestNotes(heard)) return planMore(state, heard, nowMs);
  if (answer.attempts === 1 && nowMs < (answer.notes[0]?.onsetMs ?? Number.POSITIVE_INFINITY))
    return askAgain(state, heard, notes.length);
  if (notes.length === 0) return repeatCall(state, heard, { why: 'the model answered with silence', nowMs });
  return planMore(state, heard, nowMs);
}

export function generationFailed(
  state: State,
  answer: Answer,
  { code, reason, nowMs }: { code: string; reason: string; nowMs: number },
): Step<State> {
  const why = `no answer could be generated (${reason})`;
  if (code === 'shed' && answer.notes.length === 0 && !answer.isPutOff)
    return putOff(state, answer, { why, nowMs });
  if (answer.notes.length === 0) return repeatCall(state, answer, { why, nowMs });
  const broken = planMore(state, { ...answer, steps: answer.melody.length, done: true }, nowMs);
  return {
    ...broken,
    effects: [...broken.effects, { type: 'notice', message: `${why}; it ends early` }],
  };
}

function askAgain(state: State, answer: Answer, found: number): Step<State> {
  const asked = request(state, answer);
  const effects: Effect[] = [
    { type: 'info', message: `the model answered with ${found} notes; it was asked again` },
  ];
  if (answer.notes.length > 0)
    effects.push({ type: 'plan', fromMs: answer.startMs, notes: [], why: 'a sparse answer is asked again' });
  return { state: asked.state, effects: [...effects, ...asked.effects] };
}

/** Once; a crowd that answers at the same bar line is over by the next one. */
function putOff(state: State, answer: Answer, { why, nowMs }: { why: string; nowMs: number }): Step<State> {
  const startMs = barLineFrom(answer.call.grid, Math.max(nowMs + AHEAD_MS / 2, answer.startMs + 1));
  const attempts = answer.attempts - 1;
  const asked = request(state, { ...answer, attempts, startMs, isPutOff: true });
  const notice: Effect = { type: 'notice', message: `${why}; it is asked for again, a bar later` };
  return { state: asked.state, effects: [notice, ...asked.effects] };
}

/** The call itself, on the grid, in place of an answer. */
function repeatCall(
  state: State,
  answer: Answer,
  { why, nowMs }: { why: string; nowMs: number },
): Step<State> {
  const melody = melodyOfCall(answer.call);
  const notice: Effect = { type: 'notice', message: `${why}; the call was repeated instead` };
  const repeated = planMore(state, { ...answer, melody, steps: melody.length, done: true }, nowMs);
  return { ...repeated, effects: [...repeated.effects, notice] };
}

/** Plays an answer once more after the one that sounds. */
export function playAgain(state: State, answer: Answer, nowMs: number): Step<State> {
  const call = onTheBeat(state, answer.call, nowMs);
  const startMs = startOf(state, call.grid, nowMs);
  return planMore(retireAnswer(state, nowMs), { ...answer, call, startMs, phrase: null, notes: [] }, nowMs);
}

/** The beat has moved: what has not sounded moves with it, at the same place in its bar. */
export function keepBeat(state: State, nowMs: number): Step<State> {
  const { answer, pulse, params } = state;
  if (!answer || !pulse) return { state, effects: [] };
  const grid = gridFor(pulse, params, nowMs);
  const playedSteps = (nowMs - answer.startMs) / stepMs(answer.call.grid);
  const startStep = stepOfMs(grid, nowMs) - playedSteps;
  const unit = isIn(answer.call.grid, params.metre) ? stepsPerBar(grid) : countedSteps(grid);
  const place = Math.round(stepOfMs(answer.call.grid, answer.startMs)) % unit; // beats by which it was late
  const startMs = msOfStep(grid, Math.round((startStep - place) / unit) * unit + place);
  const sounded = answer.notes.filter(({ onsetMs }) => onsetMs < nowMs);
  const moved = { ...answer, call: { ...answer.call, grid }, startMs };
  const rest = voiced(moved, notesOf(moved).slice(sounded.length, answer.notes.length));
  const ahead = rest.filter(({ onsetMs }) => onsetMs >= nowMs);
  const plan: Effect = { type: 'plan', fromMs: nowMs, notes: ahead, why: 'the beat has moved' };
  return {
    state: { ...state, answer: { ...moved, notes: [...sounded, ...rest] } },
    effects: rest.length === 0 ? [] : [plan],
  };
}

/** Plans every note whose end is known by now. What would be late is moved by whole beats with all that follows. */
function planMore(state: State, answer: Answer, nowMs: number): Step<State> {
  const fresh = notesOf(answer).slice(answer.notes.length);
  const beats = beatsLate(answer, fresh[0], nowMs);
  const startMs = answer.startMs + beats * answerBeatMs(answer);
  const notes = voiced({ ...answer, startMs }, fresh);
  const effects: Effect[] = [];
  if (beats > 0)
    effects.push({ type: 'notice', message: `the answer came late and was moved by ${beats} beats` });
  if (notes[0]) effects.push({ type: 'plan', fromMs: notes[0].onsetMs, notes, why: 'an answer to the call' });
  return {
    state: { ...state, answer: { ...answer, startMs, notes: [...answer.notes, ...notes] } },
    effects,
  };
}

/** The answer's notes that are whole, as the visitor hears them. */
function notesOf({ melody, steps, done, call }: Answer): StepNote[] {
  const longest = longestNote(call);
  return notesOfMelody(melody, 0, 1)
    .filter(({ endStep }) => done || endStep < melody.length)
    .map((note) => ({
      ...note,
      endStep: Math.min(note.endStep, note.startStep + longest),
      pitch: withinKeyboard(note.pitch - call.shift),
      velocity: velocityAt(call, note.startStep, steps),
    }));
}

/** A bar, or as long as the call's: a model that has no more to say holds its last note. */
function longestNote({ grid, line }: Call): number {
  return Math.max(stepsPerBar(grid), ...line.map(({ startStep, endStep }) => endStep - startStep));
}

function voiced({ call, startMs }: Answer, notes: StepNote[]): VoicedNote[] {
  const grid = { ...call.grid, originMs: startMs };
  return notes.map((note) => ({ ...performed(note, grid), voice: 'melody' }));
}

function beatsLate(answer: Answer, first: StepNote | undefined, nowMs: number): number {
  if (!first) return 0;
  const onsetMs = answer.startMs + first.startStep * stepMs(answer.call.grid);
  return Math.max(0, Math.ceil((nowMs - onsetMs) / answerBeatMs(answer)));
}

/** A third of the call's notes, for an answer of the call's length. */
function fewestNotes({ call, steps }: Answer): number {
  const callSteps = call.bars * stepsPerBar(call.grid);
  return Math.max(1, Math.ceil(((call.line.length * steps) / callSteps) * SPARSE));
}

function withinKeyboard(pitch: number): number {
  if (pitch < LOWEST_KEY) return withinKeyboard(pitch + 12);
  return pitch > HIGHEST_KEY ? withinKeyboard(pitch - 12) : pitch;
}
