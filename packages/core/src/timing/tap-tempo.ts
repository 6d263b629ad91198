/** Tempo from tapping on a control: the median of the latest intervals. */
import { STEPS_PER_QUARTER } from '../music/melody.js';
import { EVERY_METRE_BEATS, type Metre, metreOf } from '../music/metre.js';
import { FASTEST_BPM, type Pulse, SLOWEST_BPM } from './pulse.js';

/** Times of the taps in a row, ms; the first is taken for a downbeat. */
export type Taps = readonly number[];

const SLOWEST_INTERVAL_MS = 60_000 / SLOWEST_BPM;
const FASTEST_INTERVAL_MS = 60_000 / FASTEST_BPM;
/** The tempo is that of the latest ones. */
const MAX_INTERVALS = 8;
/** A longer row loses its oldest taps, whole bars of every metre. */
const MAX_TAPS = 24;

/** A tap after a long pause begins a new row; one that follows too fast is a finger that bounced. */
export function tap(taps: Taps, atMs: number): Taps {
  const last = taps.at(-1);
  if (last === undefined || atMs - last > SLOWEST_INTERVAL_MS * 1.1) return [atMs];
  if (atMs - last < FASTEST_INTERVAL_MS * 0.9) return taps;
  return [...(taps.length < MAX_TAPS ? taps : taps.slice(EVERY_METRE_BEATS)), atMs];
}

/** Null until there are two taps. They fall on the beats that are counted, two to a bar of 6/8; the first one is on a bar line. */
export function pulseOfTaps(taps: Taps, metre: Metre): Pulse | null {
  const last = taps.at(-1);
  if (last === undefined || taps.length < 2) return null;
  const intervals = taps.slice(1).map((atMs, i) => atMs - (taps[i] as number));
  const beatMs = Math.min(
    SLOWEST_INTERVAL_MS,
    Math.max(FASTEST_INTERVAL_MS, median(intervals.slice(-MAX_INTERVALS))),
  );
  const { beatsPerBar, countedSteps = STEPS_PER_QUARTER } = metreOf(metre, 1 / 2);
  const quarters = countedSteps / STEPS_PER_QUARTER;
  const beatsSinceBar = (taps.length - 1) % (beatsPerBar / quarters);
  return { tempoBpm: (60_000 / beatMs) * quarters, originMs: last - beatsSinceBar * beatMs };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] as number)) / 2;
}
