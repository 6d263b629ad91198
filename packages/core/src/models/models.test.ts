import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MusicRNN } from '@magenta/music/node/music_rnn.js';
import { NoteSequence } from '@magenta/music/node/protobuf.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOLD, type MelodyEvent, OFF } from '../music/melody.js';
import { createRandom } from '../random.js';
import {
  architectureOf,
  type Checkpoint,
  createOneHotEncoding,
  loadModel,
  type Model,
  modelOf,
  NO_CONDITION,
  readCheckpoint,
  sample,
  stepNetwork,
  type Tensor,
  writeCheckpoint,
  zeroState,
} from './index.js';
import { type ServedFolder, serveCheckpoint } from './serve-checkpoint.js';

const BUNDLED = fileURLToPath(new URL('../../checkpoints/melody-small', import.meta.url));
const random = createRandom(5);
const tensor = (...shape: number[]): Tensor => ({
  shape,
  values: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.next() - 0.5),
});

/** A network of random weights, as Magenta.js would have stored it. */
function checkpoint(units: number[], counterBits: number): Checkpoint {
  const classes = 38;
  const weights = new Map<string, Tensor>();
  units.forEach((width, layer) => {
    const inputs = layer === 0 ? classes + counterBits : (units[layer - 1] as number);
    weights.set(`rnn/multi_rnn_cell/cell_${layer}/basic_lstm_cell/kernel`, tensor(inputs + width, 4 * width));
    weights.set(`rnn/multi_rnn_cell/cell_${layer}/basic_lstm_cell/bias`, tensor(4 * width));
  });
  weights.set('fully_connected/weights', tensor(units.at(-1) as number, classes));
  weights.set('fully_connected/biases', tensor(classes));
  return {
    config: {
      type: 'MusicRNN',
      dataConverter: { type: 'MelodyConverter', args: { minPitch: 48, maxPitch: 83 } },
      ...(counterBits > 0 && { auxInputs: [{ type: 'BinaryCounter', args: { numBits: counterBits } }] }),
    },
    weights,
  };
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antiphon-models-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('Magenta.js’s own MusicRNN on the same folder', () => {
  let served: ServedFolder;
  beforeAll(async () => {
    served = await serveCheckpoint(folder);
    await writeCheckpoint(join(folder, 'plain'), checkpoint([20, 12], 0));
    await writeCheckpoint(join(folder, 'counters'), checkpoint([24], 5));
    await mkdir(join(folder, 'bundled'));
    for (const file of ['config.json', 'weights_manifest.json', 'group1-shard1of1.bin'])
      await writeFile(join(folder, 'bundled', file), await readFile(join(BUNDLED, file)));
  });
  afterAll(() => served.close());

  const melody: MelodyEvent[] = [60, HOLD, 64, HOLD, OFF, HOLD, 67, 72, HOLD, HOLD, 71, OFF];
  /** The melody as Magenta.js takes it: notes on a grid of 4 steps a quarter. */
  const sequence = NoteSequence.create({
    quantizationInfo: { stepsPerQuarter: 4 },
    totalQuantizedSteps: melody.length,
    notes: (
      [
        [60, 0, 2],
        [64, 2, 4],
        [67, 6, 7],
        [72, 7, 10],
        [71, 10, 11],
      ] as const
    ).map(([pitch, quantizedStartStep, quantizedEndStep]) => ({
      pitch,
      quantizedStartStep,
      quantizedEndStep,
    })),
  });

  it.each(['plain', 'counters', 'bundled'])('gives the same probabilities: %s', async (name) => {
    const steps = 8;
    const oracle = new MusicRNN(`${served.url}/${name}`);
    const { probs, sequence: answer } = await oracle.continueSequenceAndReturnProbabilities(
      sequence,
      steps,
      0.001,
    );
    await answer;
    oracle.dispose();
    const model = await loadModel(join(folder, name));
    expect(probs).toHaveLength(steps);
    const ours = greedyProbabilities(model, melody, steps);
    probs.forEach((wanted, step) => {
      // Magenta.js divides the logits by the temperature before the softmax; so near 0 it is greedy
      const sharp = softmax((ours[step] as number[]).map((logit) => logit / 0.001));
      const worst = Math.max(...sharp.map((value, i) => Math.abs(value - (wanted[i] ?? Number.NaN))));
      expect(worst).toBeLessThan(1e-3);
    });
    const { probs: soft, sequence: softAnswer } = await new MusicRNN(
      `${served.url}/${name}`,
    ).continueSequenceAndReturnProbabilities(sequence, 1, 1);
    await softAnswer;
    const first = softmax(ours[0] as number[]);
    const worst = Math.max(...first.map((value, i) => Math.abs(value - (soft[0]?.[i] ?? Number.NaN))));
    expect(worst).toBeLessThan(1e-5);
  });

  function greedyProbabilities(model: Model, prompt: MelodyEvent[], steps: number): number[][] {
    const history = [...prompt];
    let state = zeroState(model.architecture);
    let logits: Float64Array[] = [];
    const feed = (position: number) => {
      ({ state, logits } = stepNetwork(
        model.architecture,
        state,
        model.encoding.encode(history, position, NO_CONDITION),
      ));
    };
    history.forEach((_, i) => {
      feed(i);
    });
    return Array.from({ length: steps }, () => {
      const values = [...(logits[0] as Float64Array)];
      history.push(model.encoding.eventOf(values.indexOf(Math.max(...values)), history));
      feed(history.length - 1);
      return values;
    });
  }
});

function softmax(logits: number[]): number[] {
  const most = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp(logit - most));
  const total = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / total);
}

describe('a checkpoint folder', () => {
  it('is read as it was written', async () => {
    const written = checkpoint([7, 5], 3);
    await writeCheckpoint(join(folder, 'same'), written);
    const read = await readCheckpoint(join(folder, 'same'));
    expect(read.config).toEqual(written.config);
    expect([...read.weights]).toEqual([...written.weights]);
  });

  it('may be quantised, in several shards', async () => {
    const path = join(folder, 'quantised');
    await mkdir(path);
    await writeFile(join(path, 'config.json'), '{"type":"MusicRNN"}');
    await writeFile(
      join(path, 'weights_manifest.json'),
      JSON.stringify([
        {
          paths: ['a.bin', 'b.bin'],
          weights: [
            {
              name: 'bytes',
              shape: [3],
              dtype: 'float32',
              quantization: { dtype: 'uint8', scale: 0.5, min: -1 },
            },
            {
              name: 'words',
              shape: [2],
              dtype: 'float32',
              quantization: { dtype: 'uint16', scale: 0.001, min: 2 },
            },
          ],
        },
      ]),
    );
    await writeFile(join(path, 'a.bin'), Buffer.from([0, 2, 255, 0xe8]));
    await writeFile(join(path, 'b.bin'), Buffer.from([0x03, 0xff, 0xff]));
    const { weights } = await readCheckpoint(path);
    expect([...(weights.get('bytes')?.values ?? [])]).toEqual([-1, 0, 126.5]);
    expect(weights.get('words')?.values[0]).toBeCloseTo(3, 5);
    expect(weights.get('words')?.values[1]).toBeCloseTo(67.535, 3);
  });

  const broken = async (change: (path: string) => Promise<void>) => {
    const path = await mkdtemp(join(folder, 'broken-'));
    await writeCheckpoint(path, checkpoint([4], 0));
    await change(path);
    return path;
  };
  const editManifest =
    (
      edit: (
        manifest: { paths: string[]; weights: { name: string; shape: number[]; dtype: string }[] }[],
      ) => void,
    ) =>
    (path: string) =>
      readFile(join(path, 'weights_manifest.json'), 'utf8').then((text) => {
        const manifest = JSON.parse(text);
        edit(manifest);
        return writeFile(join(path, 'weights_manifest.json'), JSON.stringify(manifest));
      });

  it.each<[string, (path: string) => Promise<void>, RegExp]>([
    ['has no config', (path) => rm(join(path, 'config.json')), /config.json cannot be read: ENOENT/],
    [
      'has a config that is not JSON',
      (path) => writeFile(join(path, 'config.json'), '{'),
      /config.json is not JSON/,
    ],
    ['is of another type', (path) => writeFile(join(path, 'config.json'), '{"type":"MusicVAE"}'), /type/],
    [
      'has a shard cut short',
      (path) => writeFile(join(path, 'group1-shard1of1.bin'), Buffer.alloc(100)),
      /needs bytes .* which end at 100/,
    ],
    [
      'has bytes too many',
      async (path) =>
        writeFile(
          join(path, 'group1-shard1of1.bin'),
          Buffer.concat([await readFile(join(path, 'group1-shard1of1.bin')), Buffer.alloc(4)]),
        ),
      /the manifest names/,
    ],
    [
      'reaches outside its folder',
      editManifest((manifest) => {
        (manifest[0] as { paths: string[] }).paths = ['../../../etc/passwd'];
      }),
      /must be a file name/,
    ],
    [
      'claims an absurd shape',
      editManifest((manifest) => {
        (manifest[0]?.weights[0] as { shape: number[] }).shape = [2 ** 40, 2 ** 12];
      }),
      /describes \d+ bytes of weights; at most 536870912 are read/,
    ],
    [
      'claims a shape that its shard does not hold',
      editManifest((manifest) => {
        (manifest[0]?.weights[0] as { shape: number[] }).shape = [2 ** 20];
      }),
      /needs bytes 0 to 4194304/,
    ],
    [
      'lists a shard so often that it fills the memory',
      async (path) => {
        await truncate(join(path, 'group1-shard1of1.bin'), 200 << 20);
        await editManifest((manifest) => {
          (manifest[0] as { paths: string[] }).paths = Array(3).fill('group1-shard1of1.bin');
        })(path);
      },
      /the shards that weights_manifest.json lists have 629145600 bytes; at most 536870912 are read/,
    ],
    [
      'names a weight twice',
      editManifest((manifest) => {
        const [first, second] = manifest[0]?.weights ?? [];
        Object.assign(second ?? {}, { name: first?.name });
      }),
      /names rnn.* twice/,
    ],
    [
      'has its own folder for a shard',
      editManifest((manifest) => {
        (manifest[0] as { paths: string[] }).paths = ['..'];
      }),
      /must be a file name/,
    ],
    [
      'has a negative shape',
      editManifest((manifest) => {
        (manifest[0]?.weights[0] as { shape: number[] }).shape = [-1];
      }),
      /weights.0.shape/,
    ],
    [
      'has a type of number that is not',
      editManifest((manifest) => {
        (manifest[0]?.weights[0] as { dtype: string }).dtype = 'complex64';
      }),
      /complex64/,
    ],
  ])('is refused by name when it %s', async (_fault, change, message) => {
    await expect(loadModel(await broken(change))).rejects.toThrow(message);
    await expect(loadModel(await broken(change))).rejects.toMatchObject({ code: 'badCheckpoint' });
  });
});

describe('an architecture', () => {
  it('is read from shapes, whatever the depth and the heads', () => {
    const { config, weights } = checkpoint([8, 6, 4], 2);
    weights.delete('fully_connected/weights');
    weights.set('heads/chord/weights', tensor(4, 10));
    weights.set('heads/chord/biases', tensor(10));
    weights.set('heads/bass/weights', tensor(4, 20));
    weights.set('heads/bass/biases', tensor(20));
    weights.set('heads/bass/biases/Adam', tensor(1));
    const { inputSize, layers, heads } = architectureOf({ config, weights });
    expect(inputSize).toBe(40);
    expect(layers.map(({ units }) => units)).toEqual([8, 6, 4]);
    expect(heads.map(({ name, classes }) => [name, classes])).toEqual([
      ['chord', 10],
      ['bass', 20],
    ]);
  });

  it.each<[string, (weights: Map<string, Tensor>) => void, RegExp]>([
    [
      'a weight that is not a number',
      (weights) => {
        (weights.get('fully_connected/weights') as Tensor).values[3] = Number.NaN;
      },
      /fully_connected\/weights holds NaN at place 3/,
    ],
    [
      'a missing bias',
      (weights) => weights.delete('fully_connected/biases'),
      /has no fully_connected\/biases/,
    ],
    [
      'a head that does not fit',
      (weights) => weights.set('fully_connected/weights', tensor(9, 38)),
      /fully_connected\/weights has the shape \[9, 38\], not \[4, classes\]/,
    ],
    [
      'layers that do not fit',
      (weights) => weights.set('rnn/multi_rnn_cell/cell_1/basic_lstm_cell/kernel', tensor(9, 8)),
      /cell_1.* has the shape \[9, 8\], not \[6, 8\]/,
    ],
    [
      'no LSTM',
      (weights) => weights.delete('rnn/multi_rnn_cell/cell_0/basic_lstm_cell/kernel'),
      /not an LSTM stack/,
    ],
  ])('is refused by name with %s', (_fault, change, message) => {
    const broken = checkpoint([4], 0);
    change(broken.weights);
    expect(() => architectureOf(broken)).toThrow(message);
  });
});

describe('the heads of a model', () => {
  it.each<[string, (whole: Checkpoint) => void, string]>([
    [
      'one that config.json does not describe',
      ({ weights }) => {
        weights.set('heads/drums/weights', weights.get('heads/bass/weights') as Tensor);
        weights.set('heads/drums/biases', weights.get('heads/bass/biases') as Tensor);
      },
      'duo: the weights have a head "drums"; config.json describes melody, chord, bass',
    ],
    [
      'those of a model that accompanies, without its description',
      ({ config }) => delete config.accompaniment,
      'duo: the weights have a head "chord"; config.json describes melody',
    ],
    [
      'none of a name that config.json describes',
      ({ weights }) => weights.delete('heads/bass/weights'),
      'duo: no head is named "bass"; the weights have melody, chord',
    ],
  ])('are refused by name: %s', async (_fault, change, message) => {
    const whole = await readCheckpoint(join(BUNDLED, '..', 'accompaniment'));
    expect(modelOf('duo', whole).architecture.heads.map(({ name }) => name)).toEqual([
      'melody',
      'chord',
      'bass',
    ]);
    change(whole);
    expect(() => modelOf('duo', whole)).toThrow(expect.objectContaining({ code: 'badCheckpoint', message }));
  });
});

describe('an encoding', () => {
  const encoding = createOneHotEncoding({ minPitch: 48, maxPitch: 83 }, 3);

  it('goes to classes and back', () => {
    for (const event of [HOLD, OFF, 48, 60, 83])
      expect(encoding.eventOf(encoding.classOf(event, []), [])).toBe(event);
    expect([HOLD, OFF, 48].map((event) => encoding.classOf(event, []))).toEqual([0, 1, 2]);
  });

  it('folds what lies outside by octaves', () => {
    for (const pitch of [0, 36, 47, 84, 127]) {
      const folded = encoding.eventOf(encoding.classOf(pitch, []), []);
      expect(Math.abs(folded - pitch) % 12).toBe(0);
      expect(folded >= 48 && folded <= 83).toBe(true);
    }
  });
});

describe('sampling', () => {
  const logits = Float32Array.of(0, 1, 2, -1);
  const options = { temperature: 1, topK: null, topP: null, allowed: null };
  const frequencies = (changes: object, draws = 20_000) => {
    const coin = createRandom(3);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < draws; i++) {
      const { index } = sample(logits, { ...options, ...changes }, coin.next());
      counts[index] = (counts[index] ?? 0) + 1;
    }
    return counts.map((count) => count / draws);
  };

  it.each([
    ['as the softmax says', {}, softmax([0, 1, 2, -1])],
    ['more evenly when hot', { temperature: 2 }, softmax([0, 0.5, 1, -0.5])],
    [
      'only what is allowed',
      { allowed: Uint8Array.of(1, 1, 0, 1) },
      [softmax([0, 1, -1])[0], softmax([0, 1, -1])[1], 0, softmax([0, 1, -1])[2]],
    ],
    ['only the likeliest two', { topK: 2 }, [0, softmax([1, 2])[0], softmax([1, 2])[1], 0]],
    ['only the likeliest that make up 90 %', { topP: 0.85 }, [0, softmax([1, 2])[0], softmax([1, 2])[1], 0]],
  ])('draws %s', (_how, changes, expected) => {
    frequencies(changes).forEach((frequency, i) => {
      expect(Math.abs(frequency - (expected[i] ?? 0))).toBeLessThan(0.015);
    });
  });

  it('says how likely the draw was', () => {
    for (const coin of [0, 0.3, 0.6, 0.99]) {
      const { index, logProbability } = sample(logits, options, coin);
      expect(Math.exp(logProbability)).toBeCloseTo(softmax([...logits])[index] ?? 0, 5);
    }
  });

  it('takes the likeliest at temperature 0, and the first of equals', () => {
    expect(sample(logits, { ...options, temperature: 0 }, 0.99).index).toBe(2);
    expect(sample(Float32Array.of(3, 3), { ...options, temperature: 0 }, 0.99).index).toBe(0);
  });

  it('stands huge and infinite logits', () => {
    expect(sample(Float32Array.of(-1e30, 1e30, Number.NEGATIVE_INFINITY), options, 0.999999).index).toBe(1);
  });

  it('names logits that say nothing and masks that allow nothing', () => {
    expect(() => sample(Float32Array.of(0, Number.NaN), options, 0)).toThrow('logit 1 of 2 is NaN');
    expect(() => sample(Float32Array.of(0, Number.POSITIVE_INFINITY), options, 0)).toThrow(
      '1 of 2 is Infinity',
    );
    expect(() => sample(new Float32Array(3).fill(Number.NEGATIVE_INFINITY), options, 0)).toThrow(
      'every logit that is allowed is -Infinity',
    );
    expect(() => sample(logits, { ...options, allowed: new Uint8Array(4) }, 0)).toThrow('allows no class');
  });
});

describe.each(['melody', 'melody-small', 'accompaniment', 'improv'])('the bundled model %s', (id) => {
  it('is what its card says', async () => {
    const folder = join(BUNDLED, '..', id);
    const model = await loadModel(folder);
    const card = await readFile(join(folder, 'README.md'), 'utf8');
    expect(model.id).toBe(id);
    expect(model.role).toBe(id.split('-')[0]);
    expect(card).toMatch(new RegExp(`^# ${id}\n`));
    expect(card).toContain(model.architecture.layers.map(({ units }) => units).join(' and '));
    const { weights } = await readCheckpoint(folder);
    const count = [...weights.values()].reduce((sum, { values }) => sum + values.length, 0);
    expect(card).toContain(`${count.toLocaleString('en').replaceAll(',', ' ')} weights`);
  });
});
