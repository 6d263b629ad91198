import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeCheckpoint } from '@antiphon/core/models';
import { plainRequest, silentObserver } from '@antiphon/core/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { latentCheckpoint } from '../../../../packages/core/src/models/latent-checkpoint.fixture.js';
import type { Environment } from '../env.js';
import { openEngine } from './engine.provider.js';

const BUNDLED = fileURLToPath(new URL('../../../../packages/core/checkpoints', import.meta.url));

describe('the models of a booth', () => {
  let data: string;
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'antiphon-models-'));
  });
  afterEach(() => rm(data, { recursive: true, force: true }));

  it('are those of the checkpoints folder and of the library, a MusicVAE among them; broken ones are named', async () => {
    const checkpoints = join(data, 'checkpoints');
    await cp(join(BUNDLED, 'melody-small'), join(checkpoints, 'melody'), { recursive: true });
    await writeCheckpoint(join(checkpoints, 'between'), latentCheckpoint(1));
    const drums = latentCheckpoint(1);
    drums.config.dataConverter = { type: 'DrumsConverter', args: { numSteps: 32 } };
    await writeCheckpoint(join(data, 'models', 'drums'), drums);
    await mkdir(join(data, 'models', 'nothing'));
    await writeFile(join(data, 'models', 'nothing', 'config.json'), 'no JSON');
    const broken: string[] = [];
    const engine = await openEngine(
      { CHECKPOINTS_DIR: checkpoints, DATA_DIR: data, INFERENCE_RUNNER: 'auto' } as Environment,
      { nowMs: () => performance.now() } as Parameters<typeof openEngine>[1],
      silentObserver,
      (folder, reason) => broken.push(`${folder.slice(data.length)}: ${reason}`),
    );
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
});
