/** What models are trained on: a piece on the 16th grid, beginning on a bar line. */
import { z } from 'zod';
import { Style } from '../../models/style.js';

const Events = z.array(z.number().int().min(-2).max(127));

export const TrainingPiece = z
  .object({
    /** Source and name, such as `nottingham/jigs1`; excerpts of one piece are numbered after a `#`. The split goes by it. */
    id: z.string(),
    style: Style.nullable(),
    stepsPerBar: z.number().int().min(1).max(64).default(16),
    /** One event a 16th. */
    melody: Events,
    /** The chord's symbol at each 16th; null where the source tells none. */
    chords: z.array(z.string()).nullable().default(null),
    /** The bass line's event at each 16th, likewise. */
    bass: Events.nullable().default(null),
  })
  .refine(
    ({ melody, chords }) => !chords || chords.length === melody.length,
    'chords must be as long as melody',
  )
  .refine(({ melody, bass }) => !bass || bass.length === melody.length, 'bass must be as long as melody');
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

/** Adds a piece, or what it was left out for; a reader that throws leaves the piece out. */
export async function collect(
  corpus: Corpus,
  id: string,
  read: () => Promise<TrainingPiece[] | { reason: string }>,
): Promise<void> {
  try {
    const found = await read();
    if ('reason' in found) corpus.skipped.push({ id, reason: found.reason });
    else corpus.pieces.push(...found);
  } catch (error) {
    corpus.skipped.push({ id, reason: (error as Error).message });
  }
}
