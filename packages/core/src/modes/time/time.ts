/** Where a session's beat comes from: a pure account of the playing and what comes from outside. */
import { barLineFrom, barMs, EVERY_METRE_BEATS, type Metre } from '../../music/index.js';
import { type Onset, SURE, trackBeat } from '../../timing/beat-tracker.js';
import { driftMs, type Pulse, TOLD_EARLY_MS } from '../../timing/pulse.js';
import type { ModeEvent, Turn } from '../mode.js';
import { gridFor, type TimeParams } from './params.js';

export interface Time {
  /** The beat that is kept; null until the first note. */
  pulse: Pulse | null;
  /** The same in another tempo that has been set meanwhile: begins at its origin. */
  next: Pulse | null;
  metre: Metre;
  /** When another metre begins that has been set meanwhile. */
  metreMs: number | null;
  /** From MIDI clock, the booth or taps. */
  outside: Pulse | null;
  /** Of the phrase that is being played. */
  onsets: Onset[];
  /** The tempo last found in the playing. */
  followedBpm: number | null;
}

export function startTime(metre: Metre): Time {
  return {
    pulse: null,
    next: null,
    metre,
    metreMs: null,
    outside: null,
    onsets: [],
    followedBpm: null,
  };
}

/** What is heard of longer ago says little of the tempo now. */
const MAX_ONSETS = 24;

/** By so much two beats may lie apart at the end of what is planned now, and be taken for one: nobody hears it. */
const DRIFT_MS = 8;
const DRIFT_AFTER_MS = 4_000;

/** How an event is heard. */
export interface Heard {
  params: TimeParams;
  turn: Turn;
  /** The bar line that the last count-in begins at. */
  countInMs: number | null;
  nowMs: number;
}

/** The account after an event. */
export function hearTime(before: Time, event: ModeEvent, heard: Heard): Time {
  const time = inMetre(before, heard);
  const after = hear(time, event, { ...heard, params: { ...heard.params, metre: time.metre } });
  if (after.metreMs === null || !after.pulse || samePulse(after.pulse, time.pulse)) return after;
  const halfMs = (EVERY_METRE_BEATS / 2) * (60_000 / after.pulse.tempoBpm);
  return { ...after, metreMs: sharedBarLineFrom(after.pulse, Math.max(heard.nowMs, after.metreMs - halfMs)) };
}

/** Another metre begins on a bar line that it shares with the one before; at once where no beat is heard. */
function inMetre(time: Time, { params, turn, countInMs, nowMs }: Heard): Time {
  if (time.metre === params.metre) return { ...time, metreMs: null };
  const isHeard = turn !== 'visitor' || countInMs !== null || !isFree(params, time);
  const metreMs = time.pulse && isHeard ? (time.metreMs ?? sharedBarLineFrom(time.pulse, nowMs)) : nowMs;
  return nowMs >= metreMs ? { ...time, metre: params.metre, metreMs: null } : { ...time, metreMs };
}

function sharedBarLineFrom(pulse: Pulse, fromMs: number): number {
  return barLineFrom({ ...pulse, beatsPerBar: EVERY_METRE_BEATS }, fromMs);
}

function hear(time: Time, event: ModeEvent, { params, turn, countInMs, nowMs }: Heard): Time {
  switch (event.type) {
    case 'pulse': {
      const isTheSame =
        event.pulse && time.outside && driftMs(time.outside, event.pulse, nowMs + DRIFT_AFTER_MS) < DRIFT_MS;
      const told = isTheSame ? time : { ...time, outside: event.pulse };
      if (params.tempo === 'tapped' && !isTheSame && event.pulse)
        return { ...told, pulse: event.pulse, next: null };
      return keep(told, params, nowMs);
    }
    case 'action':
      if (event.action !== 'clear') return keep(time, params, nowMs);
      return { ...startTime(params.metre), outside: time.outside };
    case 'noteOn': {
      const begins = turn === 'visitor';
      const onset = { atMs: event.atMs, weight: event.velocity };
      const onsets = [...(begins ? [] : time.onsets), onset].slice(-MAX_ONSETS);
      const heard = { ...time, onsets };
      const isCountedIn = wasCountedIn(time, { params, countInMs, atMs: event.atMs });
      if (begins && !isCountedIn && (isFree(params, time) || !time.pulse))
        return beginBar(heard, params, event.atMs);
      return params.tempo === 'followed' && turn !== 'machine'
        ? follow(heard, params)
        : keep(heard, params, nowMs);
    }
    default:
      return keep(time, params, nowMs);
  }
}

export function samePulse(a: Pulse | null, b: Pulse | null): boolean {
  return a?.tempoBpm === b?.tempoBpm && a?.originMs === b?.originMs;
}

/** Whether nothing is heard that a visitor could play to: bars then begin where they begin. */
function isFree({ tempo, metronome }: TimeParams, { outside, onsets }: Time): boolean {
  const isOutside = (tempo === 'midiClock' || tempo === 'booth') && outside !== null;
  const isClicking = metronome === 'on' && onsets.length > 0;
  return !isClicking && !isOutside;
}

/** Whether a note belongs to a count-in: it is played into it, or in the bar that follows. */
function wasCountedIn(
  { pulse }: Time,
  { params, countInMs, atMs }: Pick<Heard, 'params' | 'countInMs'> & { atMs: number },
): boolean {
  if (countInMs === null || atMs < countInMs) return false;
  return atMs < countInMs + 2 * barMs(gridFor(pulse, params, atMs));
}

function tempoOf({ outside, followedBpm }: Time, params: TimeParams): number {
  if (params.tempo === 'tapped') return outside?.tempoBpm ?? params.tempoBpm;
  if (params.tempo === 'followed') return followedBpm ?? params.tempoBpm;
  return params.tempoBpm;
}

function beginBar(time: Time, params: TimeParams, originMs: number): Time {
  return { ...time, pulse: { tempoBpm: tempoOf(time, params), originMs }, next: null };
}

/** The pulse in force: the outside one, or the old one, in the tempo that is set by now from its next bar line on. */
function keep(time: Time, params: TimeParams, nowMs: number): Time {
  const isOutside = params.tempo === 'midiClock' || params.tempo === 'booth';
  if (isOutside && time.outside) return { ...time, pulse: time.outside, next: null };
  const tempoBpm = tempoOf(time, params);
  if (!time.pulse || time.pulse.tempoBpm === tempoBpm) return { ...time, next: null };
  const next =
    time.next?.tempoBpm === tempoBpm
      ? time.next
      : { tempoBpm, originMs: barLineFrom(gridFor(time.pulse, params, nowMs), nowMs) };
  return nowMs >= next.originMs - TOLD_EARLY_MS ? { ...time, pulse: next, next: null } : { ...time, next };
}

/** The tempo of the phrase so far where it is plain enough; its first bar line stays at the beat nearest to where it was. */
function follow(time: Time, params: TimeParams): Time {
  const expected = tempoOf(time, params);
  const estimate = trackBeat(time.onsets, expected);
  const barLineMs = time.pulse?.originMs ?? time.onsets[0]?.atMs ?? 0;
  if (!estimate || estimate.confidence < SURE)
    return { ...time, pulse: time.pulse ?? { tempoBpm: expected, originMs: barLineMs } };
  const { tempoBpm, originMs } = estimate.pulse;
  const beatMs = 60_000 / tempoBpm;
  const beats = Math.round((barLineMs - originMs) / beatMs);
  return {
    ...time,
    followedBpm: tempoBpm,
    pulse: { tempoBpm, originMs: originMs + beats * beatMs },
    next: null,
  };
}
