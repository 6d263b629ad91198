/** The engine with every model of the checkpoints folder and of the library. A broken checkpoint is reported and left out; the others play. */
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '@antiphon/core/errors';
import { isLatent, type LatentModel, loadLatentModel, loadModel, type Model } from '@antiphon/core/models';
import { type Engine, type EngineObserver, startEngine, withLatentModels } from '@antiphon/core/runtime';
import type { Clock } from '../clock.js';
import type { Environment } from '../env.js';
import { libraryFolder } from '../models/model-library.js';

export const ENGINE = Symbol('engine');

/** The model that a session plays with. */
export const DEFAULT_MODEL = 'melody';

const BUNDLED = join(fileURLToPath(import.meta.resolve('@antiphon/core/models')), '../../../checkpoints');

/** Throws AppError `noModel` when none can be loaded, and as `startEngine` does. */
export async function openEngine(
  environment: Environment,
  clock: Clock,
  observer: EngineObserver,
  onBroken: (folder: string, reason: string) => void,
): Promise<Engine> {
  const folder = environment.CHECKPOINTS_DIR ?? BUNDLED;
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause) => {
    throw new AppError('noModel', `the checkpoints folder ${folder} cannot be read (${cause.code})`, {
      cause,
    });
  });
  const models: Model[] = [];
  const latent: LatentModel[] = [];
  const library = libraryFolder(environment.DATA_DIR);
  const added = await readdir(library, { withFileTypes: true }).catch(() => []);
  for (const { parentPath, name } of [...entries, ...added].filter(isCheckpoint)) {
    const path = join(parentPath, name);
    try {
      if (await isLatent(path)) latent.push(await loadLatentModel(path));
      else models.push(await loadModel(path));
    } catch (error) {
      onBroken(path, (error as Error).message);
    }
  }
  if (!models.some(({ id }) => id === DEFAULT_MODEL))
    throw new AppError('noModel', `${folder} holds no usable checkpoint folder named "${DEFAULT_MODEL}"`);
  const engine = await startEngine({
    models,
    runner: environment.INFERENCE_RUNNER,
    observer,
    nowMs: () => clock.nowMs(),
  });
  return withLatentModels(engine, {
    models: latent,
    observer,
    onBroken: (model, reason) => onBroken(model.folder, reason),
  });
}

/** What begins with a dot is still being written. */
function isCheckpoint(entry: Dirent): boolean {
  return entry.isDirectory() && !entry.name.startsWith('.');
}
