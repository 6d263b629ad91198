/**
 * The visitor plays a melody, and each pass brings it back changed, with a bass beneath. The melody is varied by rule, within a bound
 * on its distance (Mongeau and Sankoff 1990); the bass comes beat by beat from the model that accompanies, or by rule where it fails.
 */
import {
  barLineFrom,
  type ChordSymbol,
  type Grid,
  HOLD,
  type KeyedMelody,
  lengthOf,
  type MelodyEvent,
  melodyOf,
  msOfStep,
  NO_CHORD,
  notesOfMelody,
  OFF,
  performed,
  relativeDistance,
  STEPS_PER_QUARTER,
  soundingAfter,
  stepOfMs,
  stepsPerBar,
  type VoicedNote,
} from '../../music/index.js';
import type { Pulse } from '../../timing/index.js';
import type { Effect, Mode, ModeContext, ModeEvent, Step } from '../mode.js';
import { beginPhrase, hear, type Phrase, phraseEndMs } from '../phrase.js';
import { bassUnder, plainChord } from '../plain-harmony.js';
import { gridFor } from '../time/params.js';
import { goingOn } from '../time/retiming.js';
import { between } from './between.js';
import { Params } from './params.js';
import { inWholeBars, lineOf, MAX_BARS, type Theme, themeOf } from './theme.js';
import { vary } from './vary.js';

/** The melody is over this long after the last key was released. */
const PAUSE_MS = 700;
/** A plan is sent this long before its first note, so that it is there in time. */
const LEAD_MS = 60;
/** Passes from one melody to the other where there is no end to them. */
const ENDLESS_WAY = 8;

/** The melody once more. */
export interface Pass {
  /** From 1 on. */
  number: number;
  grid: Grid;
  /** Booth time of its first bar line. */
  startMs: number;
  melody: KeyedMelody;
  events: MelodyEvent[];
  chords: ChordSymbol[];
  bass: MelodyEvent[];
  /** The request for the next beat of the bass. */
  requestId: number | null;
}

export interface Melodies {
  /** What is varied, and what it came from where the way leads from one to the other. */
  theme: Theme;
  before: Theme | null;
}

type State = { params: Params; requests: number; pulse: Pulse | null; melodies: Melodies | null } & (
  | { phase: 'waiting' }
  | { phase: 'listening'; phrase: Phrase }
  | { phase: 'morphing'; melodies: Melodies; pass: Pass }
);
type Morphing = State & { phase: 'morphing' };

function step(state: State, event: ModeEvent, { nowMs, random }: ModeContext): Step<State> {
  switch (event.type) {
    case 'noteOn':
    case 'noteOff':
      return played(state, event, nowMs);
    case 'wake':
      if (state.phase === 'listening')
        return nowMs >= endOfPhraseMs(state.phrase, state)
          ? beginMorphing(state, state.phrase, { nowMs, random })
          : { state, effects: [] };
      return state.phase === 'morphing' ? goOn(state, { nowMs, random }) : { state, effects: [] };
    case 'generated': {
      if (state.phase !== 'morphing' || state.pass.requestId !== event.requestId)
        return { state, effects: [] };
      const { pass } = state;
      const open = pass.events.length - pass.chords.length;
      const steps = event.steps.slice(0, open);
      const heard = steps.reduce(
        (next, { chord = NO_CHORD, bass = HOLD }) => withBass(next, chord, bass),
        pass,
      );
      return event.done
        ? moreBass({ ...state, pass: heard }, nowMs)
        : { state: { ...state, pass: heard }, effects: [] };
    }
    case 'generationFailed':
      if (state.phase !== 'morphing' || state.pass.requestId !== event.requestId)
        return { state, effects: [] };
      return plainBass(state, nowMs, event.reason);
    case 'pulse':
      return { state: { ...state, pulse: event.pulse }, effects: [] };
    case 'action':
      if (event.action === 'endCall' && state.phase === 'listening')
        return beginMorphing(state, state.phrase, { nowMs, random });
      if (event.action !== 'clear') return { state, effects: [] };
      return {
        state: { ...common(state), melodies: null, phase: 'waiting' },
        effects: [...silenced(state, nowMs, 'clear'), { type: 'turn', turn: 'visitor' }],
      };
    case 'control':
      return { state, effects: [] };
    default:
      return event satisfies never;
  }
}

function common({ params, requests, pulse, melodies }: State) {
  return { params, requests, pulse, melodies };
}

function played(state: State, event: ModeEvent & { type: 'noteOn' | 'noteOff' }, nowMs: number): Step<State> {
  if (state.phase === 'listening') return listen(state, hear(state.phrase, event));
  if (event.type === 'noteOff') return { state, effects: [] };
  return listen(state, beginPhrase(event), [
    ...silenced(state, nowMs, 'the visitor plays'),
    { type: 'turn', turn: 'listening' },
  ]);
}

function silenced(state: State, nowMs: number, why: string): Effect[] {
  if (state.phase !== 'morphing') return [];
  const { requestId } = state.pass;
  return [
    ...(requestId === null ? [] : [{ type: 'cancel', requestId } as const]),
    { type: 'plan', fromMs: nowMs, notes: [], why },
  ];
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
  const melodies = { theme, before };
  const startMs = barLineFrom(grid, context.nowMs + LEAD_MS);
  const from = { ...common(state), melodies };
  const begun = beginPass(from, { number: 1, grid, startMs, previous: null }, context);
  return { state: begun.state, effects: [{ type: 'turn', turn: 'machine' }, ...begun.effects] };
}

/** The pass is planned as a melody; its bass follows beat by beat. */
function beginPass(
  state: Omit<Morphing, 'phase' | 'pass'>,
  { number, grid, startMs, previous }: Pick<Pass, 'number' | 'grid' | 'startMs'> & { previous: Pass | null },
  { nowMs, random }: ModeContext,
): Step<State> {
  const { params, melodies } = state;
  const varied = nextMelody({ params, melodies, previous, number }, { grid, random });
  const sounds = inWholeBars(varied.melody.sounds, stepsPerBar(grid));
  const pass: Pass = {
    number,
    grid,
    startMs,
    melody: { ...varied.melody, sounds },
    events: melodyOf(
      lineOf(sounds, () => 1),
      lengthOf(sounds),
    ),
    chords: [],
    bass: [],
    requestId: null,
  };
  const next: Morphing = { ...state, phase: 'morphing', pass };
  const bass = params.bassLoudness > 0 ? askBass(next) : { state: next, effects: [] };
  return {
    state: bass.state,
    effects: [
      planOf(next, Math.max(startMs, nowMs)),
      { type: 'notice', message: `pass ${number}: ${varied.said}` },
      ...bass.effects,
      { type: 'wake', atMs: Math.max(nowMs, endMs(pass) - preparationMs(pass)) },
    ],
  };
}

function nextMelody(
  {
    params,
    melodies,
    previous,
    number,
  }: Pick<Morphing, 'params' | 'melodies'> & { previous: Pass | null; number: number },
  { grid, random }: { grid: Grid; random: () => number },
): { melody: KeyedMelody; said: string } {
  const { theme, before } = melodies;
  const atMost = 1 - params.closeness;
  const options = { atMost, strengths: params, stepsPerBar: stepsPerBar(grid), random };
  if (before) {
    const share = Math.min(1, number / (params.passes || ENDLESS_WAY));
    const melody = between(before, theme, share);
    return {
      melody,
      said: `${percent(share)} of the way, ${percent(relativeDistance(theme, melody))} from the new melody`,
    };
  }
  const from = params.path === 'drift' && previous ? previous.melody : theme;
  const { sounds, distance } = vary(from, { ...options, reference: from });
  const melody = { sounds, key: theme.key };
  if (from === theme)
    return { melody, said: `${percent(distance)} from the melody, at most ${percent(atMost)}` };
  const away = relativeDistance(theme, melody);
  return { melody, said: `${percent(distance)} from the last pass, ${percent(away)} from the melody` };
}

const percent = (share: number) => `${Math.round(100 * share)} %`;

/** The next beat of the bass, under all that comes before it. */
function askBass(state: Morphing): Step<State> {
  const { pass, params } = state;
  const requestId = state.requests + 1;
  const at = pass.chords.length;
  const first = plainChord(pass.events.slice(0, STEPS_PER_QUARTER), pass.melody.key);
  const bass = bassUnder(HOLD, { chord: first, isStart: true, sounding: null });
  const steps = Math.min(STEPS_PER_QUARTER, pass.events.length - at);
  return {
    state: { ...state, requests: requestId, pass: { ...pass, requestId } },
    effects: [
      {
        type: 'generate',
        requestId,
        request: {
          role: 'accompaniment',
          prompt: pass.events.slice(0, at),
          steps,
          stepsPerBar: stepsPerBar(pass.grid),
          chords: at === 0 ? Array(steps).fill(first) : pass.chords,
          bass: at === 0 ? [bass] : pass.bass,
          temperature: params.temperature,
          allowedPitches: null,
          deadlineMs: msOfStep({ ...pass.grid, originMs: pass.startMs }, at) - LEAD_MS,
        },
      },
    ],
  };
}

function moreBass(state: Morphing, nowMs: number): Step<State> {
  const { pass } = state;
  if (pass.chords.length < pass.events.length) {
    const asked = askBass(state);
    const isBar = pass.chords.length % stepsPerBar(pass.grid) === 0;
    return { state: asked.state, effects: [...(isBar ? replanned(state, nowMs) : []), ...asked.effects] };
  }
  return { state: { ...state, pass: { ...pass, requestId: null } }, effects: replanned(state, nowMs) };
}

/** By rule, in half bars. */
function plainBass(state: Morphing, nowMs: number, reason: string): Step<State> {
  let { pass } = state;
  const half = halfBar(pass.grid);
  for (let at = pass.chords.length; at < pass.events.length; at++) {
    const place = at % stepsPerBar(pass.grid);
    const from = at - (place % half);
    const before = soundingAfter(pass.events.slice(0, from)) ?? OFF;
    const chord = plainChord(pass.events.slice(from, from + half), pass.melody.key, before);
    const isStart = at === from;
    pass = withBass(pass, chord, isStart ? bassUnder(HOLD, { chord, isStart, sounding: null }) : HOLD);
  }
  const next = { ...state, pass: { ...pass, requestId: null } };
  const message = `no bass could be generated (${reason}); a plain one is played`;
  return { state: next, effects: [...replanned(next, nowMs), { type: 'notice', message }] };
}

/** One more step of chord and bass; the bass is kept under the chord from half bar to half bar. */
function withBass(pass: Pass, chord: ChordSymbol, event: MelodyEvent): Pass {
  const place = pass.chords.length % stepsPerBar(pass.grid);
  const isStart = place % halfBar(pass.grid) === 0;
  const bass = bassUnder(event, { chord, isStart, sounding: soundingAfter(pass.bass) });
  return { ...pass, chords: [...pass.chords, chord], bass: [...pass.bass, bass] };
}

const halfBar = ({ beatsPerBar }: Grid): number => Math.ceil(beatsPerBar / 2) * STEPS_PER_QUARTER;

/** From the next beat on that can be reached. */
function replanned(state: Morphing, nowMs: number): Effect[] {
  const { pass } = state;
  const grid = { ...pass.grid, originMs: pass.startMs };
  const beat = Math.ceil(stepOfMs(grid, nowMs + LEAD_MS) / STEPS_PER_QUARTER) * STEPS_PER_QUARTER;
  return [planOf(state, msOfStep(grid, Math.max(0, beat)))];
}

function planOf({ params, melodies, pass }: Morphing, fromMs: number): Effect & { type: 'plan' } {
  const grid = { ...pass.grid, originMs: pass.startMs };
  const { velocities } = melodies.theme;
  const velocityAt = (step: number) =>
    (velocities.findLast((each) => each.step <= step) ?? velocities[0])?.velocity ?? 80;
  const softer = (velocity: number) => Math.min(127, Math.max(1, Math.round(velocity * params.bassLoudness)));
  const melody = lineOf(pass.melody.sounds, velocityAt).map(
    (note): VoicedNote => ({ ...performed(note, grid), voice: 'melody' }),
  );
  const bass = notesOfMelody(pass.bass, 0, 1).map(
    (note): VoicedNote => ({
      ...performed({ ...note, velocity: softer(velocityAt(note.startStep)) }, grid),
      voice: 'bass',
    }),
  );
  const notes = [...melody, ...bass]
    .filter(({ onsetMs }) => onsetMs >= fromMs)
    .sort((a, b) => a.onsetMs - b.onsetMs || a.pitch - b.pitch);
  return { type: 'plan', fromMs, notes, why: `pass ${pass.number} of the melody` };
}

function goOn(state: Morphing, context: ModeContext): Step<State> {
  const { pass, params } = state;
  if (context.nowMs < endMs(pass) - preparationMs(pass)) return { state, effects: [] };
  if (params.passes === 0 || pass.number < params.passes) {
    const { requestId } = pass;
    const grid = nextGrid(state);
    const begun = beginPass(
      { ...common(state), melodies: state.melodies },
      { number: pass.number + 1, grid, startMs: grid.originMs, previous: pass },
      context,
    );
    const dropped: Effect[] = requestId === null ? [] : [{ type: 'cancel', requestId }];
    return { state: begun.state, effects: [...dropped, ...begun.effects] };
  }
  if (context.nowMs < endMs(pass)) return { state, effects: [{ type: 'wake', atMs: endMs(pass) }] };
  return {
    state: { ...common(state), phase: 'waiting' },
    effects: [
      ...(pass.requestId === null ? [] : [{ type: 'cancel', requestId: pass.requestId } as const]),
      { type: 'turn', turn: 'visitor' },
    ],
  };
}

/** From where the pass ends, on the beat that is kept by then. */
function nextGrid({ pass, pulse, params }: Morphing): Grid {
  return goingOn({ ...pass.grid, originMs: endMs(pass) }, { pulse, params, step: 0 });
}

function endMs({ grid, startMs, events }: Pass): number {
  return startMs + msOfStep(grid, events.length) - grid.originMs;
}

/** The next pass is made ready while the last bar of this one is played. */
function preparationMs({ grid }: Pass): number {
  return msOfStep(grid, stepsPerBar(grid)) - grid.originMs;
}

export const morphing: Mode<Params, State> = {
  title: 'Morphing',
  description: 'The visitor plays a melody; each pass brings it back changed, with a bass beneath.',
  params: Params,
  role: 'accompaniment',
  actions: ['endCall', 'clear'],
  start: (params) => ({ params, requests: 0, pulse: null, melodies: null, phase: 'waiting' }),
  adjust: (state, params) => ({ ...state, params }),
  step,
  isEndless: ({ phase, params }) => phase === 'morphing' && params.passes === 0,
};
