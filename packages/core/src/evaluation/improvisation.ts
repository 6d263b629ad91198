/** Whether a model that hears chords plays more of their notes than one that does not, over the same chords from the same beginnings. */
import type { Model } from '../models/model.js';
import { transpositionFor } from '../models/transposition.js';
import type { MelodyEvent } from '../music/melody.js';
import type { TrainingPiece } from '../training/dataset/piece.js';
import { noteInChord } from './accompaniment.js';
import { continueAll } from './continuation.js';

const PROMPT_BARS = 2;
const ANSWER_BARS = 8;

export interface ImprovisationOptions {
  temperature: number;
  seed: number;
}

/** Share of sounding steps whose note is in the chord; pieces without chords or too short are left out. */
export async function improvisedNoteInChord(
  model: Model,
  pieces: readonly TrainingPiece[],
  options: ImprovisationOptions,
): Promise<number> {
  const usable = pieces.filter(
    ({ chords, melody, stepsPerBar }) =>
      chords !== null && stepsPerBar === 16 && melody.length >= (PROMPT_BARS + ANSWER_BARS) * stepsPerBar,
  );
  const steps = ANSWER_BARS * 16;
  const from = PROMPT_BARS * 16;
  const answers = await continueAll(
    model,
    usable.map(({ melody, chords, style, stepsPerBar }) => {
      const transposition = transpositionFor(melody, model);
      return {
        prompt: transposition.toModel(melody.slice(0, from)),
        condition: transposition.conditionToModel({
          chords: chords?.slice(0, from + steps) ?? [],
          bass: [],
          style,
          stepsPerBar,
        }),
      };
    }),
    { ...options, steps },
  );
  return noteInChord(
    usable.map((piece, i): TrainingPiece => {
      const { fromModel } = transpositionFor(piece.melody, model);
      return { ...piece, melody: (answers[i] as MelodyEvent[]).map(fromModel) };
    }),
    usable.map(({ chords }) => ({ chords: chords?.slice(from, from + steps) ?? [] })),
  );
}
