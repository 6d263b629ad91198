/** A grid that goes on while the pulse moves, for modes that play through bar after bar. */
import { beatMs, type Grid, type Metre, metreOf, msOfStep, STEPS_PER_QUARTER } from '../../music/index.js';
import type { Pulse } from '../../timing/index.js';
import { gridFor, type TimeParams } from './params.js';

/** Tempi that are closer are the same. */
const SAME_BPM = 0.01;
/** Beats, likewise. */
const SAME_MS = 1;
/** Less than this early a beat is taken over as it is. */
const MOST_EARLIER_MS = 50;

/** A beat moves by less than this from one plan to the next; no two 16ths lie so close. */
const MOVED_MS = 30;

/** When a plan from `step` on begins: a little early, so that what the last one put there, on a beat that has moved since, is replaced. */
export function planFromMs(grid: Grid, step: number): number {
  return msOfStep(grid, step) - MOVED_MS;
}

/** The grid as it goes on from `step`: on the pulse, in the metre and with the swing that are set by now. */
export function goingOn(
  grid: Grid,
  { pulse, params, step }: { pulse: Pulse | null; params: TimeParams; step: number },
): Grid {
  const { originMs, tempoBpm } = grid;
  const swung = { originMs, tempoBpm, ...metreOf(params.metre, params.swing / 100) };
  return pulse && !isOn(swung, pulse) ? retimed(swung, pulse, step) : swung;
}

export function isIn(grid: Grid, metre: Metre): boolean {
  const { beatsPerBar, countedSteps } = metreOf(metre, 1 / 2);
  return grid.beatsPerBar === beatsPerBar && grid.countedSteps === countedSteps;
}

/** The bars that are kept by now, where they are not the grid's: of another metre, or on other beats where a band or a metronome is heard. */
export function otherBars(
  grid: Grid,
  { pulse, params, nowMs }: { pulse: Pulse | null; params: TimeParams; nowMs: number },
): Grid | null {
  const bars = gridFor(pulse, params, nowMs);
  if (!isIn(grid, params.metre)) return bars;
  const areHeard = params.tempo === 'booth' || params.metronome === 'on';
  if (!areHeard || !pulse || !isOn(grid, pulse)) return null;
  const beats = Math.round((bars.originMs - grid.originMs) / beatMs(grid));
  return beats % grid.beatsPerBar === 0 ? null : bars;
}

/** Whether the grid's beats are the pulse's. */
export function isOn(grid: Grid, { tempoBpm, originMs }: Pulse): boolean {
  const beats = (originMs - grid.originMs) / beatMs(grid);
  const offMs = Math.abs(beats - Math.round(beats)) * beatMs(grid);
  return Math.abs(grid.tempoBpm - tempoBpm) < SAME_BPM && offMs < SAME_MS;
}

/**
 * The grid on which the beat at or after `step` falls on a beat of the pulse: the nearest one that is hardly earlier, since what
 * comes before may be committed. Steps keep their numbers, bars their beats.
 */
function retimed(grid: Grid, pulse: Pulse, step: number): Grid {
  const beat = Math.ceil(step / STEPS_PER_QUARTER);
  const oldMs = msOfStep(grid, beat * STEPS_PER_QUARTER);
  const pulseMs = 60_000 / pulse.tempoBpm;
  const newMs = pulse.originMs + Math.ceil((oldMs - MOST_EARLIER_MS - pulse.originMs) / pulseMs) * pulseMs;
  return withStepAt({ ...grid, tempoBpm: pulse.tempoBpm }, beat * STEPS_PER_QUARTER, newMs);
}

/** The same grid with a step, which is on a beat, moved to `atMs`. */
export function withStepAt(grid: Grid, step: number, atMs: number): Grid {
  return { ...grid, originMs: atMs - (step / STEPS_PER_QUARTER) * beatMs(grid) };
}
