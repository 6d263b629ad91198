/** A visitor who is heard on in another metre: bars keep their numbers, so steps get others. */
import { type Grid, msOfStep, STEPS_PER_QUARTER, stepOfMs, stepsPerBar } from '../music/index.js';
import { forget, type Hearing } from './hearing.js';
import { withStepAt } from './time/retiming.js';

export interface Remetred {
  hearing: Hearing;
  /** Steps that were forgotten at the beginning, so that it is a bar line in the new metre, too. */
  forgotten: number;
  /** What is added to the number of every step. */
  shift: number;
}

/** In the grid's metre from its first bar line on; the tempo stays. */
export function inNewMetre(hearing: Hearing, grid: Grid): Remetred {
  const old = hearing.grid;
  const bar = stepsPerBar(grid);
  const step = Math.round(stepOfMs(old, grid.originMs) / STEPS_PER_QUARTER) * STEPS_PER_QUARTER;
  const newStep = Math.ceil(step / stepsPerBar(old)) * bar;
  const past = Math.max(0, step - hearing.firstStep);
  const forgotten = past - Math.floor(Math.min(past, newStep) / bar) * bar;
  const shift = newStep - step;
  const rest = forget(hearing, forgotten);
  return {
    hearing: {
      ...rest,
      firstStep: rest.firstStep + shift,
      grid: withStepAt({ ...grid, tempoBpm: old.tempoBpm }, newStep, msOfStep(old, step)),
    },
    forgotten,
    shift,
  };
}
