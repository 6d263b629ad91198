import { readFile } from 'node:fs/promises';
import { TrainingPiece } from '../training/index.js';

/** What `antiphon dataset` wrote: a JSON line a piece. Throws an Error that names the line. */
export async function readPieces(file: string): Promise<TrainingPiece[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter(Boolean);
  return lines.map((line, i) => {
    try {
      return TrainingPiece.parse(JSON.parse(line));
    } catch (cause) {
      throw new Error(`${file}, line ${i + 1} is not a piece: ${(cause as Error).message}`, { cause });
    }
  });
}
