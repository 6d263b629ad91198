/** What training leaves in its folder: the best checkpoint, the loss of every epoch as JSON and SVG, and where to go on. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../app-error.js';
import type { Checkpoint, Tensor } from '../models/checkpoint.js';
import { readCheckpoint, writeCheckpoint } from '../models/checkpoint-folder.js';
import { lossCurveSvg } from './loss-curve.js';
import type { TrainingSettings, TrainingState } from './train-model.js';

/** Taken away when training is done. */
const RESUME = 'resume';
const BEST = /^best\//;

/** Replaces what an earlier epoch wrote; cut short anywhere, one whole state is left. */
export async function saveTraining(
  folder: string,
  state: TrainingState,
  checkpoint: Checkpoint,
): Promise<void> {
  await writeCheckpoint(folder, checkpoint);
  const { settings, curve, best, trainer } = state;
  const summary = { settings, best: { epoch: best.epoch, loss: best.loss }, curve };
  await writeFile(join(folder, 'training.json'), `${JSON.stringify(summary, null, 2)}\n`);
  await writeFile(join(folder, 'training.svg'), lossCurveSvg(curve));
  const fresh = join(folder, `${RESUME}.new`);
  const weights = new Map<string, Tensor>([
    ...trainer.weights,
    ...[...best.weights].map(([name, tensor]): [string, Tensor] => [`best/${name}`, tensor]),
  ]);
  await writeCheckpoint(fresh, {
    config: { ...checkpoint.config, ...summary, updates: trainer.updates },
    weights,
  });
  await rm(join(folder, RESUME), { recursive: true, force: true });
  await rename(fresh, join(folder, RESUME));
}

export async function endTraining(folder: string): Promise<void> {
  await rm(join(folder, RESUME), { recursive: true, force: true });
}

/** Throws AppError `cannotResume` where there is nothing to go on from, or what was begun had other settings. */
export async function readTraining(folder: string, settings: TrainingSettings): Promise<TrainingState> {
  const { config, weights } = await readCheckpoint(join(folder, RESUME)).catch((cause) => {
    throw new AppError('cannotResume', `${folder} holds no training to go on with: ${cause.message}`, {
      cause,
    });
  });
  const { settings: begun, curve, best, updates } = config as unknown as TrainingState & { updates: number };
  const other = Object.keys(settings).find(
    (name) => JSON.stringify(begun[name as 'seed']) !== JSON.stringify(settings[name as 'seed']),
  ) as keyof TrainingSettings | undefined;
  if (other)
    throw new AppError(
      'cannotResume',
      `${folder} was begun with ${other} ${begun[other]}, not ${settings[other]}; name the same settings, or start anew without --resume`,
    );
  const named = [...weights];
  return {
    settings,
    curve,
    trainer: { updates, weights: new Map(named.filter(([name]) => !BEST.test(name))) },
    best: {
      ...best,
      weights: new Map(
        named.flatMap(([name, tensor]) => (BEST.test(name) ? [[name.replace(BEST, ''), tensor]] : [])),
      ),
    },
  };
}
