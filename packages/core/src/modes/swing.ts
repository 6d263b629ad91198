/** Swing: the second eighth of a beat comes late, up to a triplet's two thirds. */
import { type Grid, msOfStep, STEPS_PER_QUARTER } from '../music/index.js';

const HALF = STEPS_PER_QUARTER / 2;
/** How much later the second eighth is with full swing, in steps. */
const TRIPLET = (2 / 3) * STEPS_PER_QUARTER - HALF;

/** Booth time of a step with `swing` between 0 (straight) and 1 (triplets). Beats stay where they are. */
export function swungMs(grid: Grid, step: number, swing: number): number {
  const beat = Math.floor(step / STEPS_PER_QUARTER) * STEPS_PER_QUARTER;
  const place = step - beat;
  const late = swing * TRIPLET;
  const swung = place <= HALF ? place * (1 + late / HALF) : HALF + late + (place - HALF) * (1 - late / HALF);
  return msOfStep(grid, beat + swung);
}
