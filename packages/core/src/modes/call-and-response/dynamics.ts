/** How loud an answer is: the call's swell and its accents, at the same places. */
import { levelOf, STEPS_PER_QUARTER, stepsPerBar } from '../../music/index.js';
import type { Call } from './call.js';

const STANDARD_VELOCITY = 80;
/** How far bar lines, beats, eighths and the 16ths between them stand out by themselves. */
const NATURAL_ACCENTS = [6, 2, -2, -5];
/** As many notes of the call weigh as much as nature does. */
const NATURE_WEIGHT = 2;

/** The velocity of a note `startStep` steps into an answer of `steps`; a longer or shorter answer swells more slowly or faster. */
export function velocityAt(call: Call, startStep: number, steps: number): number {
  const callSteps = call.bars * stepsPerBar(call.grid);
  const swell = swellAt(call, (startStep / steps) * callSteps);
  const velocity = swell + accentOf(call, levelOf(call.grid, startStep));
  return Math.min(127, Math.max(1, Math.round(velocity)));
}

/** The call's velocities, smoothed over a beat to either side. */
function swellAt({ line }: Call, place: number): number {
  if (line.length === 0) return STANDARD_VELOCITY;
  const nearest = Math.min(...line.map(({ startStep }) => Math.abs(startStep - place)));
  let sum = 0;
  let total = 0;
  for (const { startStep, velocity } of line) {
    const weight = Math.exp((nearest ** 2 - (startStep - place) ** 2) / (2 * STEPS_PER_QUARTER ** 2));
    sum += weight * velocity;
    total += weight;
  }
  return sum / total;
}

function accentOf(call: Call, level: number): number {
  const alike = call.line.filter(({ startStep }) => levelOf(call.grid, startStep) === level);
  const above = alike.reduce((sum, note) => sum + note.velocity - swellAt(call, note.startStep), 0);
  return (above + NATURE_WEIGHT * (NATURAL_ACCENTS[level] as number)) / (alike.length + NATURE_WEIGHT);
}
