/** Bach chorales as JSON: pieces of [soprano, alto, tenor, bass] pitches a 16th, NaN for a rest. The soprano is the melody. */
import { readFile } from 'node:fs/promises';
import { HOLD, type MelodyEvent, OFF } from '../../music/melody.js';
import type { Corpus } from './piece.js';

const MIN_STEPS = 7 * 16;

export async function readChorales(file: string): Promise<Corpus> {
  const text = (await readFile(file, 'utf8')).replaceAll('NaN', 'null');
  const parts: Record<string, (number | null)[][][]> = JSON.parse(text);
  const corpus: Corpus = { pieces: [], skipped: [] };
  for (const [part, pieces] of Object.entries(parts))
    pieces.forEach((steps, i) => {
      const id = `chorales/${part}-${i}`;
      const melody = sopranoOf(steps);
      if (melody.length < MIN_STEPS) corpus.skipped.push({ id, reason: 'shorter than 7 bars' });
      else corpus.pieces.push({ id, style: 'chorale', melody });
    });
  return corpus;
}

/** The data does not tell a held note from a repeated one: a pitch that goes on is taken as held. */
function sopranoOf(steps: readonly (number | null)[][]): MelodyEvent[] {
  let before: number | null = null;
  return steps.map(([soprano = null]) => {
    const event = soprano === before ? HOLD : (soprano ?? OFF);
    before = soprano;
    return event;
  });
}
