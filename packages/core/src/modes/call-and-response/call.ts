/** A finished call as a model is asked about it: quantised, in whole bars, moved by octaves to where models are at home. */
import {
  type Grid,
  type MelodyEvent,
  melodyOf,
  quantize,
  type StepNote,
  stepsPerBar,
  topLine,
} from '../../music/index.js';
import { gridOfPhrase, notesOfPhrase, type Phrase } from '../phrase.js';
import type { Params } from './params.js';

export const MAX_BARS = 8;
/** The middle of a model's range, near which a call is moved. */
const HOME_PITCH = 66;
/** An answer may leave the call's range by this much, in semitones. */
const ROOM_BELOW = 5;
const ROOM_ABOVE = 7;

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

export function callOf(phrase: Phrase, { tempoBpm, beatsPerBar }: Params): Call {
  const grid = gridOfPhrase(phrase, tempoBpm, beatsPerBar);
  const line = topLine(quantize(notesOfPhrase(phrase), grid));
  const pitches = line.map(({ pitch }) => pitch);
  const middle = pitches.reduce((sum, pitch) => sum + pitch, 0) / pitches.length;
  const shift = 12 * Math.round((HOME_PITCH - middle) / 12);
  const lastStep = line.at(-1)?.endStep ?? 1;
  const bars = Math.min(MAX_BARS, Math.max(1, Math.ceil(lastStep / stepsPerBar(grid))));
  const shifted = line.map((note) => ({ ...note, pitch: note.pitch + shift }));
  const lowest = Math.min(...pitches) + shift - ROOM_BELOW;
  const highest = Math.max(...pitches) + shift + ROOM_ABOVE;
  return {
    grid,
    line,
    bars,
    shift,
    prompt: melodyOf(shifted, bars * stepsPerBar(grid)),
    allowedPitches: Array.from({ length: highest - lowest + 1 }, (_, i) => lowest + i),
  };
}
