import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '@antiphon/core/errors';
import { loadModel } from '@antiphon/core/models';
import type { LatentEngine } from '@antiphon/core/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { libraryFolder, ModelLibrary } from './model-library.js';

const BUNDLE = fileURLToPath(
  new URL('../../../../packages/core/src/models/import/recorded/mono_rnn-v2.mag', import.meta.url),
);

describe('the library of models', () => {
  let data: string;
  let library: ModelLibrary;
  /** What the engine was given. */
  let given: string[];
  let refuses: boolean;
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'antiphon-library-'));
    given = [];
    refuses = false;
    const engine: Pick<LatentEngine, 'models' | 'add'> = {
      models: () => [],
      add: async ({ id }) => {
        if (refuses) throw new AppError('noRunner', 'nothing runs it');
        given.push(id);
      },
    };
    library = new ModelLibrary({ engine: engine as LatentEngine, dataFolder: data, stationsWith: () => [] });
  });
  afterEach(() => rm(data, { recursive: true, force: true }));

  const upload = (name: string) => library.addUpload(createReadStream(BUNDLE), name);
  const kept = () => readdir(libraryFolder(data));

  it('takes one of two uploads that come at once under one name', async () => {
    const results = await Promise.allSettled([upload('Tunes.mag'), upload('tunes.mag')]);
    expect(results).toMatchObject([{ status: 'fulfilled' }, { reason: { code: 'modelExists' } }]);
    expect(given).toEqual(['tunes']);
    expect(await kept()).toEqual(['tunes']);
  });

  it('keeps nothing of a model that the engine refuses, and takes it once the engine does', async () => {
    refuses = true;
    await expect(upload('tunes.mag')).rejects.toMatchObject({ code: 'noRunner' });
    expect(await kept()).toEqual([]);
    refuses = false;
    expect(await upload('tunes.mag')).toMatchObject({ id: 'tunes' });
    expect(library.imports()).toEqual([]);
  });

  it('gives the engine nothing that could not be written', async () => {
    await writeFile(libraryFolder(data), 'no folder');
    await expect(library.addFrom(BUNDLE)).rejects.toThrow();
    expect(given).toEqual([]);
  });

  it('puts a model in the place of a broken one that was left out at the start', async () => {
    await mkdir(join(libraryFolder(data), 'tunes'), { recursive: true });
    await writeFile(join(libraryFolder(data), 'tunes', 'config.json'), 'no JSON');
    await upload('tunes.mag');
    expect(given).toEqual(['tunes']);
    expect(await loadModel(join(libraryFolder(data), 'tunes'))).toMatchObject({ id: 'tunes' });
  });
});
