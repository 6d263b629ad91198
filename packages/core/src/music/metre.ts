/** Musical time against the clock: bars, beats and 16th steps of a steady tempo. */
import { STEPS_PER_QUARTER } from './melody.js';

/** A steady pulse: bar lines fall on `originMs` and every bar after and before it. A beat is a quarter note. */
export interface Grid {
  originMs: number;
  tempoBpm: number;
  beatsPerBar: number;
}

export const beatMs = (grid: Grid): number => 60_000 / grid.tempoBpm;
export const stepMs = (grid: Grid): number => beatMs(grid) / STEPS_PER_QUARTER;
export const barMs = (grid: Grid): number => beatMs(grid) * grid.beatsPerBar;
export const stepsPerBar = (grid: Grid): number => grid.beatsPerBar * STEPS_PER_QUARTER;

/** Booth time of a step counted from the grid's origin; steps may be negative or fractional. */
export const msOfStep = (grid: Grid, step: number): number => grid.originMs + step * stepMs(grid);

/** The inverse of `msOfStep`; not rounded. */
export const stepOfMs = (grid: Grid, ms: number): number => (ms - grid.originMs) / stepMs(grid);

/** Bar lines that are computed differently are the same when they are closer than this. */
const EPSILON = 1e-6;

/** The first bar line at or after `ms`. */
export function barLineFrom(grid: Grid, ms: number): number {
  return grid.originMs + Math.ceil((ms - grid.originMs) / barMs(grid) - EPSILON) * barMs(grid);
}

/** The first beat at or after `ms`. */
export function beatFrom(grid: Grid, ms: number): number {
  return grid.originMs + Math.ceil((ms - grid.originMs) / beatMs(grid) - EPSILON) * beatMs(grid);
}
