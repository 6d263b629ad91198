/** Continues many melodies together, each with its own randomness. */
import { type Condition, NO_CONDITION } from '../models/encoding.js';
import type { Model } from '../models/model.js';
import { sample } from '../models/sample.js';
import type { MelodyEvent } from '../music/melody.js';
import { createRandom } from '../random.js';
import { stepThrough } from './model-predictor.js';

export interface Beginning {
  /** At least one event, in the model's range. */
  prompt: readonly MelodyEvent[];
  condition?: Condition;
}

/** Answers the `steps` events after each beginning. */
export async function continueAll(
  model: Model,
  beginnings: readonly Beginning[],
  { steps, temperature, seed }: { steps: number; temperature: number; seed: number },
): Promise<MelodyEvent[][]> {
  const rows = beginnings.map(({ prompt }, row) => ({
    melody: [...prompt],
    random: createRandom(seed + row),
  }));
  await stepThrough(
    model,
    beginnings.map(({ prompt }) => prompt.length + steps - 1),
    (row, step) =>
      model.encoding.encode(rows[row]?.melody ?? [], step, beginnings[row]?.condition ?? NO_CONDITION),
    (row, step, [logits]) => {
      const { melody, random } = rows[row] as (typeof rows)[number];
      if (step < melody.length - 1) return; // still within the prompt
      const options = { temperature, topK: null, topP: null, allowed: null };
      const { index } = sample(logits as Float32Array, options, random.next());
      melody.push(model.encoding.eventOf(index, melody));
    },
  );
  return rows.map(({ melody }, row) => melody.slice(beginnings[row]?.prompt.length));
}
