/** A model as a predictor: several pieces are stepped together. V = classes. */
import type { Condition } from '../models/encoding.js';
import type { Model } from '../models/model.js';
import { transpositionFor } from '../models/transposition.js';
import { NO_CHORD } from '../music/chord.js';
import { HOLD, type MelodyEvent } from '../music/melody.js';
import { createOnnxKernel } from '../runtime/onnx/onnx-kernel.js';
import { ResidentRunner } from '../runtime/resident-runner.js';
import type { TrainingPiece } from '../training/dataset/piece.js';
import type { Predictor } from './predictor.js';

const BATCH = 64;

export function modelPredictor(model: Model): Predictor {
  return {
    name: model.id,
    async score(pieces) {
      const scores: Float64Array[] = [];
      for (let from = 0; from < pieces.length; from += BATCH)
        scores.push(...(await scoreTogether(model, pieces.slice(from, from + BATCH))));
      return scores;
    },
  };
}

async function scoreTogether(model: Model, pieces: readonly TrainingPiece[]): Promise<Float64Array[]> {
  const heard = pieces.map((piece) => asHeard(piece, model));
  const scores = heard.map(({ melody }) => new Float64Array(Math.max(0, melody.length - 1)));
  await stepThrough(
    model,
    heard.map(({ melody }) => melody.length - 1),
    (piece, step) => {
      const { melody, condition } = heard[piece] as HeardPiece;
      return model.encoding.encode(melody, step, condition);
    },
    (piece, step, [logits]) => {
      const { melody } = heard[piece] as HeardPiece;
      (scores[piece] as Float64Array)[step] = -logLikelihood(model, logits as Float32Array, melody, step + 1);
    },
  );
  return scores;
}

interface HeardPiece {
  melody: MelodyEvent[];
  condition: Condition;
}

/** In the model's key and range. */
function asHeard(piece: TrainingPiece, model: Model): HeardPiece {
  const transposition = transpositionFor(piece.melody, model);
  const { length } = piece.melody;
  return {
    melody: transposition.toModel(piece.melody),
    condition: transposition.conditionToModel({
      chords: piece.chords ?? Array<string>(length).fill(NO_CHORD),
      bass: piece.bass ?? Array<MelodyEvent>(length).fill(HOLD),
      style: piece.style,
      stepsPerBar: piece.stepsPerBar,
    }),
  };
}

/** Several classes may stand for one event; their probabilities add up. */
function logLikelihood(
  model: Model,
  logits: Float32Array,
  melody: readonly MelodyEvent[],
  step: number,
): number {
  const { encoding } = model;
  const before = melody.slice(0, step);
  let most = Number.NEGATIVE_INFINITY;
  for (const logit of logits) most = Math.max(most, logit);
  let total = 0;
  let wanted = 0;
  logits.forEach((logit, index) => {
    const weight = Math.exp(logit - most);
    total += weight;
    if (encoding.eventOf(index, before) === melody[step]) wanted += weight;
  });
  return Math.log(wanted / total);
}

/** Steps row `i` through its first `lengths[i]` inputs, all rows together; `hear` is told each row's logits, one array a head. */
export async function stepThrough(
  model: Model,
  lengths: readonly number[],
  inputOf: (row: number, step: number) => { indices: number[]; values?: number[] },
  hear: (row: number, step: number, logits: Float32Array[]) => void,
): Promise<void> {
  const runner = new ResidentRunner((architecture) => createOnnxKernel(architecture, 'cpu'));
  await runner.load(model.architecture);
  try {
    for (let step = 0; ; step++) {
      const slots = lengths.flatMap((length, row) => (step < length ? [row] : []));
      if (slots.length === 0) return;
      const logits = await runner.step({ slots, inputs: slots.map((row) => [inputOf(row, step)]) });
      slots.forEach((row, b) => {
        hear(
          row,
          step,
          logits.map((values) => {
            const classes = values.length / slots.length;
            return values.subarray(b * classes, (b + 1) * classes);
          }),
        );
      });
    }
  } finally {
    await runner.close();
  }
}
