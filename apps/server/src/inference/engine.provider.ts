/** The engine with every model of the checkpoints folder and of the library. A broken checkpoint is reported and left out; the others play. */
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '@antiphon/core/errors';
import { type LatentModel, loadAnyModel, type Model } from '@antiphon/core/models';
import {
  type EngineObserver,
  type LatentEngine,
  startEngine,
  withLatentModels,
} from '@antiphon/core/runtime';
import type { Clock } from '../clock.js';
import type { Environment } from '../env.js';
import { libraryFolder } from '../models/model-library.js';

export const ENGINE = Symbol('engine');

/** The model that a session plays with. */
export const DEFAULT_MODEL = 'melody';

const BUNDLED = join(fileURLToPath(import.meta.resolve('@antiphon/core/models')), '../../../checkpoints');

type OnBroken = (folder: string, reason: string) => void;
/** By their ids. */
type Found = Map<string, { folder: string; model: Model | LatentModel }>;

/**
 * What was brought in under a name is played, also once a model of that name is bundled. Throws AppError `noModel` where the default model
 * is none of them, and as `startEngine` does.
 */
export async function openEngine(
  environment: Environment,
  clock: Clock,
  observer: EngineObserver,
  onBroken: OnBroken,
): Promise<LatentEngine> {
  const folder = environment.CHECKPOINTS_DIR ?? BUNDLED;
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause) => {
    throw new AppError('noModel', `the checkpoints folder ${folder} cannot be read (${cause.code})`, {
      cause,
    });
  });
  const library = libraryFolder(environment.DATA_DIR);
  const found = await load(entries, onBroken);
  for (const [id, added] of await load(
    await readdir(library, { withFileTypes: true }).catch(() => []),
    onBroken,
  )) {
    const bundled = found.get(id);
    if (bundled) onBroken(bundled.folder, `a model "${id}" was brought in here, and is played`);
    found.set(id, added);
  }
  const leftOut = ({ id }: { id: string }, reason: string) => onBroken(found.get(id)?.folder ?? id, reason);
  const models = [...found.values()].map(({ model }) => model);
  const nowMs = () => clock.nowMs();
  const engine = await startEngine({
    models: models.filter((model) => model.role !== 'latent'),
    runner: environment.INFERENCE_RUNNER,
    observer,
    nowMs,
    onBroken: leftOut,
  });
  if (engine.models().some(({ id }) => id === DEFAULT_MODEL))
    return withLatentModels(engine, {
      models: models.filter((model) => model.role === 'latent'),
      observer,
      nowMs,
      onBroken: leftOut,
    });
  await engine.close();
  throw new AppError('noModel', `${folder} holds no usable checkpoint folder named "${DEFAULT_MODEL}"`);
}

async function load(entries: Dirent[], onBroken: OnBroken): Promise<Found> {
  const found: Found = new Map();
  for (const { parentPath, name } of entries.filter(isCheckpoint)) {
    const folder = join(parentPath, name);
    try {
      found.set(name, { folder, model: await loadAnyModel(folder) });
    } catch (error) {
      onBroken(folder, (error as Error).message);
    }
  }
  return found;
}

/** What begins with a dot is still being written. */
function isCheckpoint(entry: Dirent): boolean {
  return entry.isDirectory() && !entry.name.startsWith('.');
}
