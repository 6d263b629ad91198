/** The bass beneath a pass: a beat at a time from the model that accompanies, or by rule where it fails. */
import {
  type ChordSymbol,
  HOLD,
  type MelodyEvent,
  msOfStep,
  NO_CHORD,
  OFF,
  STEPS_PER_QUARTER,
  soundingAfter,
  stepOfMs,
  stepsPerBar,
} from '../../music/index.js';
import { halfBarOf } from '../chord-spans.js';
import { LEAD_MS } from '../lead-time.js';
import type { Effect, ModeEvent, Step } from '../mode.js';
import { bassUnder, plainChord, unhurried } from '../plain-harmony.js';
import { gridOfPass, notesOfPass, type Pass } from './pass.js';
import type { Morphing, State } from './state.js';

/** The next beat, under all that comes before it. */
export function askBass(state: Morphing): Step<State> {
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
          deadlineMs: msOfStep(gridOfPass(pass), at) - LEAD_MS,
        },
      },
    ],
  };
}

export function takeBass(
  state: Morphing,
  { steps, done }: ModeEvent & { type: 'generated' },
  nowMs: number,
): Step<State> {
  const open = state.pass.events.length - state.pass.chords.length;
  const pass = steps
    .slice(0, open)
    .reduce((next, { chord = NO_CHORD, bass = HOLD }) => withBass(next, chord, bass), state.pass);
  if (!done) return { state: { ...state, pass }, effects: [] };
  if (pass.chords.length === pass.events.length) return finished({ ...state, pass }, nowMs);
  const asked = askBass({ ...state, pass });
  const isBar = pass.chords.length % stepsPerBar(pass.grid) === 0;
  return {
    state: asked.state,
    effects: [...(isBar ? replanned({ ...state, pass }, nowMs) : []), ...asked.effects],
  };
}

/** By rule, in half bars. */
export function plainBass(state: Morphing, nowMs: number, reason: string): Step<State> {
  let { pass } = state;
  const half = halfBarOf(pass.grid);
  for (let at = pass.chords.length; at < pass.events.length; at++) {
    const place = at % stepsPerBar(pass.grid);
    const from = at - (place % half);
    const before = soundingAfter(pass.events.slice(0, from)) ?? OFF;
    const chord = plainChord(pass.events.slice(from, from + half), pass.melody.key, before);
    const isStart = at === from;
    pass = withBass(pass, chord, isStart ? bassUnder(HOLD, { chord, isStart, sounding: null }) : HOLD);
  }
  const played = finished({ ...state, pass }, nowMs);
  const message = `no bass could be generated (${reason}); a plain one is played`;
  return { state: played.state, effects: [...played.effects, { type: 'notice', message }] };
}

function finished(state: Morphing, nowMs: number): Step<State> {
  const next = { ...state, pass: { ...state.pass, requestId: null } };
  return { state: next, effects: replanned(next, nowMs) };
}

/** One more step of chord and bass; the bass is kept under the chord from half bar to half bar. */
function withBass(pass: Pass, chord: ChordSymbol, event: MelodyEvent): Pass {
  const place = pass.chords.length % stepsPerBar(pass.grid);
  const isStart = place % halfBarOf(pass.grid) === 0;
  const said = isStart ? event : unhurried(event, pass.bass);
  const bass = bassUnder(said, { chord, isStart, sounding: soundingAfter(pass.bass) });
  return { ...pass, chords: [...pass.chords, chord], bass: [...pass.bass, bass] };
}

/** From the next beat on that can be reached. */
function replanned(state: Morphing, nowMs: number): Effect[] {
  const grid = gridOfPass(state.pass);
  const beat = Math.ceil(stepOfMs(grid, nowMs + LEAD_MS) / STEPS_PER_QUARTER) * STEPS_PER_QUARTER;
  return [planOf(state, msOfStep(grid, Math.max(0, beat)))];
}

export function planOf({ params, melodies, pass }: Morphing, fromMs: number): Effect {
  const notes = notesOfPass(pass, melodies.theme, { ...params, fromMs });
  return { type: 'plan', fromMs, notes, why: `pass ${pass.number} of the melody` };
}
