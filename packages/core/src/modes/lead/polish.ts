/** What a model improvised, made to fit: chord tones on the beats, and no busier than it should be. */
import {
  type ChordSymbol,
  chordOf,
  countedSteps,
  type Grid,
  HOLD,
  levelOf,
  type MelodyEvent,
  pitchClassOf,
  STEPS_PER_QUARTER,
  stepsPerBar,
} from '../../music/index.js';

export interface Bounds {
  lowest: number;
  highest: number;
  /** Onsets in a beat, on average. */
  onsetsPerBeat: number;
}

/** A note that only repeats the one before carries less by this. */
const REPEATED = 0.5;

/** `events` begin at `startStep`; `chords` are theirs. */
export function polish(
  events: readonly MelodyEvent[],
  chords: readonly ChordSymbol[],
  { startStep, grid, bounds }: { startStep: number; grid: Grid; bounds: Bounds },
): MelodyEvent[] {
  const fitted = events.map((event, i) =>
    event >= 0 ? fit(event, chords[i] ?? '', { isOnBeat: levelOf(grid, startStep + i) <= 1, bounds }) : event,
  );
  const onsets = fitted.flatMap((event, i) => (event >= 0 ? [i] : []));
  const most = Math.max(1, Math.round((bounds.onsetsPerBeat * events.length) / STEPS_PER_QUARTER));
  const carried = (i: number, nth: number) =>
    weightOf(grid, startStep + i) - (fitted[i] === fitted[onsets[nth - 1] ?? -1] ? REPEATED : 0);
  const weights = new Map(onsets.map((i, nth) => [i, carried(i, nth)]));
  const byWeight = [...onsets].sort((a, b) => (weights.get(b) ?? 0) - (weights.get(a) ?? 0) || a - b);
  const dropped = new Set(byWeight.slice(most));
  return fitted.map((event, i) => (dropped.has(i) ? HOLD : event));
}

/** Within the bounds by octaves, and on a beat to the nearest tone of the chord. */
function fit(
  pitch: number,
  chord: ChordSymbol,
  { isOnBeat, bounds }: { isOnBeat: boolean; bounds: Bounds },
): number {
  const tones = chordOf(chord)?.pitchClasses;
  let fitted = pitch;
  if (isOnBeat && tones)
    for (let away = 0; away <= 6; away++) {
      const near = [pitch - away, pitch + away].find((each) => tones.includes(pitchClassOf(each)));
      if (near === undefined) continue;
      fitted = near;
      break;
    }
  while (fitted < bounds.lowest) fitted += 12;
  while (fitted > bounds.highest) fitted -= 12;
  return fitted;
}

/** Bar lines and half bars carry more than beats, beats more than eighths, eighths more than 16ths. */
export function weightOf(grid: Grid, step: number): number {
  const isHalf = step % (2 * countedSteps(grid)) === 0 && stepsPerBar(grid) % (2 * countedSteps(grid)) === 0;
  return isHalf ? 3 : 3 - levelOf(grid, step);
}
