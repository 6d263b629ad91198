/** The model's answer taken into the solo, and the notes that it comes to. */

import {
  HOLD,
  levelOf,
  msOfStep,
  NO_CHORD,
  notesOfMelody,
  STEPS_PER_QUARTER,
  stepOfMs,
  type VoicedNote,
} from '../../music/index.js';
import { loudnessOf } from '../hearing.js';
import { LEAD_MS } from '../lead-time.js';
import { planFromMs } from '../time/retiming.js';
import { allowedPitches, boundsOf } from './bounds.js';
import { filled } from './filling.js';
import type { Params } from './params.js';
import { polish } from './polish.js';
import { isTraded, type Solo } from './solo.js';

/** The longest note, in steps: chords go on. */
const LONGEST = 2 * STEPS_PER_QUARTER;
const UNSTRESSED = 0.88;
/** No note follows another so soon; on a beat that has moved since the last plan one could. */
const CLOSEST_MS = 55;

/** What would come too late is left out. */
export function improvise(
  solo: Solo,
  params: Params,
  nowMs: number,
): { solo: Solo; fromMs: number; notes: VoicedNote[] } {
  const { asked, hearing } = solo;
  const { grid, firstStep } = hearing;
  if (!asked) return { solo, fromMs: nowMs, notes: [] };
  const events = asked.steps.map(({ event }) => event);
  const bounds = boundsOf(hearing, params);
  const polished = polish(events, asked.chords, { startStep: asked.fromStep, grid, bounds });
  const fitted = filled(polished, asked.chords, {
    startStep: asked.fromStep,
    grid,
    onsetsPerBeat: bounds.onsetsPerBeat,
    allowed: allowedPitches(hearing, asked.chords),
    before: solo.melody.slice(0, asked.fromStep - firstStep).findLast((event) => event >= 0) ?? null,
  });
  const fromStep = Math.max(asked.fromStep, Math.ceil(stepOfMs(grid, nowMs + LEAD_MS)));
  const endStep = asked.fromStep + events.length;
  const before = Array.from({ length: fromStep - firstStep }, (_, i) => solo.melody[i] ?? HOLD);
  const fresh = fitted.slice(fromStep - asked.fromStep);
  const untilStep = endOfPart(solo, fromStep, endStep);
  const played = fresh.slice(0, Math.max(0, untilStep - fromStep));
  const velocity = loudnessOf(hearing) * params.loudness;
  const fromMs = Math.max(nowMs, planFromMs(grid, fromStep));
  const keptMs = solo.plannedMs.findLast((onsetMs) => onsetMs < fromMs);
  const improvised = notesOfMelody(played, fromStep, 1).map(({ pitch, startStep, endStep }): VoicedNote => {
    const onsetMs = msOfStep(grid, startStep);
    const lastStep = Math.min(endStep, startStep + LONGEST);
    const stress = levelOf(grid, startStep) <= 1 ? 1 : UNSTRESSED;
    return {
      pitch,
      velocity: Math.min(127, Math.max(1, Math.round(velocity * stress))),
      onsetMs,
      durationMs: msOfStep(grid, lastStep) - onsetMs,
      voice: 'melody',
    };
  });
  const notes = improvised.filter(({ onsetMs }) => keptMs === undefined || onsetMs - keptMs >= CLOSEST_MS);
  const assumedBefore = Array.from({ length: fromStep - firstStep }, (_, i) => solo.assumed[i] ?? NO_CHORD);
  return {
    solo: {
      ...solo,
      melody: [...before, ...played],
      assumed: [...assumedBefore, ...asked.chords.slice(fromStep - asked.fromStep)],
      plannedMs: [...(keptMs === undefined ? [] : [keptMs]), ...notes.map(({ onsetMs }) => onsetMs)],
    },
    fromMs,
    notes,
  };
}

function endOfPart(solo: Solo, fromStep: number, endStep: number): number {
  for (let step = fromStep; step < endStep; step++) if (isTraded(solo, step)) return step;
  return endStep;
}
