import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeCheckpoint } from '@antiphon/core/models';
import { latentCheckpoint } from '@antiphon/core/models/latent-checkpoint.fixture';
import { plainRequest, silentObserver } from '@antiphon/core/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Environment } from '../env.js';
import { openEngine } from './engine.provider.js';

const BUNDLED = fileURLToPath(new URL('../../../../packages/core/checkpoints', import.meta.url));

describe('the models of a booth', () => {
  let data: string;
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'antiphon-models-'));
  });
  afterEach(() => rm(data, { recursive: true, force: true }));

  const open = async (checkpoints: string) => {
    const broken: string[] = [];
    const engine = await openEngine(
      { CHECKPOINTS_DIR: checkpoints, DATA_DIR: data, INFERENCE_RUNNER: 'auto' } as Environment,
      { nowMs: () => performance.now() } as Parameters<typeof openEngine>[1],
      silentObserver,
      (folder, reason) => broken.push(`${folder.slice(data.length)}: ${reason}`),
    );
    return { engine, broken };
  };

  it('are those of the checkpoints folder and of the library, a MusicVAE among them; broken ones are named', async () => {
    const checkpoints = join(data, 'checkpoints');
    await cp(join(BUNDLED, 'melody-small'), join(checkpoints, 'melody'), { recursive: true });
    await writeCheckpoint(join(checkpoints, 'between'), latentCheckpoint(1));
    const drums = latentCheckpoint(1);
    drums.config.dataConverter = { type: 'DrumsConverter', args: { numSteps: 32 } };
    await writeCheckpoint(join(data, 'models', 'drums'), drums);
    await mkdir(join(data, 'models', 'nothing'));
    await writeFile(join(data, 'models', 'nothing', 'config.json'), 'no JSON');
    const { engine, broken } = await open(checkpoints);
    try {
      expect(engine.models().map(({ id, role }) => [id, role])).toEqual([
        ['melody', 'melody'],
        ['between', 'latent'],
      ]);
      expect(broken.sort()).toEqual([
        expect.stringMatching(/^\/models\/drums: .*must be MelodyConverter/),
        expect.stringMatching(/^\/models\/nothing: .*is not JSON/),
      ]);
      const events: number[] = [];
      const session = engine.open({ model: 'between', seed: 1 });
      for await (const { event } of session.generate(
        plainRequest([60, ...Array(31).fill(-2), 72, ...Array(31).fill(-2)], 32),
      ))
        events.push(event);
      expect(events).toHaveLength(32);
    } finally {
      await engine.close();
    }
  }, 120_000);

  it('keep what was brought in when a model of its name is bundled', async () => {
    const checkpoints = join(data, 'checkpoints');
    const bring = async (folder: string, title: string) => {
      await cp(join(BUNDLED, 'melody-small'), folder, { recursive: true });
      const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
      await writeFile(join(folder, 'config.json'), JSON.stringify({ ...config, title }));
    };
    await bring(join(checkpoints, 'melody'), 'Bundled');
    await bring(join(checkpoints, 'folk'), 'Bundled');
    await bring(join(data, 'models', 'folk'), 'Brought in');
    const { engine, broken } = await open(checkpoints);
    expect(Object.fromEntries(engine.models().map(({ id, title }) => [id, title]))).toEqual({
      melody: 'Bundled',
      folk: 'Brought in',
    });
    expect(broken).toEqual(['/checkpoints/folk: a model "folk" was brought in here, and is played']);
    await engine.close();
  }, 60_000);

  it('need the one that is played where nobody chooses', async () => {
    const checkpoints = join(data, 'checkpoints');
    await cp(join(BUNDLED, 'melody-small'), join(checkpoints, 'other'), { recursive: true });
    await expect(open(checkpoints)).rejects.toMatchObject({
      code: 'noModel',
      message: expect.stringMatching(/no usable checkpoint folder named "melody"/),
    });
  }, 60_000);
});
