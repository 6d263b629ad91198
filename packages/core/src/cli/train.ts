import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeCheckpoint } from '../models/index.js';
import { TrainingPiece, trainMelody } from '../training/index.js';
import type { Verb } from './verb.js';

const usage = `antiphon train --pieces FILE --out FOLDER [options]      trains a melody model

  --pieces FILE      what antiphon dataset wrote
  --out FOLDER       the checkpoint: config.json, weights and training.json, the loss of every epoch
  --units LIST       units of each layer (default 128,128)
  --epochs N         at most so many passes over the pieces (default 30); stops early when nothing improves
  --rate R           learning rate at the start (default 0.002)
  --seed N           start values and order (default 1)
`;

async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      pieces: { type: 'string' },
      out: { type: 'string' },
      units: { type: 'string', default: '128,128' },
      epochs: { type: 'string', default: '30' },
      rate: { type: 'string', default: '0.002' },
      seed: { type: 'string', default: '1' },
    },
  });
  if (!values.pieces || !values.out)
    throw new Error('--pieces FILE and --out FOLDER are needed; see antiphon train --help');
  const pieces = await readPieces(values.pieces);
  const trained = await trainMelody(pieces, {
    units: values.units.split(',').map((part) => positive('--units', part)),
    epochs: positive('--epochs', values.epochs),
    learningRate: positive('--rate', values.rate),
    seed: positive('--seed', values.seed),
    onProgress: ({ epoch, epochs, trainingLoss, validationLoss, tokensPerSecond, minutesLeft }) =>
      console.log(
        `epoch ${epoch}/${epochs}  training ${trainingLoss.toFixed(4)}  validation ${validationLoss.toFixed(4)} nats a step  ` +
          `${Math.round(tokensPerSecond)} steps/s  ${minutesLeft.toFixed(1)} min left`,
      ),
  });
  await writeCheckpoint(values.out, trained.checkpoint);
  await writeFile(join(values.out, 'training.json'), `${JSON.stringify(trained.curve, null, 2)}\n`);
  console.log(
    `best validation loss ${trained.validationLoss.toFixed(4)} nats a step, written to ${values.out}`,
  );
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${name} must be a number above 0, not "${text}"`);
  return value;
}

async function readPieces(file: string): Promise<TrainingPiece[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter(Boolean);
  return lines.map((line, i) => {
    try {
      return TrainingPiece.parse(JSON.parse(line));
    } catch (cause) {
      throw new Error(`${file}, line ${i + 1} is not a piece: ${(cause as Error).message}`, { cause });
    }
  });
}

export const train: Verb = { summary: 'trains a melody model', usage, run };
