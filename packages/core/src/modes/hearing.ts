/** A visitor heard step by step on a grid that runs on: each 16th is closed once, half a step after it began, and never changes again. */
import {
  barMs,
  countedMs,
  type Grid,
  HOLD,
  type KeyEvent,
  type MelodyEvent,
  msOfStep,
  OFF,
  pedalAfter,
  stepOfMs,
  stepsPerBar,
  TIME_EPSILON,
} from '../music/index.js';
import { withStepAt } from './time/retiming.js';

export interface Hearing {
  grid: Grid;
  /** The top line of the closed steps, from `firstStep` on, which is a bar line. */
  melody: MelodyEvent[];
  firstStep: number;
  /** What the melody sounds after its last event. */
  sounding: number | null;
  /** Keys that are down. */
  held: number[];
  /** Whether the sustain pedal is, and the keys that were let go and sound on under it. */
  pedal: boolean;
  sustained: number[];
  /** Presses that no closed step holds yet. */
  open: Onset[];
  /** The latest presses. */
  recent: Onset[];
  /** When a note was last begun or let go. */
  lastMs: number;
}

export interface Onset {
  pitch: number;
  velocity: number;
  atMs: number;
}

/** A lower key pressed this far below one that is down belongs to the other hand (semitones). */
const OTHER_HAND = 9;
const MOST_RECENT = 48;
/** Steps at which the prompt is cut: seldom, so that a model which has heard it goes on from where it was. */
const BLOCK_STEPS = 256;
/** A key that stays down for so many bars is not played any more. */
const HELD_BARS = 8;

export function beginHearing(grid: Grid, atMs: number): Hearing {
  return {
    grid,
    melody: [],
    firstStep: 0,
    sounding: null,
    held: [],
    pedal: false,
    sustained: [],
    open: [],
    recent: [],
    lastMs: atMs,
  };
}

export function hearKey(hearing: Hearing, event: KeyEvent): Hearing {
  const lastMs = Math.max(hearing.lastMs, event.atMs);
  if (event.type === 'control') {
    const pedal = pedalAfter(event) ?? hearing.pedal;
    const isLetGo = !pedal && hearing.sustained.length > 0;
    return isLetGo ? { ...hearing, pedal, sustained: [], lastMs } : { ...hearing, pedal };
  }
  const held = hearing.held.filter((pitch) => pitch !== event.pitch);
  const sustained = hearing.sustained.filter((pitch) => pitch !== event.pitch);
  if (event.type === 'noteOff') {
    const isSustained = hearing.pedal && soundingKeys(hearing).includes(event.pitch);
    return { ...hearing, held, sustained: isSustained ? [...sustained, event.pitch] : sustained, lastMs };
  }
  const onset = { pitch: event.pitch, velocity: event.velocity, atMs: event.atMs };
  return {
    ...hearing,
    held: [...held, event.pitch],
    sustained,
    open: [...hearing.open, onset],
    recent: [...hearing.recent, onset].slice(-MOST_RECENT),
    lastMs,
  };
}

/** Keys that sound: they are down, or the pedal holds them. */
export function soundingKeys({ held, sustained }: Hearing): number[] {
  return [...held, ...sustained];
}

/** The first step that is still open. */
export function openStep({ firstStep, melody }: Hearing): number {
  return firstStep + melody.length;
}

/** When the open step can be closed. */
export function closingMs(hearing: Hearing): number {
  return msOfStep(hearing.grid, openStep(hearing) + 0.5);
}

/** Closes every step that is over at `nowMs`; a press that came too late for its step counts for the next. */
export function closeSteps(hearing: Hearing, nowMs: number): Hearing {
  const { grid } = hearing;
  const endStep = Math.floor(stepOfMs(grid, nowMs) + 0.5 + TIME_EPSILON);
  const melody = [...hearing.melody];
  let { sounding, open } = hearing;
  for (let step = openStep(hearing); step < endStep; step++) {
    const begun = open.filter(({ atMs }) => Math.round(stepOfMs(grid, atMs)) <= step);
    open = open.filter((onset) => !begun.includes(onset));
    const top = begun.length > 0 ? Math.max(...begun.map(({ pitch }) => pitch)) : null;
    const isHeld = sounding !== null && hearing.held.includes(sounding);
    const isSounding = sounding !== null && soundingKeys(hearing).includes(sounding);
    if (top !== null && !(isHeld && (sounding as number) - top > OTHER_HAND)) {
      melody.push(top);
      sounding = top;
    } else if (sounding !== null && !isSounding) {
      melody.push(OFF);
      sounding = null;
    } else melody.push(HOLD);
  }
  return { ...hearing, melody, sounding, open };
}

/** How many steps lie before what a model is still told of: 0, or a whole block on a bar line. */
export function stepsToForget({ grid, melody }: Hearing): number {
  const block = Math.floor(BLOCK_STEPS / stepsPerBar(grid)) * stepsPerBar(grid);
  return melody.length >= 2 * block ? block : 0;
}

export function forget(hearing: Hearing, steps: number): Hearing {
  return { ...hearing, melody: hearing.melody.slice(steps), firstStep: hearing.firstStep + steps };
}

/** Goes on after a pause: the grid's first bar line becomes the next one of the hearing, and what lay between is silence. */
export function resumeHearing(hearing: Hearing, grid: Grid): Hearing {
  const bar = stepsPerBar(hearing.grid);
  const silent = Math.ceil(openStep(hearing) / bar) * bar - openStep(hearing);
  const events = Array.from({ length: silent }, (_, i) =>
    i === 0 && hearing.sounding !== null ? OFF : HOLD,
  );
  const melody = [...hearing.melody, ...events];
  const next = { ...hearing.grid, tempoBpm: grid.tempoBpm };
  return {
    ...hearing,
    melody,
    sounding: silent > 0 ? null : hearing.sounding,
    open: [],
    grid: withStepAt(next, hearing.firstStep + melody.length, grid.originMs),
  };
}

/** What was pressed from `sinceMs` on, and what is held, from lowest to highest; null where that is nothing. */
export function handsOf(
  { recent, held }: Hearing,
  sinceMs: number,
): { lowest: number; highest: number } | null {
  const pitches = [...held, ...recent.filter(({ atMs }) => atMs >= sinceMs).map(({ pitch }) => pitch)];
  return pitches.length === 0 ? null : { lowest: Math.min(...pitches), highest: Math.max(...pitches) };
}

/** How loud the visitor has been of late: the mean of the latest presses. */
export function loudnessOf({ recent }: Hearing): number {
  const latest = recent.slice(-12);
  return latest.reduce((sum, { velocity }) => sum + velocity, 0) / Math.max(1, latest.length);
}

/** Whether the visitor has stopped: nothing was played or held for `stopBeats`, or a key or the pedal is only lain on. */
export function hasStopped(hearing: Hearing, stopBeats: number, nowMs: number): boolean {
  const { grid, lastMs, recent } = hearing;
  const pressedMs = recent.at(-1)?.atMs ?? lastMs;
  if (nowMs - pressedMs > HELD_BARS * barMs(grid)) return true;
  return soundingKeys(hearing).length === 0 && nowMs - lastMs >= stopBeats * countedMs(grid);
}
