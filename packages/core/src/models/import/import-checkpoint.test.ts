import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MusicRNN } from '@magenta/music/node/music_rnn.js';
import { NoteSequence } from '@magenta/music/node/protobuf.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOLD, type MelodyEvent } from '../../music/melody.js';
import { createRandom } from '../../random.js';
import {
  type Checkpoint,
  exportCheckpoint,
  importCheckpoint,
  loadModel,
  type Model,
  modelOf,
  NO_CONDITION,
  readCheckpoint,
  stepNetwork,
  type Tensor,
  writeCheckpoint,
  zeroState,
} from '../index.js';
import { latentCheckpoint } from '../latent-checkpoint.fixture.js';
import { bundle, metagraph, savedSlices, tensorBundle } from './bundle.fixture.js';
import { importLocally } from './import-locally.js';
import { NEW, NEW_ATTENTION, network } from './network.fixture.js';

let folder: string;
let server: Server;
let address: string;
const asked: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antiphon-import-'));
  server = createServer(async (request, response) => {
    asked.push(request.url ?? '');
    const bytes = await readFile(join(folder, new URL(request.url ?? '', address).pathname)).catch(
      () => null,
    );
    response.writeHead(bytes ? 200 : 404).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

const options = () => ({ cacheFolder: join(folder, 'cache'), retryPauseMs: 1, onProgress: () => {} });
const ONE_HOT = {
  type: 'MusicRNN',
  dataConverter: { type: 'MelodyConverter', args: { minPitch: 48, maxPitch: 83 } },
};
const plain = (sizes = { inputs: 38, classes: 38, units: [9, 7] }): Checkpoint => ({
  config: ONE_HOT,
  weights: network(NEW, sizes),
});

/** In Magenta.js's quantised form, several shards whose borders lie anywhere. */
async function writeQuantised(path: string, { config, weights }: Checkpoint, dtype: 'uint8' | 'uint16') {
  const levels = dtype === 'uint8' ? 255 : 65_535;
  const parts = [...weights].map(([name, { shape, values }]) => {
    const min = Math.min(...values);
    const scale = (Math.max(...values) - min) / levels || 1;
    const numbers = [...values].map((value) => Math.round((value - min) / scale));
    const stored = dtype === 'uint8' ? Uint8Array.from(numbers) : Uint16Array.from(numbers);
    const entry = { name, shape, dtype: 'float32', quantization: { dtype, scale, min } };
    return { entry, bytes: Buffer.from(stored.buffer) };
  });
  const bytes = Buffer.concat(parts.map((part) => part.bytes));
  const shard = Math.ceil(bytes.length / 3);
  const paths = [1, 2, 3].map((number) => `group1-shard${number}of3`);
  await mkdir(path);
  for (const [i, name] of paths.entries())
    await writeFile(join(path, name), bytes.subarray(i * shard, (i + 1) * shard));
  await writeFile(join(path, 'config.json'), JSON.stringify(config));
  const manifest = [{ paths, weights: parts.map(({ entry }) => entry) }];
  await writeFile(join(path, 'weights_manifest.json'), JSON.stringify(manifest));
}

describe('Magenta.js’s MusicRNN on the same folder', () => {
  const random = createRandom(3);
  const integer = (below: number) => Math.floor(random.next() * below);
  /** As events, and as Magenta.js takes it; it ends with a note. */
  function prompt(notes: number) {
    const events: MelodyEvent[] = [];
    const played = Array.from({ length: notes }, () => {
      const pitch = 50 + integer(30);
      const length = 1 + integer(3);
      const quantizedStartStep = events.length;
      events.push(pitch, ...Array(length - 1).fill(HOLD));
      return { pitch, quantizedStartStep, quantizedEndStep: events.length };
    });
    const sequence = NoteSequence.create({
      quantizationInfo: { stepsPerQuarter: 4 },
      totalQuantizedSteps: events.length,
      notes: played,
    });
    return { events, sequence };
  }

  async function expectSameProbabilities(model: Model, name: string) {
    const oracle = new MusicRNN(`${address}/${name}`);
    for (const notes of [1, 5, 30]) {
      const { events, sequence } = prompt(notes);
      const { probs, sequence: answer } = await oracle.continueSequenceAndReturnProbabilities(sequence, 1, 1);
      await answer;
      const ours = nextProbabilities(model, events);
      const worst = Math.max(...ours.map((value, i) => Math.abs(value - (probs[0]?.[i] ?? Number.NaN))));
      expect(worst).toBeLessThan(1e-5);
    }
    oracle.dispose();
  }

  it.each(['uint8', 'uint16'] as const)('gives the same probabilities: %s in three shards', async (dtype) => {
    await writeQuantised(join(folder, dtype), plain(), dtype);
    const { checkpoint, warnings } = await importLocally(join(folder, dtype));
    expect(warnings).toEqual([]);
    await expectSameProbabilities(modelOf(dtype, checkpoint), dtype);
  });

  it('gives the same probabilities: a bundle that was imported and exported', async () => {
    const tensors = network(NEW, { inputs: 38, classes: 38, units: [9, 7] });
    await writeFile(
      join(folder, 'basic.mag'),
      bundle('basic_rnn', [savedSlices(tensors, { compressed: true })]),
    );
    const { checkpoint } = await importLocally(join(folder, 'basic.mag'));
    const warnings = await exportCheckpoint(checkpoint, join(folder, 'from-bundle'));
    expect(warnings.join()).toMatch(/^Magenta.js does not transpose[^.]*\.$/);
    await expectSameProbabilities(modelOf('basic', checkpoint), 'from-bundle');
  });

  it('gives the same probabilities: attention around three layers', async () => {
    const around = {
      ...NEW_ATTENTION,
      cell: (depth: number) => `rnn/attention_cell_wrapper/multi_rnn_cell/cell_${depth}/basic_lstm_cell`,
      attention: 'rnn/attention_cell_wrapper',
    };
    const weights = network(around, { inputs: 38, classes: 38, units: [6, 6, 6] });
    (weights.get('rnn/attention_cell_wrapper/attention/bias') as Tensor).values.fill(0); // MusicRNN leaves it out
    const checkpoint = { config: { ...ONE_HOT, attentionLength: 12 }, weights };
    expect(await exportCheckpoint(checkpoint, join(folder, 'attention'))).toEqual([]);
    await expectSameProbabilities(await loadModel(join(folder, 'attention')), 'attention');
  });
});

function nextProbabilities({ architecture, encoding }: Model, events: MelodyEvent[]): number[] {
  let state = zeroState(architecture);
  let logits: number[] = [];
  events.forEach((_, position) => {
    const stepped = stepNetwork(architecture, state, encoding.encode(events, position, NO_CONDITION));
    state = stepped.state;
    logits = [...(stepped.logits[0] as Float64Array)];
  });
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
  return logits.map((logit) => Math.exp(logit) / total);
}

it.each<[string, string | null, RegExp]>([
  ['nothing', null, /cannot be read \(ENOENT\); name a file, a folder or an address/],
  ['some other file', '{"type":"MusicRNN"}', /is neither a Magenta bundle nor a TensorFlow checkpoint/],
  ['an empty file', '', /is neither a Magenta bundle nor a TensorFlow checkpoint/],
])('%s is refused by name', async (_what, content, message) => {
  const path = join(await mkdtemp(join(folder, 'other-')), 'model');
  if (content !== null) await writeFile(path, content);
  await expect(importLocally(path)).rejects.toThrow(message);
});

it('a broken source is refused from the thread as it is without', async () => {
  const path = join(folder, 'broken.mag');
  await writeFile(path, bundle('basic_rnn', [Buffer.alloc(100)]));
  const wanted = {
    code: 'badCheckpoint',
    message: expect.stringMatching(/^broken.mag, checkpoint does not end as/),
  };
  await expect(importLocally(path)).rejects.toMatchObject(wanted);
  await expect(importCheckpoint(path, options())).rejects.toMatchObject(wanted);
});

describe('a checkpoint that TensorFlow left', () => {
  it('is read with its data files and its graph beside it', async () => {
    const tensors = network(NEW_ATTENTION, { inputs: 74, classes: 40, units: [5, 6] });
    const [table, ...shards] = tensorBundle(tensors, 3);
    await writeFile(join(folder, 'model.ckpt-900.index'), table as Buffer);
    for (const [i, shard] of shards.entries())
      await writeFile(join(folder, `model.ckpt-900.data-0000${i}-of-00003`), shard);
    await writeFile(
      join(folder, 'model.ckpt-900.meta'),
      metagraph([['rnn/while/attention_cell_wrapper/Reshape/shape', [-1, 21, 5]]]),
    );
    const { checkpoint, warnings } = await importLocally(join(folder, 'model.ckpt-900.index'));
    expect(checkpoint.config).toMatchObject({
      title: 'model.ckpt-900',
      attentionLength: 21,
      dataConverter: { type: 'KeyMelodyConverter' },
    });
    expect(warnings.join()).toMatch(/does not say how it is fed.*those of attention_rnn/);
  });

  it('is read in its first format, which is one file', async () => {
    const tensors = network(NEW, { inputs: 130, classes: 130, units: [5] });
    await writeFile(join(folder, 'model.ckpt'), savedSlices(tensors));
    const { checkpoint } = await importLocally(join(folder, 'model.ckpt'));
    expect(modelOf('mono', checkpoint).range).toEqual({ minPitch: 0, maxPitch: 127 });
  });

  it('is refused by name when a data file is missing', async () => {
    const [table] = tensorBundle(network(NEW, { inputs: 38, classes: 38, units: [5] }), 1);
    await writeFile(join(folder, 'alone.index'), table as Buffer);
    await expect(importLocally(join(folder, 'alone.index'))).rejects.toThrow(
      /alone.data-00000-of-00001 cannot be read: ENOENT/,
    );
  });
});

describe('a folder whose config.json does not fit its weights', () => {
  it('is fed as its sizes tell, and says so', async () => {
    const path = join(folder, 'contradictory');
    const weights = network(NEW, { inputs: 75, classes: 38, units: [5] });
    await writeCheckpoint(path, { config: { ...ONE_HOT, title: 'Mine', transposeToKey: 3 }, weights });
    const { checkpoint, warnings } = await importLocally(path);
    expect(checkpoint.config).toEqual({ ...ONE_HOT, title: 'Mine', chordEncoder: 'PitchChordEncoder' });
    expect(warnings).toEqual([
      'contradictory: config.json describes 38 inputs; the weights have 75. Its 75 inputs and 38 classes are those of chord_pitches_improv, so it is fed as that.',
    ]);
  });

  it('is refused when no known encoding has its sizes', async () => {
    const path = join(folder, 'unknown');
    await writeCheckpoint(path, plain({ inputs: 51, classes: 13, units: [5] }));
    await expect(importLocally(path)).rejects.toThrow(
      /config.json describes 38 inputs; the weights have 51; and no known encoding has the 51 inputs and 13 classes/,
    );
  });
});

describe('an export', () => {
  const around = (layers: number[], bias: number): Checkpoint => {
    const names = {
      ...NEW_ATTENTION,
      cell: (depth: number) => `rnn/attention_cell_wrapper/multi_rnn_cell/cell_${depth}/basic_lstm_cell`,
      attention: 'rnn/attention_cell_wrapper',
    };
    const weights = network(names, { inputs: 38, classes: 38, units: layers });
    (weights.get('rnn/attention_cell_wrapper/attention/bias') as Tensor).values.fill(bias);
    return { config: ONE_HOT, weights };
  };

  it.each<[string, () => Checkpoint, RegExp]>([
    [
      'key melody',
      () => ({
        config: { ...ONE_HOT, dataConverter: { ...ONE_HOT.dataConverter, type: 'KeyMelodyConverter' } },
        weights: plain().weights,
      }),
      /does not know KeyMelodyConverter and will refuse/,
    ],
    ['attention around two layers', () => around([5, 5], 0), /only around all of 3 layers/],
    ['attention with a bias', () => around([5, 5, 5], 0.1), /leaves out attention\/bias/],
    [
      'a key to transpose to',
      () => ({ ...plain(), config: { ...ONE_HOT, transposeToKey: 0 } }),
      /does not transpose/,
    ],
  ])('says where Magenta.js will not play the same: %s', async (_what, make, message) => {
    const path = await mkdtemp(join(folder, 'export-'));
    expect((await exportCheckpoint(make(), path)).join()).toMatch(message);
  });

  it('leaves out what is no weight', async () => {
    await exportCheckpoint(plain(), join(folder, 'lean'));
    const { weights } = await readCheckpoint(join(folder, 'lean'));
    expect([...weights.keys()].filter((name) => /Adam|beta/.test(name))).toEqual([]);
    expect(weights.size).toBe(6);
  });
});

describe('an address', () => {
  it('of a folder is fetched once, shards and all', async () => {
    await writeQuantised(join(folder, 'far'), plain(), 'uint8');
    asked.length = 0;
    const { checkpoint } = await importCheckpoint(`${address}/far/`, options());
    expect(checkpoint.weights).toEqual((await importLocally(join(folder, 'far'))).checkpoint.weights);
    expect(asked).toEqual([
      '/far/config.json',
      '/far/weights_manifest.json',
      ...[1, 2, 3].map((number) => `/far/group1-shard${number}of3`),
    ]);
    asked.length = 0;
    await importCheckpoint(`${address}/far/`, options());
    expect(asked).toEqual([]);
  });

  it('of a MusicVAE brings it in as it is, or says what is not asked of it', async () => {
    const melodies = latentCheckpoint(1);
    await writeCheckpoint(join(folder, 'vae'), melodies);
    expect(await importCheckpoint(`${address}/vae`, options())).toEqual({
      checkpoint: melodies,
      warnings: [],
    });
    const dataConverter = { type: 'DrumsConverter', args: { numSteps: 32 } };
    await writeCheckpoint(join(folder, 'drums'), {
      ...melodies,
      config: { type: 'MusicVAE', dataConverter },
    });
    await expect(importCheckpoint(`${address}/drums`, options())).rejects.toMatchObject({
      code: 'badCheckpoint',
      message: expect.stringMatching(/dataConverter.type: must be MelodyConverter/),
    });
  });

  it('of a bundle gives the model its name', async () => {
    const tensors = network(NEW, { inputs: 130, classes: 130, units: [5] });
    await writeFile(join(folder, 'tunes.mag'), bundle('', [savedSlices(tensors)]));
    const { warnings } = await importCheckpoint(`${address}/tunes.mag?version=2`, options());
    expect(warnings.join()).toMatch(/^tunes.mag does not say how it is fed/);
  });

  it('where nothing is says so', async () => {
    await expect(importCheckpoint(`${address}/nowhere`, options())).rejects.toMatchObject({
      code: 'downloadFailed',
      message: `${address}/nowhere/config.json: the server answers 404 Not Found`,
    });
  });
});

const REAL = fileURLToPath(
  new URL('../../../../../../shared/data/checkpoints/attention_rnn_tfjs', import.meta.url),
);
describe.skipIf(!existsSync(REAL))('a Magenta.js folder that a user published', () => {
  it('is key melody with attention around its first layer, whatever its config.json says', async () => {
    const { checkpoint, warnings } = await importLocally(REAL);
    expect(warnings.join('\n')).toMatch(/describes 75 inputs; the weights have 74.*those of attention_rnn/);
    const { architecture, encoding } = modelOf('real', checkpoint);
    expect(architecture.layers.map(({ units }) => units)).toEqual([128, 128]);
    expect(architecture.attention?.layers).toBe(1);
    expect([encoding.inputSize, encoding.classes]).toEqual([74, 40]);
    expect(checkpoint.weights.size).toBe(14);
  });
});
