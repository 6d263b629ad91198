/** How well predictors foresee melodies: nats a step and a note, and apart for what holds, ends and begins. */
import { HOLD, OFF } from '../music/melody.js';
import type { TrainingPiece } from '../training/dataset/piece.js';
import type { Predictor } from './predictor.js';

export interface Likelihood {
  predictor: string;
  pieces: number;
  steps: number;
  notes: number;
  natsPerStep: number;
  /** All nats over the notes: what a note costs with its length and the rests around it. */
  natsPerNote: number;
  /** Means over the events of each kind. */
  hold: number;
  off: number;
  onset: number;
}

export async function likelihoodOf(
  predictor: Predictor,
  pieces: readonly TrainingPiece[],
): Promise<Likelihood> {
  const sums = { hold: [0, 0], off: [0, 0], onset: [0, 0] } as Record<
    'hold' | 'off' | 'onset',
    [number, number]
  >;
  (await predictor.score(pieces)).forEach((scores, i) => {
    scores.forEach((nats, step) => {
      const event = (pieces[i] as TrainingPiece).melody[step + 1];
      const sum = sums[event === HOLD ? 'hold' : event === OFF ? 'off' : 'onset'];
      sum[0] += nats;
      sum[1]++;
    });
  });
  const nats = sums.hold[0] + sums.off[0] + sums.onset[0];
  const steps = sums.hold[1] + sums.off[1] + sums.onset[1];
  return {
    predictor: predictor.name,
    pieces: pieces.length,
    steps,
    notes: sums.onset[1],
    natsPerStep: nats / steps,
    natsPerNote: nats / sums.onset[1],
    hold: sums.hold[0] / sums.hold[1],
    off: sums.off[0] / sums.off[1],
    onset: sums.onset[0] / sums.onset[1],
  };
}
