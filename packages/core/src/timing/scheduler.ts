/**
 * Turns a plan into key presses and releases, and promises that every press is released exactly once. Pure: it is told
 * the time and answers what to do now and when to be asked again; playing is its owner's business.
 */
import type { Voice } from '../music/note.js';
import { emptyPlan, type Plan, revisePlan } from './plan.js';

export interface SoundingNote {
  voice: Voice;
  pitch: number;
  offMs: number;
  /** It was planned for an empty room. */
  alone?: boolean;
}

export interface SchedulerState {
  plan: Plan;
  /** Onsets before this have been played or given up. */
  playedUntilMs: number;
  sounding: SoundingNote[];
  /** All sound was stopped at the station: plans are kept silent until the visitor plays again, or the server has stopped, too. */
  hushed: boolean;
}

/** `atMs` is when it was meant to sound (booth time); velocity is there for a press only. */
export type PlayerAction = { voice: Voice; pitch: number; atMs: number; alone?: boolean } & (
  | { type: 'noteOn'; velocity: number }
  | { type: 'noteOff' }
);

/** Whether it is part of the duet: neither the metronome's clicks are, nor what is played to an empty room. */
export function isOfDuet({ voice, alone }: PlayerAction): boolean {
  return voice !== 'click' && !alone;
}

/** A note this late is not worth playing: it would only stumble after the others. */
const TOO_LATE_MS = 150;

export const idleScheduler: SchedulerState = {
  plan: emptyPlan,
  playedUntilMs: Number.NEGATIVE_INFINITY,
  sounding: [],
  hushed: false,
};

/** Takes a new revision. Notes already sounding that it no longer holds end at their own time. */
export function takePlan(state: SchedulerState, plan: Plan): SchedulerState {
  return followPlan(state, revisePlan(state.plan, plan));
}

/**
 * Takes the plan in force from a server just joined, whatever its revision: one that was restarted counts from 0 again. What
 * sounds ends at its own time, and nothing is played twice.
 */
export function joinPlan(state: SchedulerState, plan: Plan): SchedulerState {
  return followPlan(state, plan);
}

function followPlan(state: SchedulerState, plan: Plan): SchedulerState {
  return { ...state, plan: state.hushed ? { ...plan, notes: [] } : plan };
}

/** What is due at `nowMs`, in the order to be played, releases before presses of the same time. */
export function advance(
  state: SchedulerState,
  nowMs: number,
): { state: SchedulerState; actions: PlayerAction[]; nextMs: number | null } {
  const due = state.plan.notes.filter((note) => note.onsetMs <= nowMs && note.onsetMs > state.playedUntilMs);
  let sounding = state.sounding;
  const actions: PlayerAction[] = [];
  const mark = state.plan.alone ? { alone: true } : {};
  const release = (note: SoundingNote, atMs: number) => {
    sounding = sounding.filter((other) => other !== note);
    actions.push(releaseOf(note, atMs));
  };
  const releaseUntil = (untilMs: number) => {
    const ending = sounding.filter(({ offMs }) => offMs <= untilMs).sort((a, b) => a.offMs - b.offMs);
    for (const note of ending) release(note, note.offMs);
  };
  for (const note of due) {
    if (note.onsetMs < nowMs - TOO_LATE_MS) continue;
    releaseUntil(note.onsetMs);
    const same = sounding.find(({ voice, pitch }) => voice === note.voice && pitch === note.pitch);
    if (same) release(same, note.onsetMs);
    actions.push({
      type: 'noteOn',
      voice: note.voice,
      pitch: note.pitch,
      velocity: note.velocity,
      atMs: note.onsetMs,
      ...mark,
    });
    const offMs = note.onsetMs + note.durationMs;
    sounding = [...sounding, { voice: note.voice, pitch: note.pitch, offMs, ...mark }];
  }
  releaseUntil(nowMs);
  const notes = state.plan.notes.filter((note) => note.onsetMs > nowMs);
  const times = [...notes.slice(0, 1).map((note) => note.onsetMs), ...sounding.map(({ offMs }) => offMs)];
  return {
    state: {
      ...state,
      plan: { ...state.plan, notes },
      playedUntilMs: Math.max(state.playedUntilMs, nowMs),
      sounding,
    },
    actions,
    nextMs: times.length > 0 ? Math.min(...times) : null,
  };
}

/** The server's panic: forgets the plan, keeps its revision so that late ones stay ignored, and releases all that sounds. */
export function silence(
  state: SchedulerState,
  nowMs: number,
): { state: SchedulerState; actions: PlayerAction[] } {
  return {
    state: { ...state, plan: { ...state.plan, notes: [] }, sounding: [], hushed: false },
    actions: state.sounding.map((note) => releaseOf(note, nowMs)),
  };
}

/** Panic at the station, of which the server does not know yet: what it still plans is not heard either. */
export function hush(
  state: SchedulerState,
  nowMs: number,
): { state: SchedulerState; actions: PlayerAction[] } {
  const silenced = silence(state, nowMs);
  return { ...silenced, state: { ...silenced.state, hushed: true } };
}

/** The visitor plays: what was played to an empty room stops at once, and a machine that was hushed is heard again. */
export function giveWay(
  state: SchedulerState,
  nowMs: number,
): { state: SchedulerState; actions: PlayerAction[] } {
  const { plan, sounding } = state;
  return {
    state: {
      ...state,
      plan: plan.alone ? { ...plan, notes: [] } : plan,
      sounding: sounding.filter(({ alone }) => !alone),
      hushed: false,
    },
    actions: sounding.filter(({ alone }) => alone).map((note) => releaseOf(note, nowMs)),
  };
}

function releaseOf({ voice, pitch, alone }: SoundingNote, atMs: number): PlayerAction {
  return { type: 'noteOff', voice, pitch, atMs, ...(alone && { alone }) };
}
