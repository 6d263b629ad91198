/** The engine with every model of the checkpoints folder and of the library. A broken checkpoint is reported and left out; the others play. */
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '@antiphon/core/errors';
import { loadModel, type Model } from '@antiphon/core/models';
import { type Engine, type EngineObserver, startEngine } from '@antiphon/core/runtime';
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
  const library = libraryFolder(environment.DATA_DIR);
  const added = await readdir(library, { withFileTypes: true }).catch(() => []);
  for (const { parentPath, name } of [...entries, ...added].filter(isCheckpoint))
    try {
      models.push(await loadModel(join(parentPath, name)));
    } catch (error) {
      onBroken(join(parentPath, name), (error as Error).message);
    }
  if (!models.some(({ id }) => id === DEFAULT_MODEL))
    throw new AppError('noModel', `${folder} holds no usable checkpoint folder named "${DEFAULT_MODEL}"`);
  return startEngine({ models, runner: environment.INFERENCE_RUNNER, observer, nowMs: () => clock.nowMs() });
}

/** What begins with a dot is still being written. */
function isCheckpoint(entry: Dirent): boolean {
  return entry.isDirectory() && !entry.name.startsWith('.');
}
