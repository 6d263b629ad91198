import type { TrainingPiece } from '../training/dataset/piece.js';

/** Whatever says how likely each event of a melody is after those before it. */
export interface Predictor {
  readonly name: string;
  /** Negative log-likelihoods in nats, piece by piece, of every event but the first. */
  score(pieces: readonly TrainingPiece[]): Promise<Float64Array[]>;
}
