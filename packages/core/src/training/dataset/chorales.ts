/** Bach chorales as JSON: pieces of [soprano, alto, tenor, bass] pitches a 16th, NaN for a rest. The soprano is the melody. */
import { readFile } from 'node:fs/promises';
import { STEPS_PER_QUARTER } from '../../music/melody.js';
import type { StepNote } from '../../music/quantize.js';
import { chordsOf } from './harmony.js';
import { type MelodyRules, takePiece } from './melody-rules.js';
import { type Corpus, collect } from './piece.js';

const STEPS_PER_BAR = 16;
const BASS = 3;

type Chorale = (number | null)[][];

export async function readChorales(file: string, rules: MelodyRules): Promise<Corpus> {
  const text = (await readFile(file, 'utf8')).replaceAll('NaN', 'null');
  const parts: Record<string, Chorale[]> = JSON.parse(text);
  const corpus: Corpus = { pieces: [], skipped: [] };
  for (const [part, chorales] of Object.entries(parts))
    for (const [i, chorale] of chorales.entries()) {
      const id = `chorales/${part}-${i}`;
      await collect(corpus, id, async () => {
        const voices = Array.from({ length: 4 }, (_, voice) => notesOf(chorale, voice));
        const taken = takePiece(
          {
            id,
            style: 'chorale',
            stepsPerBar: STEPS_PER_BAR,
            melody: voices[0] ?? [],
            chords: chordsOf(voices.flat(), chorale.length, STEPS_PER_QUARTER),
            bass: voices[BASS] ?? [],
          },
          rules,
        );
        return 'reason' in taken ? taken : [taken];
      });
    }
  return corpus;
}

/** The data does not tell a held note from a repeated one: a pitch that goes on is taken as held. */
function notesOf(chorale: Chorale, voice: number): StepNote[] {
  const notes: StepNote[] = [];
  chorale.forEach((pitches, step) => {
    const pitch = pitches[voice] ?? null;
    const before = notes.at(-1);
    if (pitch === null) return;
    if (before && before.pitch === pitch && before.endStep === step) before.endStep = step + 1;
    else notes.push({ pitch, velocity: 80, startStep: step, endStep: step + 1 });
  });
  return notes;
}
