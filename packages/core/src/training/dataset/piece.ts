/** What models are trained on: a piece on the 16th grid, beginning on a bar line. */
import { z } from 'zod';

export const Style = z.enum(['folk', 'pop', 'chorale']);
export type Style = z.infer<typeof Style>;

export const TrainingPiece = z.object({
  /** Source and name, such as `nottingham/jigs1`; the split goes by it. */
  id: z.string(),
  style: Style,
  /** One event a 16th. */
  melody: z.array(z.number().int().min(-2).max(127)),
});
export type TrainingPiece = z.infer<typeof TrainingPiece>;

/** A piece that was left out, and why. */
export interface SkippedPiece {
  id: string;
  reason: string;
}

export interface Corpus {
  pieces: TrainingPiece[];
  skipped: SkippedPiece[];
}
