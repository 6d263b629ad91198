import { parseArgs } from 'node:util';
import { readCheckpoint } from '../models/index.js';
import {
  endTraining,
  readTraining,
  saveTraining,
  type TrainingSettings,
  trainModel,
} from '../training/index.js';
import { positive, share, whole } from './numbers.js';
import { readPieces } from './pieces-file.js';
import { bar, duration, endProgress, showProgress } from './progress.js';
import type { Verb } from './verb.js';

const ROLES = ['melody', 'accompaniment', 'improv'] as const;

const usage = `antiphon train --pieces FILE --out FOLDER [options]      trains a model

  --pieces FILE      what antiphon dataset wrote
  --out FOLDER       the best checkpoint so far: config.json and weights; training.json and training.svg, the loss of every epoch
  --role ROLE        ${ROLES.join(', ')} (default melody)
  --units LIST       units of each layer (default 256,256)
  --epochs N         at most so many passes over the pieces (default 30)
  --patience N       stops after so many epochs without a better validation loss (default 6)
  --batch N          sequences learned from together (default 64)
  --steps N          16ths that gradients go back through (default 64)
  --rate R           learning rate at the start (default 0.002)
  --dropout SHARE    of each layer's outputs that is left out (default 0.2)
  --seed N           start values and order (default 1)
  --from FOLDER      begins with the weights of this checkpoint, of the same role and units
  --resume           goes on with what is in FOLDER after an interruption, with the same settings
`;

async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      pieces: { type: 'string' },
      out: { type: 'string' },
      role: { type: 'string', default: 'melody' },
      units: { type: 'string', default: '256,256' },
      epochs: { type: 'string', default: '30' },
      patience: { type: 'string', default: '6' },
      batch: { type: 'string', default: '64' },
      steps: { type: 'string', default: '64' },
      rate: { type: 'string', default: '0.002' },
      dropout: { type: 'string', default: '0.2' },
      seed: { type: 'string', default: '1' },
      from: { type: 'string' },
      resume: { type: 'boolean', default: false },
    },
  });
  const { pieces: file, out } = values;
  if (!file || !out) throw new Error('--pieces FILE and --out FOLDER are needed; see antiphon train --help');
  const role = ROLES.find((known) => known === values.role);
  if (!role) throw new Error(`--role must be one of ${ROLES.join(', ')}, not "${values.role}"`);
  const settings: TrainingSettings = {
    role,
    units: values.units.split(',').map((part) => whole('--units', part)),
    epochs: whole('--epochs', values.epochs),
    patience: whole('--patience', values.patience),
    batch: whole('--batch', values.batch),
    steps: whole('--steps', values.steps),
    learningRate: positive('--rate', values.rate),
    dropout: share('--dropout', values.dropout),
    seed: whole('--seed', values.seed),
  };
  const resumed = values.resume ? await readTraining(out, settings) : null;
  const pieces = await readPieces(file);
  const { best } = await trainModel(
    pieces,
    settings,
    {
      onProgress: ({ epoch, done, stepsPerSecond, secondsLeft }) =>
        showProgress(
          `${bar(done)} epoch ${epoch}/${settings.epochs}  ${Math.round(stepsPerSecond)} steps/s  ${duration(secondsLeft)} left`,
        ),
      onEpoch: async (state, checkpoint) => {
        await saveTraining(out, state, checkpoint);
        const last = state.curve.at(-1);
        endProgress();
        if (last)
          console.log(
            `epoch ${last.epoch}/${settings.epochs}  training ${spelled(last.training)}  validation ${spelled(last.validation)} nats a step  ${last.stepsPerSecond} steps/s`,
          );
      },
    },
    { resumed, from: values.from ? await readCheckpoint(values.from) : null },
  );
  await endTraining(out);
  console.log(`best at epoch ${best.epoch} with ${best.loss.toFixed(4)} nats a step, written to ${out}`);
}

function spelled(losses: Record<string, number>): string {
  return Object.entries(losses)
    .map(([name, loss]) => `${name} ${loss.toFixed(4)}`)
    .join(', ');
}

export const train: Verb = { summary: 'trains a model', usage, run };
