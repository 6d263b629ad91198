/** Trains a melody model from pieces: epochs, validation, early stopping, and the checkpoint that came out best. */
import type { Checkpoint } from '../models/checkpoint.js';
import { createOneHotEncoding } from '../models/encoding-of-config.js';
import { createRandom } from '../random.js';
import type { TrainingPiece } from './dataset/piece.js';
import { isForValidation } from './dataset/split.js';
import { initialParameters, type NetworkShape } from './parameters.js';
import { Trainer } from './trainer.js';
import { shuffled, transposed, windowsOf } from './windows.js';

/** Magenta's melody range. */
const RANGE = { minPitch: 48, maxPitch: 83 };
/** Binary counters up to 32 steps: the place within two bars of 4/4. */
const COUNTER_BITS = 6;
const WINDOW = { steps: 64, batch: 32 };
const FINAL_RATE_SHARE = 0.05;
/** Epochs without a better validation loss before training stops. */
const PATIENCE = 8;

export interface TrainingOptions {
  units: number[];
  epochs: number;
  learningRate: number;
  seed: number;
  onProgress: (progress: TrainingProgress) => void;
}

export interface TrainingProgress {
  epoch: number;
  epochs: number;
  /** Nats a step. */
  trainingLoss: number;
  validationLoss: number;
  tokensPerSecond: number;
  minutesLeft: number;
}

export interface TrainedMelody {
  checkpoint: Checkpoint;
  /** Nats a step on the pieces kept aside, at the best epoch. */
  validationLoss: number;
  curve: TrainingProgress[];
}

export async function trainMelody(
  pieces: readonly TrainingPiece[],
  options: TrainingOptions,
): Promise<TrainedMelody> {
  const encoding = createOneHotEncoding(RANGE, COUNTER_BITS);
  const network: NetworkShape = {
    inputSize: encoding.inputSize,
    units: options.units,
    classes: encoding.classes,
  };
  const random = createRandom(options.seed);
  const trainer = await Trainer.create(network, WINDOW, initialParameters(network, random));
  const training = pieces.filter((piece) => !isForValidation(piece)).map(({ melody }) => melody);
  const validation = pieces.filter(isForValidation).map(({ melody }) => melody);
  const curve: TrainingProgress[] = [];
  let best = { epoch: 0, validationLoss: Number.POSITIVE_INFINITY, weights: trainer.parameters() };
  const startedMs = performance.now();
  for (let epoch = 1; epoch <= options.epochs && epoch - best.epoch <= PATIENCE; epoch++) {
    const done = (epoch - 1) / options.epochs;
    const rate =
      options.learningRate *
      (FINAL_RATE_SHARE + ((1 - FINAL_RATE_SHARE) * (1 + Math.cos(Math.PI * done))) / 2);
    const epochMs = performance.now();
    const melodies = shuffled(training, random).map((melody) => transposed(melody, RANGE, random));
    trainer.resetState();
    const trained = { loss: 0, tokens: 0 };
    for (const window of windowsOf(melodies, encoding, WINDOW)) {
      const { loss, tokens } = await trainer.train(window, rate);
      trained.loss += loss;
      trained.tokens += tokens;
    }
    const seconds = (performance.now() - epochMs) / 1000;
    trainer.resetState();
    const measured = { loss: 0, tokens: 0 };
    for (const window of windowsOf(validation, encoding, WINDOW)) {
      const { loss, tokens } = await trainer.measure(window);
      measured.loss += loss;
      measured.tokens += tokens;
    }
    const progress = {
      epoch,
      epochs: options.epochs,
      trainingLoss: trained.loss / trained.tokens,
      validationLoss: measured.loss / measured.tokens,
      tokensPerSecond: trained.tokens / seconds,
      minutesLeft: ((performance.now() - startedMs) / epoch / 60_000) * (options.epochs - epoch),
    };
    curve.push(progress);
    options.onProgress(progress);
    if (progress.validationLoss < best.validationLoss)
      best = { epoch, validationLoss: progress.validationLoss, weights: trainer.parameters() };
  }
  const config = {
    type: 'MusicRNN',
    dataConverter: { type: 'MelodyConverter', args: RANGE },
    auxInputs: [{ type: 'BinaryCounter', args: { numBits: COUNTER_BITS } }],
  };
  return { checkpoint: { config, weights: best.weights }, validationLoss: best.validationLoss, curve };
}
