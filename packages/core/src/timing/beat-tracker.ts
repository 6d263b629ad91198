/**
 * Finds the beat in what is played. Each tempo is tried by how well the onsets fall on its quarters, eighths and 16ths: the length of
 * their mean vector on the circle of one period (Rayleigh's test). A preference for the tempo that is expected decides between
 * levels of the metre that fit equally well.
 */
import { FASTEST_BPM, type Pulse, SLOWEST_BPM } from './pulse.js';

export interface Onset {
  atMs: number;
  /** Louder onsets count for more. */
  weight: number;
}

export interface BeatEstimate {
  pulse: Pulse;
  /** 0 to 1: how much better the onsets fit than chance would have it. Below `SURE` the old tempo is the better guess. */
  confidence: number;
}

/** Notes at random times stay below in 99 of 100 phrases; a tune that wavers by 20 ms lies at 0.5. */
export const SURE = 0.4;

const FEWEST_ONSETS = 5;
const TEMPO_STEP = 1.01;
/** Octaves of tempo at which the preference for the expected one has fallen to 0.6. */
const PREFERENCE_OCTAVES = 0.6;
/** How much quarters, eighths and 16ths say. */
const SHARES = [0.45, 0.35, 0.2] as const;

/** Null with too few onsets to tell. The pulse's origin is the beat nearest to the first onset. */
export function trackBeat(heard: readonly Onset[], expectedBpm: number): BeatEstimate | null {
  const first = heard[0];
  if (!first || heard.length < FEWEST_ONSETS) return null;
  const onsets = heard.map(({ atMs, weight }) => ({ atMs: atMs - first.atMs, weight }));
  let best = { tempoBpm: expectedBpm, score: 0, fit: 0 };
  for (let tempoBpm = SLOWEST_BPM; tempoBpm <= FASTEST_BPM; tempoBpm *= TEMPO_STEP) {
    const fit = fitOf(onsets, tempoBpm);
    const octaves = Math.log2(tempoBpm / expectedBpm) / PREFERENCE_OCTAVES;
    const score = fit * Math.exp(-0.5 * octaves * octaves);
    if (score > best.score) best = { tempoBpm, score, fit };
  }
  const tempoBpm = refine(onsets, best.tempoBpm);
  const beatMs = 60_000 / tempoBpm;
  const phaseMs = phaseOf(onsets, beatMs);
  const originMs = first.atMs + phaseMs - Math.round(phaseMs / beatMs) * beatMs;
  const chance = 1 / Math.sqrt(onsets.length);
  return {
    pulse: { tempoBpm, originMs },
    confidence: Math.max(0, (fitOf(onsets, tempoBpm) - chance) / (1 - chance)),
  };
}

/** Each level's angles are twice those of the level before: no sine is computed anew. */
function fitOf(onsets: readonly Onset[], tempoBpm: number): number {
  const perMs = (2 * Math.PI * tempoBpm) / 60_000;
  const x = [0, 0, 0];
  const y = [0, 0, 0];
  let total = 0;
  for (const { atMs, weight } of onsets) {
    let cos = Math.cos(perMs * atMs);
    let sin = Math.sin(perMs * atMs);
    for (let level = 0; level < SHARES.length; level++) {
      x[level] = (x[level] as number) + weight * cos;
      y[level] = (y[level] as number) + weight * sin;
      [cos, sin] = [cos * cos - sin * sin, 2 * sin * cos];
    }
    total += weight;
  }
  return SHARES.reduce(
    (sum, share, level) => sum + (share * Math.hypot(x[level] as number, y[level] as number)) / total,
    0,
  );
}

/** The best tempo within one step of the search. */
function refine(onsets: readonly Onset[], tempoBpm: number): number {
  let best = { tempoBpm, fit: fitOf(onsets, tempoBpm) };
  for (let place = -10; place <= 10; place++) {
    const near = tempoBpm * TEMPO_STEP ** (place / 10);
    const fit = fitOf(onsets, near);
    if (fit > best.fit) best = { tempoBpm: near, fit };
  }
  return best.tempoBpm;
}

/** Where on a circle of `beatMs` the onsets' mean vector points. */
function phaseOf(onsets: readonly Onset[], beatMs: number): number {
  let x = 0;
  let y = 0;
  for (const { atMs, weight } of onsets) {
    const angle = (2 * Math.PI * atMs) / beatMs;
    x += weight * Math.cos(angle);
    y += weight * Math.sin(angle);
  }
  return (Math.atan2(y, x) / (2 * Math.PI)) * beatMs;
}
