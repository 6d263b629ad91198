/**
 * Chords and bass under what the visitor plays. At every 16th the model predicts how they go on and what goes with it, and a plan
 * is sent: its first beats are committed, the others provisional until the next one (after ReaLJam, Scarlatos et al. 2025, and
 * StreamMUSE). A station plays its plan by itself, so a gap in the network shorter than the lookahead is not heard.
 */
import { beatMs, msOfStep, STEPS_PER_QUARTER, stepMs, stepsPerBar } from '../../music/index.js';
import type { Pulse } from '../../timing/index.js';
import { spanFrom } from '../chord-spans.js';
import {
  beginHearing,
  closeSteps,
  closingMs,
  hasStopped,
  hearKey,
  openStep,
  resumeHearing,
} from '../hearing.js';
import type { Effect, Mode, ModeContext, ModeEvent, Step } from '../mode.js';
import { gridFor } from '../time/params.js';
import { goingOn, isOn } from '../time/retiming.js';
import { onFoundBeat } from './opening.js';
import { Params } from './params.js';
import {
  forgetOldSteps,
  harmonised,
  quietMs,
  revise,
  type Song,
  soFar,
  spansOf,
  stepsAhead,
} from './song.js';

/** After a pause of so many beats somebody else may have sat down: the machine listens anew. */
const FORGET_BEATS = 32;
/** The model is asked first so long before the machine joins in, in steps. */
const PREPARATION = 2 * STEPS_PER_QUARTER;

type State = {
  params: Params;
  requests: number;
  /** From outside; null leaves the mode to its own. */
  pulse: Pulse | null;
  isMuted: boolean;
  /** The last request failed: the operator has been told. */
  isFailing: boolean;
} & ({ phase: 'waiting' } | { phase: 'playing'; song: Song } | { phase: 'resting'; song: Song });
type Playing = State & { phase: 'playing' };
type Resting = State & { phase: 'resting' };

function step(state: State, event: ModeEvent, { nowMs }: ModeContext): Step<State> {
  switch (event.type) {
    case 'noteOn':
    case 'noteOff':
      return played(state, event);
    case 'wake':
      return state.phase === 'playing' ? tick(state, nowMs) : { state, effects: [] };
    case 'generated': {
      if (state.phase !== 'playing' || state.song.asked?.requestId !== event.requestId)
        return { state, effects: [] };
      const { asked } = state.song;
      const song = { ...state.song, asked: { ...asked, steps: [...asked.steps, ...event.steps] } };
      return event.done ? plan({ ...state, song }, nowMs) : { state: { ...state, song }, effects: [] };
    }
    case 'generationFailed':
      if (state.phase !== 'playing' || state.song.asked?.requestId !== event.requestId)
        return { state, effects: [] };
      return {
        state: { ...state, isFailing: true, song: { ...state.song, asked: null } },
        effects: state.isFailing
          ? []
          : [{ type: 'notice', message: `the accompaniment could not be planned (${event.reason})` }],
      };
    case 'pulse':
      return { state: { ...state, pulse: event.pulse }, effects: [] };
    case 'action':
      return acted(state, event, nowMs);
    case 'control':
      return { state, effects: [] };
    default:
      return event satisfies never;
  }
}

function acted(state: State, { action }: ModeEvent & { type: 'action' }, nowMs: number): Step<State> {
  const silence: Effect = { type: 'plan', fromMs: nowMs, notes: [], why: `${action}` };
  if (action === 'mute') {
    const isMuted = !state.isMuted;
    const turned: Effect = { type: 'switch', action, on: isMuted };
    return { state: { ...state, isMuted }, effects: isMuted ? [silence, turned] : [turned] };
  }
  if (action !== 'clear') return { state, effects: [] };
  return {
    state: { ...withoutSong(state), phase: 'waiting' },
    effects: [...cancelled(state), silence, { type: 'turn', turn: 'visitor' }],
  };
}

function played(state: State, event: ModeEvent & { type: 'noteOn' | 'noteOff' }): Step<State> {
  if (state.phase === 'playing') {
    const { song } = state;
    const opening = song.opening && [...song.opening, event];
    const heard = { ...song, hearing: hearKey(song.hearing, event), opening };
    return { state: { ...state, song: heard }, effects: [] };
  }
  if (event.type === 'noteOff') return { state: released(state, event), effects: [] };
  const isNew =
    state.phase === 'waiting' ||
    event.atMs - state.song.hearing.lastMs > FORGET_BEATS * beatMs(state.song.hearing.grid);
  const song = isNew ? beginSong(state, event) : resumeSong(state, event);
  return {
    state: { ...withoutSong(state), phase: 'playing', song },
    effects: [
      { type: 'turn', turn: 'listening' },
      { type: 'wake', atMs: closingMs(song.hearing) },
    ],
  };
}

function released(state: State, event: ModeEvent & { type: 'noteOff' }): State {
  if (state.phase !== 'resting') return state;
  const held = state.song.hearing.held.filter((pitch) => pitch !== event.pitch);
  return { ...state, song: { ...state.song, hearing: { ...state.song.hearing, held } } };
}

function beginSong({ params, pulse }: State, event: ModeEvent & { type: 'noteOn' }): Song {
  const grid = gridFor(pulse, params, event.atMs);
  const song: Song = {
    hearing: hearKey(beginHearing(grid, event.atMs), event),
    chords: [],
    bass: [],
    committedStep: 0,
    committedMs: event.atMs,
    entryStep: 0,
    votes: [],
    voicing: [],
    opening: [event],
    asked: null,
  };
  return { ...song, entryStep: spanFrom(params.listenBeats * STEPS_PER_QUARTER, spansOf(song, params)) };
}

/** The first note after a pause is a bar line; what is left of the listening is still silent. */
function resumeSong({ params, pulse, song }: Resting, event: ModeEvent & { type: 'noteOn' }): Song {
  const silent = Math.max(0, song.entryStep - openStep(song.hearing));
  const hearing = resumeHearing(song.hearing, gridFor(pulse, params, event.atMs));
  const committedStep = openStep(hearing);
  const { chords, bass } = soFar({ ...song, hearing, committedStep: 0 });
  return {
    ...song,
    hearing: hearKey(hearing, event),
    chords,
    bass,
    committedStep,
    committedMs: Math.max(song.committedMs, event.atMs),
    entryStep: spanFrom(committedStep + silent, spansOf(song, params)),
    votes: [],
    opening: null,
    asked: null,
  };
}

/** Every 16th: what was played is heard, and the model asked how it goes on. */
function tick(state: Playing, nowMs: number): Step<State> {
  if (hasStopped(state.song.hearing, state.params.stopBeats, nowMs)) return stop(state);
  const heard = { ...state.song, hearing: closeSteps(state.song.hearing, nowMs) };
  const song = forgetOldSteps(inTempo(state, heard, nowMs));
  const dropped = song.asked === null ? cancelled(state) : [];
  const open = openStep(song.hearing);
  const isIn = open >= song.entryStep;
  const next: Effect[] = [
    { type: 'turn', turn: isIn ? 'together' : 'listening' },
    { type: 'wake', atMs: Math.max(nowMs, closingMs(song.hearing)) },
  ];
  if (song.asked || open < song.entryStep - PREPARATION) return { state: { ...state, song }, effects: next };
  const asked = ask({ ...state, song: isIn ? song : harmonised(song, state.params) });
  return { state: asked.state, effects: [...dropped, ...asked.effects, ...next] };
}

/** On bar lines: while the machine listens what was heard is heard again on another beat, later the first beat that is not committed moves. */
function inTempo({ params, pulse }: Playing, song: Song, nowMs: number): Song {
  const { hearing, opening } = song;
  if (openStep(hearing) % stepsPerBar(hearing.grid) !== 0) return song;
  const isListening = openStep(hearing) < song.entryStep - STEPS_PER_QUARTER;
  const next = isListening ? song : { ...song, opening: null };
  if (opening && pulse && !isOn(hearing.grid, pulse))
    return { ...onFoundBeat({ ...song, opening }, { params, pulse, nowMs }), opening: next.opening };
  const step = Math.max(song.committedStep, openStep(hearing));
  return { ...next, hearing: { ...hearing, grid: goingOn(hearing.grid, { pulse, params, step }) } };
}

function ask(state: Playing): Step<State> {
  const { song, params } = state;
  const { grid, melody } = song.hearing;
  const requestId = state.requests + 1;
  const steps = stepsAhead(song, params);
  const fromStep = openStep(song.hearing);
  return {
    state: { ...state, requests: requestId, song: { ...song, asked: { requestId, fromStep, steps: [] } } },
    effects: [
      {
        type: 'generate',
        requestId,
        request: {
          prompt: melody,
          ...soFar(song),
          steps,
          stepsPerBar: stepsPerBar(grid),
          temperature: params.temperature,
          allowedPitches: null,
          deadlineMs: msOfStep(grid, fromStep),
          stepMs: stepMs(grid) / steps,
        },
      },
    ],
  };
}

function plan(state: Playing, nowMs: number): Step<State> {
  const { song, fromMs, notes } = revise(state.song, state.params, nowMs);
  const next: Playing = { ...state, isFailing: false, song: { ...song, asked: null } };
  if (song === state.song || state.isMuted) return { state: next, effects: [] };
  const isSilent = notes.length === 0 && song.committedStep <= song.entryStep;
  return {
    state: next,
    effects: isSilent ? [] : [{ type: 'plan', fromMs, notes, why: 'what goes with the visitor’s melody' }],
  };
}

/** What is committed is still played. */
function stop(state: Playing): Step<State> {
  const song = { ...state.song, asked: null };
  return {
    state: { ...state, phase: 'resting', song },
    effects: [
      ...cancelled(state),
      { type: 'plan', fromMs: quietMs(song), notes: [], why: 'the visitor has stopped' },
      { type: 'turn', turn: 'visitor' },
    ],
  };
}

function cancelled(state: State): Effect[] {
  const asked = state.phase === 'playing' ? state.song.asked : null;
  return asked ? [{ type: 'cancel', requestId: asked.requestId }] : [];
}

function withoutSong({ params, requests, pulse, isMuted, isFailing }: State) {
  return { params, requests, pulse, isMuted, isFailing };
}

export const accompaniment: Mode<Params, State> = {
  title: 'Accompaniment',
  description: 'The visitor plays; the machine puts chords and a bass under it as they go.',
  params: Params,
  role: 'accompaniment',
  actions: ['mute', 'clear'],
  start: (params) => ({
    params,
    requests: 0,
    pulse: null,
    isMuted: false,
    isFailing: false,
    phase: 'waiting',
  }),
  adjust: (state, params) => ({ ...state, params }),
  step,
};
