/** Musical time against the clock: bars, beats and 16th steps of a steady tempo. */
import { z } from 'zod';
import { STEPS_PER_QUARTER } from './melody.js';

export const Metre = z.enum(['2/4', '3/4', '4/4', '6/8']);
export type Metre = z.infer<typeof Metre>;

/** So many quarters from where bars are counted, bars of every metre begin together. */
export const EVERY_METRE_BEATS = 12;

/** A steady pulse: bar lines fall on `originMs` and every bar after and before it. A beat is a quarter note. */
export interface Grid {
  originMs: number;
  tempoBpm: number;
  beatsPerBar: number;
  /** 16ths between the beats that are counted, where those are not quarters: 6 in 6/8. */
  countedSteps?: number;
  /** Where in its quarter the second eighth falls; even where it is left out, triplets at 2/3. */
  swing?: number;
}

/** What a grid takes from a metre; swing means nothing where eighths go in threes. */
export function metreOf(metre: Metre, swing: number): Pick<Grid, 'beatsPerBar' | 'countedSteps' | 'swing'> {
  return metre === '6/8' ? { beatsPerBar: 3, countedSteps: 6 } : { beatsPerBar: Number(metre[0]), swing };
}

export const beatMs = (grid: Grid): number => 60_000 / grid.tempoBpm;
export const stepMs = (grid: Grid): number => beatMs(grid) / STEPS_PER_QUARTER;
export const barMs = (grid: Grid): number => beatMs(grid) * grid.beatsPerBar;
export const stepsPerBar = (grid: Grid): number => grid.beatsPerBar * STEPS_PER_QUARTER;
export const countedSteps = (grid: Grid): number => grid.countedSteps ?? STEPS_PER_QUARTER;
/** From one beat that is counted to the next. */
export const countedMs = (grid: Grid): number => countedSteps(grid) * stepMs(grid);

/** How strong a step is in its bar: 0 a bar line, 1 a beat that is counted, 2 an eighth, 3 a 16th between. */
export function levelOf(grid: Grid, step: number): 0 | 1 | 2 | 3 {
  if (step % stepsPerBar(grid) === 0) return 0;
  if (step % countedSteps(grid) === 0) return 1;
  return step % 2 === 0 ? 2 : 3;
}

/** Booth time of a step counted from the grid's origin; steps may be negative or fractional. */
export function msOfStep(grid: Grid, step: number): number {
  const { swing = 1 / 2 } = grid;
  const beat = Math.floor(step / STEPS_PER_QUARTER);
  const eighths = (step - beat * STEPS_PER_QUARTER) / 2;
  const place = eighths < 1 ? eighths * swing : swing + (eighths - 1) * (1 - swing);
  return grid.originMs + (beat + place) * beatMs(grid);
}

/** The inverse of `msOfStep`; not rounded. */
export function stepOfMs(grid: Grid, ms: number): number {
  const { swing = 1 / 2 } = grid;
  const beats = (ms - grid.originMs) / beatMs(grid);
  const place = beats - Math.floor(beats);
  const eighths = place < swing ? place / swing : 1 + (place - swing) / (1 - swing);
  return (Math.floor(beats) + eighths / 2) * STEPS_PER_QUARTER;
}

/** In 16ths, beats or bars: more than the rounding of booth time, which is good to 0.0005 ms, can come to. */
export const TIME_EPSILON = 1e-4;

/** The first bar line at or after `ms`. */
export function barLineFrom(grid: Grid, ms: number): number {
  return grid.originMs + Math.ceil((ms - grid.originMs) / barMs(grid) - TIME_EPSILON) * barMs(grid);
}
