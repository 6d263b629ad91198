/**
 * The visitor plays a melody, and each pass brings it back changed, with a bass beneath. The melody is varied by rule, within a bound
 * on its distance (Mongeau and Sankoff 1990), or chosen among what a latent model finds between two; the bass comes beat by beat from the
 * model that accompanies, or by rule where it fails.
 */
import { barLineFrom, type KeyEvent, msOfStep, pedalHeld, stepsPerBar } from '../../music/index.js';
import { LEAD_MS } from '../lead-time.js';
import type { Effect, Mode, ModeContext, ModeEvent, Step } from '../mode.js';
import { beginPhrase, hear, MAX_BARS, type Phrase, phraseEndMs } from '../phrase.js';
import { gridFor } from '../time/params.js';
import { plainBass, takeBass } from './bass.js';
import { takeBetween, withoutBetween } from './latent.js';
import { Params } from './params.js';
import { beginPass, goOn } from './passing.js';
import { cancelled, common, type State } from './state.js';
import { type Theme, themeOf } from './theme.js';

/** The melody is over this long after the last key was released. */
const PAUSE_MS = 700;

function step(state: State, event: ModeEvent, context: ModeContext): Step<State> {
  const { nowMs } = context;
  switch (event.type) {
    case 'noteOn':
    case 'noteOff':
    case 'control':
      return played(state, event, nowMs);
    case 'wake':
      if (state.phase === 'morphing') return goOn(state, context);
      return state.phase === 'listening' && nowMs >= endOfPhraseMs(state.phrase, state)
        ? beginMorphing(state, state.phrase, context)
        : { state, effects: [] };
    case 'generated':
      if (state.phase !== 'morphing') return { state, effects: [] };
      if (state.pass.requestId === event.requestId) return takeBass(state, event, nowMs);
      return state.pass.between?.requestId === event.requestId
        ? takeBetween(state, state.pass.between, event)
        : { state, effects: [] };
    case 'generationFailed':
      if (state.phase !== 'morphing') return { state, effects: [] };
      if (state.pass.requestId === event.requestId) return plainBass(state, nowMs, event.reason);
      return state.pass.between?.requestId === event.requestId
        ? withoutBetween(state, event.reason)
        : { state, effects: [] };
    case 'pulse':
      return { state: { ...state, pulse: event.pulse }, effects: [] };
    case 'action':
      if (event.action === 'endCall' && state.phase === 'listening')
        return beginMorphing(state, state.phrase, context);
      if (event.action !== 'clear') return { state, effects: [] };
      return {
        state: { ...common(state), melodies: null, phase: 'waiting' },
        effects: [...silenced(state, nowMs, 'clear'), { type: 'turn', turn: 'visitor' }],
      };
    default:
      return event satisfies never;
  }
}

function played(before: State, event: KeyEvent, nowMs: number): Step<State> {
  const state = { ...before, pedal: pedalHeld(before.pedal, event) };
  if (state.phase === 'listening') return listen(state, hear(state.phrase, event));
  if (event.type !== 'noteOn') return { state, effects: [] };
  return listen(state, beginPhrase(event, state.pedal), [
    ...silenced(state, nowMs, 'the visitor plays'),
    { type: 'turn', turn: 'listening' },
  ]);
}

function silenced(state: State, nowMs: number, why: string): Effect[] {
  if (state.phase !== 'morphing') return [];
  return [...cancelled(state.pass), { type: 'plan', fromMs: nowMs, notes: [], why }];
}

function listen(state: State, phrase: Phrase, effects: Effect[] = []): Step<State> {
  const next: State = { ...common(state), phase: 'listening', phrase };
  return { state: next, effects: [...effects, { type: 'wake', atMs: endOfPhraseMs(phrase, next) }] };
}

function endOfPhraseMs(phrase: Phrase, { params, pulse }: State): number {
  const grid = gridFor(pulse, params, phrase.startMs);
  const longestMs = msOfStep(grid, MAX_BARS * stepsPerBar(grid));
  return Math.min(phraseEndMs(phrase, PAUSE_MS) ?? longestMs, longestMs);
}

function beginMorphing(state: State, phrase: Phrase, context: ModeContext): Step<State> {
  const grid = gridFor(state.pulse, state.params, phrase.startMs);
  const theme = themeOf(phrase, grid);
  const before = state.params.path === 'between' ? (state.melodies?.theme ?? null) : null;
  const startMs = barLineFrom(grid, context.nowMs + LEAD_MS);
  const begun = beginPass(
    { ...common(state), melodies: { theme, before } },
    { number: 1, grid, startMs, previous: null },
    context,
  );
  return { state: begun.state, effects: [{ type: 'turn', turn: 'machine' }, ...begun.effects] };
}

export const morphing: Mode<Params, State> = {
  title: 'Morphing',
  description: 'The visitor plays a melody; each pass brings it back changed, with a bass beneath.',
  params: Params,
  role: 'accompaniment',
  actions: ['endCall', 'clear'],
  start: (params, memory) => ({
    params,
    requests: 0,
    pulse: null,
    pedal: null,
    melodies: memory ? { theme: memory as Theme, before: null } : null,
    isModelLost: false,
    phase: 'waiting',
  }),
  adjust: (state, params) => ({ ...state, params }),
  step,
  isEndless: ({ phase, params }) => phase === 'morphing' && params.passes === 0,
  memory: ({ melodies }) => melodies?.theme ?? null,
};
