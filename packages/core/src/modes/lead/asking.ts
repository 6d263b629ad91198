/** When the machine wants more melody, and what the model is asked for it. */

import { HOLD, msOfStep, stepMs, stepsPerBar } from '../../music/index.js';
import { openStep } from '../hearing.js';
import { LEAD_MS } from '../lead-time.js';
import type { ModeGenerationRequest } from '../mode.js';
import { allowedPitches } from './bounds.js';
import type { Params } from './params.js';
import { primed } from './priming.js';
import { expectedChords } from './progression.js';
import { isTraded, type Solo } from './solo.js';

/** Left between asking and the first step that is asked for, in steps. */
const ROOM = 2;
/** More is asked for when less than this is left, in steps. */
const LEAST_AHEAD = 8;
/** The model is told of the melody in blocks of so many bars, of the last two. */
const PROMPT_BARS = 4;

/** The step from which more melody is wanted now; null where there is enough, and it fits the chords. */
export function stepWanted(solo: Solo): number | null {
  const { hearing, melody, chords, assumed, entryStep } = solo;
  const open = openStep(hearing);
  const plannedStep = hearing.firstStep + melody.length;
  const soon = open + ROOM;
  const isMachines = (step: number) => step >= entryStep && !isTraded(solo, step);
  const last = assumed[chords.length - 1];
  const isSurprised = last !== undefined && last !== chords.at(-1);
  if (isSurprised && plannedStep > soon && isMachines(soon)) return soon;
  const next = Math.max(plannedStep, soon);
  if (!isMachines(next)) return null;
  const isEntry = !isMachines(open);
  return next - open <= (isEntry ? ROOM : LEAST_AHEAD) ? next : null;
}

/** Asks the model for what comes from `fromStep` on, to the end of a bar. */
export function ask(
  solo: Solo,
  params: Params,
  { fromStep, requestId }: { fromStep: number; requestId: number },
): { solo: Solo; request: ModeGenerationRequest } {
  const { hearing, chords, melody } = solo;
  const bar = stepsPerBar(hearing.grid);
  const block = PROMPT_BARS * bar;
  const steps = Math.max(1, Math.ceil((fromStep + LEAST_AHEAD) / bar) * bar - fromStep);
  const startStep = Math.max(hearing.firstStep, (Math.floor(fromStep / block) - 1) * block);
  const start = startStep - hearing.firstStep;
  const end = fromStep - hearing.firstStep;
  const all = [...chords, ...expectedChords(chords, end + steps - chords.length, bar)];
  const ahead = all.slice(end);
  const allowed = allowedPitches(hearing, ahead);
  const known = Array.from({ length: end - start }, (_, i) => melody[start + i] ?? HOLD);
  return {
    solo: {
      ...solo,
      assumed: all.slice(0, end),
      asked: { requestId, fromStep, chords: ahead, steps: [] },
    },
    request: {
      prompt: primed(known, { chords: all.slice(start), allowed, bar }),
      chords: all.slice(start),
      steps,
      stepsPerBar: bar,
      temperature: params.temperature,
      allowedPitches: allowed,
      deadlineMs: msOfStep(hearing.grid, fromStep) - LEAD_MS,
      stepMs: stepMs(hearing.grid),
      ...(params.style !== 'any' && { style: params.style }),
    },
  };
}
