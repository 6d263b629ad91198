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
const LEVELS = [
  { divisor: 1, share: 0.45 },
  { divisor: 2, share: 0.35 },
  { divisor: 4, share: 0.2 },
] as const;

/** Null with too few onsets to tell. The pulse's origin is the beat nearest to the first onset. */
export function trackBeat(onsets: readonly Onset[], expectedBpm: number): BeatEstimate | null {
  const first = onsets[0];
  if (!first || onsets.length < FEWEST_ONSETS) return null;
  let best = { tempoBpm: expectedBpm, score: 0, fit: 0 };
  for (let tempoBpm = SLOWEST_BPM; tempoBpm <= FASTEST_BPM; tempoBpm *= TEMPO_STEP) {
    const fit = fitOf(onsets, tempoBpm);
    const octaves = Math.log2(tempoBpm / expectedBpm) / PREFERENCE_OCTAVES;
    const score = fit * Math.exp(-0.5 * octaves * octaves);
    if (score > best.score) best = { tempoBpm, score, fit };
  }
  const tempoBpm = refine(onsets, best.tempoBpm);
  const beatMs = 60_000 / tempoBpm;
  const { phaseMs } = vectorOf(onsets, beatMs);
  const originMs = phaseMs + Math.round((first.atMs - phaseMs) / beatMs) * beatMs;
  const chance = 1 / Math.sqrt(onsets.length);
  return {
    pulse: { tempoBpm, originMs },
    confidence: Math.max(0, (fitOf(onsets, tempoBpm) - chance) / (1 - chance)),
  };
}

function fitOf(onsets: readonly Onset[], tempoBpm: number): number {
  return LEVELS.reduce(
    (sum, { divisor, share }) => sum + share * vectorOf(onsets, 60_000 / tempoBpm / divisor).length,
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

/** The onsets' mean vector on a circle of `periodMs`: its length is 1 when all fall on one phase. */
function vectorOf(onsets: readonly Onset[], periodMs: number): { length: number; phaseMs: number } {
  let x = 0;
  let y = 0;
  let total = 0;
  for (const { atMs, weight } of onsets) {
    const angle = (2 * Math.PI * atMs) / periodMs;
    x += weight * Math.cos(angle);
    y += weight * Math.sin(angle);
    total += weight;
  }
  return { length: Math.hypot(x, y) / total, phaseMs: (Math.atan2(y, x) / (2 * Math.PI)) * periodMs };
}
