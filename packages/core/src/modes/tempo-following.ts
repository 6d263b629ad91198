/** Which pulse a mode that plays along keeps: one from outside, the visitor's own, or a fixed one. */
import { beatMs, type Grid, msOfStep, STEPS_PER_QUARTER } from '../music/index.js';
import { type Pulse, SURE, trackBeat } from '../timing/index.js';
import type { Onset } from './hearing.js';

export interface TempoWish {
  tempo: 'fixed' | 'followed';
  tempoBpm: number;
}

/** Tempi that are closer are the same. */
const SAME_BPM = 0.01;
/** Beats, likewise. */
const SAME_MS = 1;
/** Less than this early a beat is taken over as it is. */
const MOST_EARLIER_MS = 50;

/** The grid of somebody who begins at `atMs`: their first note is a bar line, unless a pulse from outside says where bar lines are. */
export function gridFrom(
  atMs: number,
  { tempoBpm, beatsPerBar }: { tempoBpm: number; beatsPerBar: number },
  pulse: Pulse | null,
): Grid {
  if (!pulse) return { originMs: atMs, tempoBpm, beatsPerBar };
  const barMs = (60_000 / pulse.tempoBpm) * beatsPerBar;
  const bars = Math.floor((atMs - pulse.originMs) / barMs + 1 / (4 * beatsPerBar));
  return { originMs: pulse.originMs + bars * barMs, tempoBpm: pulse.tempoBpm, beatsPerBar };
}

/** The pulse to be kept from now on; null where the grid's own goes on. */
export function pulseWanted(
  grid: Grid,
  { tempo, tempoBpm }: TempoWish,
  { pulse, onsets }: { pulse: Pulse | null; onsets: readonly Onset[] },
): Pulse | null {
  if (pulse) return isOn(grid, pulse) ? null : pulse;
  if (tempo === 'followed') {
    const weighted = onsets.map(({ atMs, velocity }) => ({ atMs, weight: velocity }));
    const estimate = trackBeat(weighted, grid.tempoBpm);
    if (!estimate || estimate.confidence < SURE || isOn(grid, estimate.pulse)) return null;
    return estimate.pulse;
  }
  return Math.abs(grid.tempoBpm - tempoBpm) < SAME_BPM ? null : { tempoBpm, originMs: grid.originMs };
}

function isOn(grid: Grid, { tempoBpm, originMs }: Pulse): boolean {
  const beats = (originMs - grid.originMs) / beatMs(grid);
  const offMs = Math.abs(beats - Math.round(beats)) * beatMs(grid);
  return Math.abs(grid.tempoBpm - tempoBpm) < SAME_BPM && offMs < SAME_MS;
}

/**
 * The grid on which the beat at or after `step` falls on a beat of the pulse: the nearest one that is hardly earlier, since what
 * comes before may be committed. Steps keep their numbers, bars their beats.
 */
export function retimed(grid: Grid, pulse: Pulse, step: number): Grid {
  const beat = Math.ceil(step / STEPS_PER_QUARTER);
  const oldMs = msOfStep(grid, beat * STEPS_PER_QUARTER);
  const pulseMs = 60_000 / pulse.tempoBpm;
  const newMs = pulse.originMs + Math.ceil((oldMs - MOST_EARLIER_MS - pulse.originMs) / pulseMs) * pulseMs;
  const next = { ...grid, tempoBpm: pulse.tempoBpm };
  return { ...next, originMs: newMs - beat * beatMs(next) };
}
