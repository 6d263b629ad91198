/** The machine's melody over the visitor's chords, so far and a little ahead. */
import {
  barMs,
  beatMs,
  type ChordSymbol,
  chordOf,
  HOLD,
  isInKey,
  keyOf,
  type MelodyEvent,
  msOfStep,
  NO_CHORD,
  notesOfMelody,
  OFF,
  STEPS_PER_QUARTER,
  stepMs,
  stepOfMs,
  stepsPerBar,
  type VoicedNote,
} from '../../music/index.js';
import {
  closeSteps,
  forget,
  type Hearing,
  handsOf,
  loudnessOf,
  openStep,
  stepsToForget,
} from '../hearing.js';
import type { GeneratedStep, ModeGenerationRequest } from '../mode.js';
import type { Params } from './params.js';
import { type Bounds, polish } from './polish.js';
import { primed } from './priming.js';
import { chordHeld, chordOn, expectedChords } from './progression.js';

export interface Solo {
  hearing: Hearing;
  /** The chord of each closed step, from the hearing's first on. */
  chords: ChordSymbol[];
  /** The melody of each step from the hearing's first on: the machine's, in traded bars the visitor's. */
  melody: MelodyEvent[];
  /** The chords that the melody was made for. */
  assumed: ChordSymbol[];
  /** Before this the machine is silent. */
  entryStep: number;
  asked: { requestId: number; fromStep: number; chords: ChordSymbol[]; steps: GeneratedStep[] } | null;
}

/** A plan reaches the station this long before its first note. */
const LEAD_MS = 60;
/** Left between asking and the first step that is asked for, in steps. */
const ROOM = 2;
/** More is asked for when less than this is left, in steps. */
const LEAST_AHEAD = 8;
/** The model is told of the melody in blocks of so many bars, of the last two. */
const PROMPT_BARS = 4;
const LOWEST = 60;
const HIGHEST_BOTTOM = 76;
const COMPASS = 19;
/** The longest note, in steps: chords go on. */
const LONGEST = 2 * STEPS_PER_QUARTER;
/** Onsets a beat with a density of 1, where the visitor plays once a beat. */
const MOST_ONSETS = 4;
/** Visitors who play less, or more, onsets a beat than these are answered as if they played so many. */
const LEAST_ACTIVE = 0.75;
const MOST_ACTIVE = 1.5;
const LATELY_BARS = 2;
const UNSTRESSED = 0.88;

/** Closes the steps that are over, with the chord of each. */
export function listen(solo: Solo, params: Params, nowMs: number): Solo {
  const hearing = closeSteps(solo.hearing, nowMs);
  const chords = [...solo.chords];
  const melody = [...solo.melody];
  for (let step = openStep(solo.hearing); step < openStep(hearing); step++) {
    chords.push(chordOfStep(hearing, chords.at(-1) ?? NO_CHORD));
    const place = step - hearing.firstStep;
    if (isTraded({ ...solo, hearing }, params, step)) melody[place] = hearing.melody[place] ?? HOLD;
    else melody[place] ??= step === solo.entryStep ? OFF : HOLD;
  }
  const heard = { ...solo, hearing, chords, melody };
  const steps = stepsToForget(hearing);
  if (steps === 0) return heard;
  return {
    ...heard,
    hearing: forget(hearing, steps),
    chords: chords.slice(steps),
    melody: melody.slice(steps),
    assumed: solo.assumed.slice(steps),
  };
}

/** Until a chord was played, the lowest key held has the one of the visitor's key that stands on it. */
function chordOfStep({ held, recent }: Hearing, before: ChordSymbol): ChordSymbol {
  const chord = chordHeld(held, before);
  if (chord !== NO_CHORD || held.length === 0) return chord;
  return chordOn(Math.min(...held), keyOf(recent.map(({ pitch }) => ({ pitch, weight: 1 }))));
}

/** The step from which more melody is wanted now; null where there is enough, and it fits the chords. */
export function stepWanted(solo: Solo, params: Params): number | null {
  const { hearing, melody, chords, assumed, entryStep } = solo;
  const open = openStep(hearing);
  const plannedStep = hearing.firstStep + melody.length;
  const soon = open + ROOM;
  const isMachines = (step: number) => step >= entryStep && !isTraded(solo, params, step);
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
  const allowed = allowedPitches(solo, ahead);
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
    },
  };
}

/** The melody with the model's answer, and the notes it comes to. What would come too late is left out. */
export function improvise(
  solo: Solo,
  params: Params,
  nowMs: number,
): { solo: Solo; fromMs: number; notes: VoicedNote[] } {
  const { asked, hearing } = solo;
  const { grid, firstStep } = hearing;
  if (!asked) return { solo, fromMs: nowMs, notes: [] };
  const events = asked.steps.map(({ event }) => event);
  const bounds = boundsOf(solo, params);
  const fitted = polish(events, asked.chords, { startStep: asked.fromStep, bounds });
  const fromStep = Math.max(asked.fromStep, Math.ceil(stepOfMs(grid, nowMs + LEAD_MS)));
  const endStep = asked.fromStep + events.length;
  const before = Array.from({ length: fromStep - firstStep }, (_, i) => solo.melody[i] ?? HOLD);
  const fresh = fitted.slice(fromStep - asked.fromStep);
  const untilStep = endOfPart(solo, params, { fromStep, endStep });
  const played = fresh.slice(0, Math.max(0, untilStep - fromStep));
  const velocity = loudnessOf(hearing) * params.loudness;
  const notes = notesOfMelody(played, fromStep, 1).map(({ pitch, startStep, endStep }): VoicedNote => {
    const onsetMs = msOfStep(grid, startStep);
    const lastStep = Math.min(endStep, startStep + LONGEST);
    const stress = startStep % STEPS_PER_QUARTER === 0 ? 1 : UNSTRESSED;
    return {
      pitch,
      velocity: Math.min(127, Math.max(1, Math.round(velocity * stress))),
      onsetMs,
      durationMs: msOfStep(grid, lastStep) - onsetMs,
      voice: 'melody',
    };
  });
  const assumedBefore = Array.from({ length: fromStep - firstStep }, (_, i) => solo.assumed[i] ?? NO_CHORD);
  return {
    solo: {
      ...solo,
      melody: [...before, ...played],
      assumed: [...assumedBefore, ...asked.chords.slice(fromStep - asked.fromStep)],
    },
    fromMs: msOfStep(grid, fromStep),
    notes,
  };
}

/** Whether the step lies in the visitor's bars. */
export function isTraded({ hearing, entryStep }: Solo, { tradeBars }: Params, step: number): boolean {
  if (tradeBars === 0 || step < entryStep) return false;
  const part = tradeBars * stepsPerBar(hearing.grid);
  return Math.floor((step - entryStep) / part) % 2 === 1;
}

function endOfPart(
  solo: Solo,
  params: Params,
  { fromStep, endStep }: { fromStep: number; endStep: number },
): number {
  for (let step = fromStep; step < endStep; step++) if (isTraded(solo, params, step)) return step;
  return endStep;
}

/** Over the visitor's hands where there is room, and as busy as they are. */
function boundsOf({ hearing }: Solo, { density }: Params): Bounds {
  const { grid, recent } = hearing;
  const eighths = recent
    .filter(({ atMs }) => atMs >= latelyMs(hearing))
    .map(({ atMs }) => Math.round((2 * atMs) / beatMs(grid)));
  const activity = new Set(eighths).size / (LATELY_BARS * grid.beatsPerBar);
  const onsetsPerBeat = MOST_ONSETS * density * Math.min(MOST_ACTIVE, Math.max(LEAST_ACTIVE, activity));
  const lowest = lowestOf(hearing);
  return { lowest, highest: lowest + COMPASS, onsetsPerBeat };
}

function lowestOf(hearing: Hearing): number {
  const highest = handsOf(hearing, latelyMs(hearing))?.highest ?? 0;
  return Math.min(HIGHEST_BOTTOM, Math.max(LOWEST, highest + 1));
}

function latelyMs({ grid, recent }: Hearing): number {
  return (recent.at(-1)?.atMs ?? 0) - LATELY_BARS * barMs(grid);
}

/** The scale of the visitor's key, and the tones of the chords to come. */
function allowedPitches(solo: Solo, chords: readonly ChordSymbol[]): number[] {
  const { hearing } = solo;
  const lowest = lowestOf(hearing);
  const key = keyOf(hearing.recent.map(({ pitch }) => ({ pitch, weight: 1 })));
  const tones = new Set(chords.flatMap((chord) => chordOf(chord)?.pitchClasses ?? []));
  return Array.from({ length: COMPASS + 1 }, (_, i) => lowest + i).filter(
    (pitch) => isInKey(pitch, key) || tones.has(pitch % 12),
  );
}
