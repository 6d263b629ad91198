/** Trains a model from pieces: epochs, validation, early stopping, going on after an interruption, and the checkpoint that came out best. */
import { AppError } from '../app-error.js';
import type { Checkpoint, Tensor } from '../models/checkpoint.js';
import type { StepRole } from '../models/model.js';
import { createRandom } from '../random.js';
import type { TrainingPiece } from './dataset/piece.js';
import { isForValidation } from './dataset/split.js';
import { dropoutMasks } from './dropout.js';
import { initialParameters, type NetworkShape } from './parameters.js';
import { recipeFor } from './recipe.js';
import { sequenceOf, variedSequence } from './sequence.js';
import { Trainer, type TrainerState, type WindowLoss } from './trainer.js';
import { shuffled, windowsOf } from './windows.js';

const FINAL_RATE_SHARE = 0.05;
/** Between two reports of progress within an epoch. */
const REPORT_MS = 2_000;

export interface TrainingSettings {
  role: StepRole;
  units: number[];
  epochs: number;
  /** Epochs without a better validation loss before training stops. */
  patience: number;
  batch: number;
  /** Steps that gradients go back through. */
  steps: number;
  learningRate: number;
  /** Share of each layer's outputs that is left out. */
  dropout: number;
  seed: number;
}

/** Nats a step, head by head. */
export interface EpochLoss {
  epoch: number;
  training: Record<string, number>;
  validation: Record<string, number>;
  stepsPerSecond: number;
}

/** Where training stands after an epoch; with it, it goes on as if it had not been interrupted. */
export interface TrainingState {
  settings: TrainingSettings;
  trainer: TrainerState;
  curve: EpochLoss[];
  best: { epoch: number; loss: number; weights: Map<string, Tensor> };
}

export interface TrainingObserver {
  /** Every few seconds. `done` is the share of all epochs, 0 to 1. */
  onProgress(progress: { epoch: number; done: number; stepsPerSecond: number; secondsLeft: number }): void;
  onEpoch(state: TrainingState, checkpoint: Checkpoint): Promise<void> | void;
}

/**
 * Begins at random, with the weights of `from`, or where `resumed` stood. Throws AppError `badDataset` where pieces for training or for
 * validation are missing, `badCheckpoint` where `from` has other shapes.
 */
export async function trainModel(
  pieces: readonly TrainingPiece[],
  settings: TrainingSettings,
  observer: TrainingObserver,
  { resumed = null, from = null }: { resumed?: TrainingState | null; from?: Checkpoint | null } = {},
): Promise<TrainingState> {
  const recipe = recipeFor(settings.role);
  const usable = pieces.filter(recipe.accepts);
  const training = usable.filter((piece) => !isForValidation(piece));
  const validation = usable.filter(isForValidation).map((piece) => sequenceOf(piece, recipe.range));
  if (training.length === 0 || validation.length === 0)
    throw new AppError(
      'badDataset',
      `${usable.length} of ${pieces.length} pieces can train a model for ${settings.role}: ${training.length} to learn from and ${validation.length} kept aside; both must be there`,
    );
  const network = recipe.network(settings.units);
  const names = network.heads.map(({ name }) => name);
  const windowing = { ...recipe.windowing, steps: settings.steps, batch: settings.batch };
  const trainer = await Trainer.create(
    network,
    windowing,
    resumed?.trainer ?? {
      weights: from ? fitting(from, network) : initialParameters(network, createRandom(settings.seed)),
      updates: 0,
    },
  );
  const totalSteps = training.reduce((sum, { melody }) => sum + melody.length - 1, 0);
  const state: TrainingState = resumed ?? {
    settings,
    trainer: trainer.state(),
    curve: [],
    best: { epoch: 0, loss: Number.POSITIVE_INFINITY, weights: trainer.parameters() },
  };
  const startedMs = performance.now();
  const firstEpoch = state.curve.length + 1;
  for (let epoch = firstEpoch; epoch <= settings.epochs; epoch++) {
    if (epoch - state.best.epoch > settings.patience + 1) break;
    const random = createRandom(settings.seed ^ Math.imul(epoch, 0x9e3779b1));
    const rate = rateAt((epoch - 1) / settings.epochs, settings.learningRate);
    const sequences = shuffled(training, random).map((piece) =>
      variedSequence(piece, { range: recipe.range, random, isMisheard: recipe.isMisheard }),
    );
    const epochMs = performance.now();
    let reportedMs = epochMs;
    const learned = new LossSum(names);
    trainer.resetState();
    for (const window of windowsOf(sequences, windowing)) {
      const masks =
        settings.dropout > 0
          ? dropoutMasks(settings.units, settings.batch, { share: settings.dropout, random })
          : undefined;
      learned.add(await trainer.train(window, rate, masks));
      const nowMs = performance.now();
      if (nowMs - reportedMs < REPORT_MS) continue;
      reportedMs = nowMs;
      const share = learned.tokens / totalSteps;
      const done = epoch - firstEpoch + share;
      observer.onProgress({
        epoch,
        done: (epoch - 1 + share) / settings.epochs,
        stepsPerSecond: (learned.tokens / (nowMs - epochMs)) * 1000,
        secondsLeft: ((nowMs - startedMs) / done / 1000) * (settings.epochs - firstEpoch + 1 - done),
      });
    }
    const seconds = (performance.now() - epochMs) / 1000;
    trainer.resetState();
    const measured = new LossSum(names);
    for (const window of windowsOf(validation, windowing)) measured.add(await trainer.measure(window));
    state.curve.push({
      epoch,
      training: learned.means(),
      validation: measured.means(),
      stepsPerSecond: Math.round(learned.tokens / seconds),
    });
    state.trainer = trainer.state();
    const loss = Object.values(measured.means()).reduce((sum, mean) => sum + mean, 0);
    if (loss < state.best.loss) state.best = { epoch, loss, weights: trainer.parameters() };
    await observer.onEpoch(state, { config: recipe.config, weights: state.best.weights });
  }
  return state;
}

function fitting({ weights }: Checkpoint, network: NetworkShape): Map<string, Tensor> {
  const wanted = [...initialParameters(network, createRandom(0))];
  return new Map(
    wanted.map(([name, { shape }]) => {
      const tensor = weights.get(name);
      if (tensor?.shape.join() !== shape.join())
        throw new AppError(
          'badCheckpoint',
          `${name} has the shape [${tensor?.shape.join(', ') ?? 'none'}], not [${shape.join(', ')}], so training cannot begin with it`,
        );
      return [name, tensor];
    }),
  );
}

/** Falls along a half cosine (Loshchilov and Hutter 2017). */
function rateAt(done: number, first: number): number {
  return first * (FINAL_RATE_SHARE + ((1 - FINAL_RATE_SHARE) * (1 + Math.cos(Math.PI * done))) / 2);
}

class LossSum {
  readonly #names: string[];
  readonly #losses: number[];
  readonly #counts: number[];
  tokens = 0;

  constructor(names: string[]) {
    this.#names = names;
    this.#losses = names.map(() => 0);
    this.#counts = names.map(() => 0);
  }

  add({ losses, counts, tokens }: WindowLoss): void {
    this.tokens += tokens;
    this.#names.forEach((_, head) => {
      this.#losses[head] = (this.#losses[head] as number) + (losses[head] as number);
      this.#counts[head] = (this.#counts[head] as number) + (counts[head] as number);
    });
  }

  means(): Record<string, number> {
    return Object.fromEntries(
      this.#names.map((name, head) => [
        name,
        (this.#losses[head] as number) / Math.max(1, this.#counts[head] as number),
      ]),
    );
  }
}
