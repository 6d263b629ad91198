/** Whatever is wrong with a model that is brought in, nobody who plays hears of it. */
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Checkpoint,
  loadModel,
  readCheckpoint,
  type Tensor,
  writeCheckpoint,
} from '@antiphon/core/models';
import { latentCheckpoint } from '@antiphon/core/models/latent-checkpoint.fixture';
import {
  type LatentEngine,
  plainRequest,
  silentObserver,
  startEngine,
  withLatentModels,
} from '@antiphon/core/runtime';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { libraryFolder, ModelLibrary } from './model-library.js';

const BUNDLED = fileURLToPath(new URL('../../../../packages/core/checkpoints', import.meta.url));
const HEAD = 'fully_connected/weights';

let data: string;
let engine: LatentEngine;
let library: ModelLibrary;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'antiphon-broken-'));
  const options = {
    observer: silentObserver,
    nowMs: () => performance.now(),
    onBroken: ({ id }: { id: string }, reason: string) => expect.fail(`${id}: ${reason}`),
  };
  const plain = await startEngine({
    ...options,
    runner: 'onnx',
    models: [await loadModel(join(BUNDLED, 'melody-small'))],
  });
  engine = await withLatentModels(plain, { ...options, models: [] });
  library = new ModelLibrary({ engine, dataFolder: data, stationsWith: () => [] });
});
afterAll(async () => {
  await engine?.close();
  await rm(data, { recursive: true, force: true });
});

interface Playing {
  melody: number[];
  /** Plays on until then. */
  enough: AbortController;
  ended: Promise<void>;
}

function play(steps: number): Playing {
  const playing: Playing = { melody: [], enough: new AbortController(), ended: Promise.resolve() };
  const session = engine.open({ model: 'melody-small', seed: 5 });
  const request = { ...plainRequest([60, -2, 62, -2], steps), deadlineMs: Number.MAX_SAFE_INTEGER };
  playing.ended = (async () => {
    for await (const { event } of session.generate(request, playing.enough.signal))
      playing.melody.push(event);
    session.close();
  })();
  return playing;
}

const changed = (change: (checkpoint: Checkpoint) => void) => async (folder: string) => {
  const checkpoint = await readCheckpoint(join(BUNDLED, 'melody-small'));
  change(checkpoint);
  await writeCheckpoint(folder, checkpoint);
};
const headOf = ({ weights }: Checkpoint) => weights.get(HEAD) as Tensor;

it.each<[string, (folder: string) => Promise<void>, RegExp]>([
  [
    'one whose shard ends early',
    async (folder) => {
      await changed(() => {})(folder);
      const shard = join(folder, 'group1-shard1of1.bin');
      await truncate(shard, (await readFile(shard)).length - 4);
    },
    /which end at/,
  ],
  ['one whose config.json is none', async (folder) => writeFile(folder, '{'), /neither a Magenta bundle/],
  [
    'one with a weight that is no number',
    changed((it) => headOf(it).values.fill(Number.NaN, 7, 8)),
    /holds NaN/,
  ],
  [
    'one with a head that nobody knows',
    changed(({ weights }) => {
      weights.set('heads/melody/weights', weights.get(HEAD) as Tensor);
      weights.set('heads/melody/biases', weights.get('fully_connected/biases') as Tensor);
      weights.set('heads/drums/weights', weights.get(HEAD) as Tensor);
      weights.set('heads/drums/biases', weights.get('fully_connected/biases') as Tensor);
    }),
    /a head "drums"/,
  ],
  [
    'a MusicVAE that its library cannot run',
    async (folder) => {
      const halved = latentCheckpoint(2);
      halved.weights.delete('decoder/output_projection/bias');
      await writeCheckpoint(folder, halved);
    },
    /bias/,
  ],
])('%s is refused by name, and a session plays on as if it were alone', async (_what, write, reason) => {
  const source = join(data, 'broken-one');
  await write(source);
  const meanwhile = play(1_000_000);
  while (meanwhile.melody.length < 20) await new Promise((resolve) => setTimeout(resolve, 1));
  const before = meanwhile.melody.length;
  await expect(library.addFrom(source)).rejects.toThrow(reason);
  const after = meanwhile.melody.length;
  expect(after).toBeGreaterThan(before);
  meanwhile.enough.abort();
  await meanwhile.ended;
  const alone = play(after);
  await alone.ended;
  expect(alone.melody).toEqual(meanwhile.melody.slice(0, after));
  expect(engine.models().map(({ id }) => id)).toEqual(['melody-small']);
  expect(await readdir(libraryFolder(data)).catch(() => [])).toEqual([]);
  await rm(source, { recursive: true });
});
