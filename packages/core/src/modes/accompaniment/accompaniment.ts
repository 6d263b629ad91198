/**
 * Chords and bass under what the visitor plays. At every 16th the model predicts how they go on and what goes with it, and a plan
 * is sent: its first beats are committed, the others provisional until the next one (after ReaLJam, Scarlatos et al. 2025, and
 * StreamMUSE). A station plays its plan by itself, so a gap in the network shorter than the lookahead is not heard.
 */
import { countedSteps, STEPS_PER_QUARTER, stepsPerBar } from '../../music/index.js';
import { spanFrom } from '../chord-spans.js';
import { beginHearing, closeSteps, hearKey, openStep, resumeHearing } from '../hearing.js';
import type { Mode } from '../mode.js';
import { type AlongState, type Around, type Playing, playingAlong } from '../playing-along.js';
import { gridFor } from '../time/params.js';
import { goingOn, isIn, isOn, otherBars } from '../time/retiming.js';
import { ask } from './asking.js';
import { harmonised, onFoundBeat } from './opening.js';
import { Params } from './params.js';
import { revise } from './revising.js';
import { forgetOldSteps, quietMs, type Song, soFar, songInMetre, spansOf } from './song.js';

/** The model is asked first so long before the machine joins in, in steps. */
const PREPARATION = 2 * STEPS_PER_QUARTER;

const playing: Playing<Params, Song> = {
  begin(event, { params, pulse }) {
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
    return { ...song, entryStep: spanFrom(params.listenBeats * countedSteps(grid), spansOf(song, params)) };
  },

  /** The first note after a pause is a bar line; what is left of the listening is still silent. */
  resume(song, event, { params, pulse }) {
    const silent = Math.max(0, song.entryStep - openStep(song.hearing));
    const grid = gridFor(pulse, params, event.atMs);
    const hearing = resumeHearing(song.hearing, grid);
    const committedStep = openStep(hearing);
    const { chords, bass } = soFar({ ...song, hearing, committedStep: 0 });
    const resumed = {
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
    return isIn(hearing.grid, params.metre) ? resumed : songInMetre(resumed, grid, params);
  },

  hear: (song, event) => ({
    ...song,
    hearing: hearKey(song.hearing, event),
    opening: song.opening && [...song.opening, event],
  }),

  tick(before, { nowMs, requestId, ...around }) {
    const { params } = around;
    const heard = { ...before, hearing: closeSteps(before.hearing, nowMs) };
    const song = forgetOldSteps(inTempo(heard, around, nowMs));
    const open = openStep(song.hearing);
    const isIn = open >= song.entryStep;
    const turn = isIn ? 'together' : 'listening';
    if (song.asked || open < song.entryStep - PREPARATION) return { part: song, turn, request: null };
    const asked = ask(isIn ? song : harmonised(song, params), around, requestId);
    return { part: asked.song, turn, request: asked.request };
  },

  take(song, { params, nowMs }) {
    const { fromMs, notes, ...revised } = revise(song, params, nowMs);
    if (revised.song === song) return { part: song, plan: null };
    const isSilent = notes.length === 0 && revised.song.committedStep <= revised.song.entryStep;
    return { part: revised.song, plan: isSilent ? null : { fromMs, notes } };
  },

  /** What is committed is still played. */
  quietMs,
  said: {
    plan: 'what goes with the visitor’s melody',
    failure: 'the accompaniment could not be planned',
  },
};

/** In the bars that are kept by now. On bar lines: while the machine listens what was heard is heard again on another beat, later the first beat that is not committed moves. */
function inTempo(song: Song, { params, pulse }: Around<Params>, nowMs: number): Song {
  const { hearing, opening } = song;
  const bars = otherBars(hearing.grid, { params, pulse, nowMs });
  if (bars && opening && pulse) return onFoundBeat({ ...song, opening }, { params, pulse, nowMs });
  if (bars) return songInMetre(song, bars, params);
  if (openStep(hearing) % stepsPerBar(hearing.grid) !== 0) return song;
  const isListening = openStep(hearing) < song.entryStep - STEPS_PER_QUARTER;
  const next = isListening ? song : { ...song, opening: null };
  if (opening && pulse && !isOn(hearing.grid, pulse))
    return { ...onFoundBeat({ ...song, opening }, { params, pulse, nowMs }), opening: next.opening };
  const step = Math.max(song.committedStep, openStep(hearing));
  return { ...next, hearing: { ...hearing, grid: goingOn(hearing.grid, { pulse, params, step }) } };
}

export const accompaniment: Mode<Params, AlongState<Params, Song>> = {
  title: 'Accompaniment',
  description: 'The visitor plays; the machine puts chords and a bass under it as they go.',
  params: Params,
  role: 'accompaniment',
  ...playingAlong(playing),
};
