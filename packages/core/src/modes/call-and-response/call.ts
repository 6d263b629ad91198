/** A finished call as a model is asked about it: quantised, in whole bars, moved by octaves to where models are at home. */
import {
  type Grid,
  type MelodyEvent,
  melodyOf,
  quantize,
  STEPS_PER_QUARTER,
  type StepNote,
  stepsPerBar,
  topLine,
} from '../../music/index.js';
import { MAX_BARS, notesOfPhrase, type Phrase } from '../phrase.js';
import { harmonyOf } from './harmony.js';
import type { Params } from './params.js';

/** The middle of a model's range, near which a call is moved. */
const HOME_PITCH = 66;
/** An answer may leave the call's range by this much, in semitones. */
const ROOM_BELOW = 5;
const ROOM_ABOVE = 7;
/** Without a call, the machine plays within an octave of home, in phrases of this length. */
const OWN_ROOM = 12;
const OWN_BARS = 4;

export interface Call {
  grid: Grid;
  /** The top line on the grid. */
  line: StepNote[];
  bars: number;
  /** Semitones, whole octaves, that were added for the model and are taken off its answer. */
  shift: number;
  prompt: MelodyEvent[];
  /** What an answer may use, as the model sees it. */
  allowedPitches: number[];
}

/** Of a phrase that has grown too long, the last bars are the call. */
export function callOf(phrase: Phrase, grid: Grid, { callBars }: Params): Call {
  const perBar = stepsPerBar(grid);
  const played = quantize(notesOfPhrase(phrase), grid);
  const lastStep = Math.max(1, ...topLine(played).map(({ endStep }) => endStep));
  const lastOnset = Math.max(0, ...played.map(({ startStep }) => startStep));
  const bars = callBars === 'auto' ? Math.min(MAX_BARS, Math.ceil(lastStep / perBar)) : Number(callBars);
  const skipped = Math.max(0, Math.floor(lastOnset / perBar) + 1 - bars) * perBar;
  const notes = played
    .map((note) => ({ ...note, startStep: note.startStep - skipped, endStep: note.endStep - skipped }))
    .filter(({ startStep }) => startStep >= 0);
  const line = topLine(notes);
  const pitches = line.map(({ pitch }) => pitch);
  if (pitches.length === 0) return { ...noCall(grid), bars };
  const middle = pitches.reduce((sum, pitch) => sum + pitch, 0) / pitches.length;
  const shift = 12 * Math.round((HOME_PITCH - middle) / 12);
  const room: [number, number] = [
    Math.min(...pitches) + shift - ROOM_BELOW,
    Math.max(...pitches) + shift + ROOM_ABOVE,
  ];
  return {
    grid,
    line,
    bars,
    shift,
    prompt: filled(melodyOfCall({ line, shift, bars, grid }), line),
    allowedPitches: pitchesBetween(room, harmonyOf(notes)),
  };
}

/** The call's own line, as the model sees it. */
export function melodyOfCall({
  line,
  shift,
  bars,
  grid,
}: Pick<Call, 'line' | 'shift' | 'bars' | 'grid'>): MelodyEvent[] {
  const shifted = line.map((note) => ({ ...note, pitch: note.pitch + shift }));
  return melodyOf(shifted, bars * stepsPerBar(grid));
}

/** What the machine goes on from when nobody has called. */
export function noCall(grid: Grid): Call {
  const room: [number, number] = [HOME_PITCH - OWN_ROOM, HOME_PITCH + OWN_ROOM];
  return { grid, line: [], bars: OWN_BARS, shift: 0, prompt: [], allowedPitches: pitchesBetween(room, null) };
}

/**
 * A call that is over in the first half of its bar is heard again and again until the bar is full: models go on from a silence with
 * silence.
 */
function filled(melody: MelodyEvent[], line: StepNote[]): MelodyEvent[] {
  const lastStep = Math.max(...line.map(({ endStep }) => endStep));
  let period = melody.length;
  while (lastStep <= period / 2 && period / 2 >= STEPS_PER_QUARTER && period % 2 === 0) period /= 2;
  return melody.map((_, step) => melody[step % period] as MelodyEvent);
}

function pitchesBetween([lowest, highest]: [number, number], classes: number[] | null): number[] {
  const fromPitch = Math.max(0, lowest);
  const pitches = Array.from({ length: Math.min(127, highest) - fromPitch + 1 }, (_, i) => fromPitch + i);
  return classes ? pitches.filter((pitch) => classes.includes(pitch % 12)) : pitches;
}
