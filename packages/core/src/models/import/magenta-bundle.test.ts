import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../app-error.js';
import { HOLD, type MelodyEvent, OFF } from '../../music/melody.js';
import { createRandom } from '../../random.js';
import { type Model, modelOf, NO_CONDITION, stepNetwork, type Tensor, zeroState } from '../index.js';
import {
  block,
  bundle,
  bytesOfFloats,
  type Entry,
  field,
  footer,
  metagraph,
  packSnappy,
  savedEntries,
  savedMeta,
  savedSlices,
  savedValues,
  table,
  tensorBundle,
  uint32,
  varint,
} from './bundle.fixture.js';
import { maskedCrc32c } from './crc32c.js';
import { readMagentaBundle } from './magenta-bundle.js';
import { decompressSnappy } from './snappy.js';

const random = createRandom(11);
const tensor = (...shape: number[]): Tensor => ({
  shape,
  values: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.next() - 0.5),
});

/** How TensorFlow named the same variables over the years. */
type Names = {
  cell(depth: number): string;
  attention: string | null;
  kernel: string;
  bias: string;
  words: (name: string) => string;
};
const asIs = (name: string) => name;
const OLD: Names = {
  cell: (depth) => `RNN/MultiRNNCell/Cell${depth}/BasicLSTMCell`,
  attention: null,
  kernel: 'Linear/Matrix',
  bias: 'Linear/Bias',
  words: asIs,
};
const OLD_ATTENTION: Names = {
  ...OLD,
  cell: (depth) => `RNN/AttentionCellWrapper/MultiRNNCell/Cell${depth}/BasicLSTMCell`,
  attention: 'RNN/AttentionCellWrapper',
  words: (name) =>
    name
      .replace('attention_output_projection', 'AttnOutputProjection')
      .replace('attention', 'Attention')
      .replace('attn_w', 'AttnW')
      .replace('attn_v', 'AttnV'),
};
const MIDDLE: Names = {
  ...OLD,
  cell: (depth) => `rnn/multi_rnn_cell/cell_${depth}/basic_lstm_cell`,
  kernel: 'weights',
  bias: 'biases',
};
const NEW: Names = { ...MIDDLE, kernel: 'kernel', bias: 'bias' };
const NEW_ATTENTION: Names = {
  ...NEW,
  cell: (depth) =>
    `rnn/multi_rnn_cell/cell_${depth}/${depth === 0 ? 'attention_cell_wrapper/' : ''}basic_lstm_cell`,
  attention: 'rnn/multi_rnn_cell/cell_0/attention_cell_wrapper',
  words: (name) => name.replace('attention_output_projection', 'attn_output_projection'),
};

/** Random weights under the given names, an optimiser's slots and counters among them. */
function network(
  names: Names,
  { inputs, classes, units }: { inputs: number; classes: number; units: number[] },
) {
  const tensors = new Map<string, Tensor>();
  units.forEach((width, depth) => {
    const below = depth === 0 ? inputs : (units[depth - 1] as number);
    tensors.set(`${names.cell(depth)}/${names.kernel}`, tensor(below + width, 4 * width));
    tensors.set(`${names.cell(depth)}/${names.bias}`, tensor(4 * width));
    tensors.set(`${names.cell(depth)}/${names.kernel}/Adam`, tensor(below + width, 4 * width));
  });
  if (names.attention) {
    const wrapped = names.cell(1).startsWith(names.attention) ? units : units.slice(0, 1);
    const width = wrapped.at(-1) as number;
    const states = 2 * wrapped.reduce((a, b) => a + b);
    const part = (name: string) => names.words(`${names.attention}/${name}`);
    tensors.set(part(names.kernel), tensor(inputs + width, inputs));
    tensors.set(part(names.bias), tensor(inputs));
    tensors.set(part(`attention/${names.kernel}`), tensor(states, width));
    tensors.set(part(`attention/${names.bias}`), tensor(width));
    tensors.set(part('attention/attn_w'), tensor(1, 1, width, width));
    tensors.set(part('attention/attn_v'), tensor(width));
    tensors.set(part(`attention_output_projection/${names.kernel}`), tensor(2 * width, width));
    tensors.set(part(`attention_output_projection/${names.bias}`), tensor(width));
  }
  tensors.set('fully_connected/weights', tensor(units.at(-1) as number, classes));
  tensors.set('fully_connected/biases', tensor(classes));
  tensors.set('beta1_power', { shape: [], values: Float32Array.of(0.9) });
  return tensors;
}

const kinds = {
  'basic_rnn, the first names': () => {
    const tensors = network(OLD, { inputs: 38, classes: 38, units: [10, 8] });
    return { tensors, bytes: bundle('basic_rnn', [savedSlices(tensors)]), names: OLD };
  },
  'mono_rnn, later names, compressed': () => {
    const tensors = network(MIDDLE, { inputs: 130, classes: 130, units: [6] });
    return {
      tensors,
      bytes: bundle('mono_rnn', [savedSlices(tensors, { compressed: true })]),
      names: MIDDLE,
    };
  },
  'lookback_rnn, names of today, format V2 in two data files': () => {
    const tensors = network(NEW, { inputs: 121, classes: 40, units: [7, 9] });
    return { tensors, bytes: bundle('lookback_rnn', tensorBundle(tensors, 2)), names: NEW };
  },
  'attention_rnn, around all layers': () => {
    const tensors = network(OLD_ATTENTION, { inputs: 74, classes: 40, units: [8, 6] });
    const graph = metagraph([['RNN/while/AttentionCellWrapper/Reshape/shape', [-1, 5, 6]]]);
    return { tensors, bytes: bundle('attention_rnn', [savedSlices(tensors)], graph), names: OLD_ATTENTION };
  },
  'attention_rnn, around the first layer': () => {
    const tensors = network(NEW_ATTENTION, { inputs: 74, classes: 40, units: [8, 6] });
    const path = 'rnn/while/rnn/multi_rnn_cell/cell_0/attention_cell_wrapper/Reshape_3/shape';
    const bytes = bundle(
      'attention_rnn',
      [savedSlices(tensors, { compressed: true })],
      metagraph([[path, [-1, 5, 8]]]),
    );
    return { tensors, bytes, names: NEW_ATTENTION };
  },
};

describe('a Magenta bundle', () => {
  it.each(Object.entries(kinds))('gives what the published equations give: %s', (_kind, make) => {
    const { bytes, names, tensors } = make();
    const { checkpoint, warnings } = readMagentaBundle(bytes, 'a.mag');
    expect(warnings).toEqual([]);
    expect([...checkpoint.weights.keys()].filter((name) => /adam|beta/i.test(name))).toEqual([]);
    const model = modelOf('imported', checkpoint);
    const published = publishedNetwork(partsOf(tensors, names, 5));
    const events: MelodyEvent[] = [60, HOLD, 64, OFF, 67, HOLD];
    expect(worstDifference(model, published, { events, steps: 24 })).toBeLessThan(1e-9);
  });

  it('is fed by its sizes when its name is not known, and says so', () => {
    const tensors = network(NEW, { inputs: 121, classes: 40, units: [7] });
    const { checkpoint, warnings } = readMagentaBundle(bundle('my_tunes', [savedSlices(tensors)]), 'a.mag');
    expect(checkpoint.config.dataConverter).toMatchObject({ type: 'LookbackMelodyConverter' });
    expect(warnings.join()).toMatch(/121 inputs and 40 classes are those of lookback_rnn/);
  });

  it('is refused when its sizes are those of no known encoding', () => {
    const tensors = network(NEW, { inputs: 77, classes: 39, units: [7] });
    expect(() => readMagentaBundle(bundle('basic_rnn', [savedSlices(tensors)]), 'a.mag')).toThrow(
      /describes 38 inputs; the weights have 77; and no known encoding has the 77 inputs and 39 classes/,
    );
  });

  it('takes Magenta’s attention length and warns where the graph is missing or tells two', () => {
    const tensors = network(NEW_ATTENTION, { inputs: 74, classes: 40, units: [8, 6] });
    const path = 'rnn/while/attention_cell_wrapper/Reshape/shape';
    const two = metagraph([
      [path, [-1, 5, 8]],
      [path, [-1, 6, 8]],
    ]);
    for (const graph of [null, two]) {
      const { checkpoint, warnings } = readMagentaBundle(
        bundle('attention_rnn', [savedSlices(tensors)], graph),
        'a',
      );
      expect(checkpoint.config.attentionLength).toBe(40);
      expect(warnings.join()).toMatch(/does not say how far attention looks back/);
    }
  });
});

describe('a broken bundle', () => {
  const tensors = network(NEW, { inputs: 38, classes: 38, units: [5] });
  const whole = bundle('basic_rnn', [savedSlices(tensors)]);
  const { weights } = readMagentaBundle(whole, 'whole.mag').checkpoint;
  const fault = (bytes: Uint8Array): AppError | null => {
    try {
      readMagentaBundle(bytes, 'broken.mag');
      return null;
    } catch (error) {
      if (error instanceof AppError && error.code === 'badCheckpoint') return error;
      throw error;
    }
  };

  it('is refused by name wherever it is cut short', () => {
    expect(fault(whole)).toBeNull();
    for (let length = 0; length < whole.length; length += 97)
      expect(fault(whole.subarray(0, length))?.message).toMatch(/broken\.mag/);
  });

  it('is refused, or loses only what is no weight, wherever an entry is cut short in a sound table', () => {
    const entries = savedEntries(tensors);
    let refused = 0;
    entries.forEach(([key, value], i) => {
      for (let length = 0; length < value.length; length += 1 + Math.floor(value.length / 12)) {
        const changed = bundle('basic_rnn', [table(entries.with(i, [key, value.subarray(0, length)]))]);
        if (fault(changed)) refused++;
        else expect(readMagentaBundle(changed, 'a').checkpoint.weights).toEqual(weights);
      }
    });
    expect(refused).toBeGreaterThan(40);
  });

  it('never passes for whole when a byte has changed', () => {
    for (let place = 0; place < whole.length; place += 31) {
      const changed = Buffer.from(whole);
      changed[place] = (changed[place] as number) ^ (1 << (place % 8));
      if (!fault(changed)) expect(readMagentaBundle(changed, 'a').checkpoint.weights).toEqual(weights);
    }
  });

  const HUGE = 2 ** 40;
  const name = 'fully_connected/biases';
  /** The checkpoint with one entry replaced, and with a list of tensors of which one is changed. */
  const replacing = (key: string, value: Uint8Array) =>
    table(savedEntries(tensors).map((entry): Entry => (entry[0] === key ? [key, value] : entry)));
  const withMeta = (shape: number[]) =>
    replacing(
      '',
      field(
        1,
        Buffer.concat(
          [...tensors].map(([each, tensor]) => savedMeta(each, each === name ? shape : tensor.shape)),
        ),
      ),
    );
  /** A table whose parts are given as they are. */
  const tableOf = (blocks: Buffer[], index: Entry[]) => {
    const stored = [...blocks, block(index)].map((bytes) => {
      const typed = Buffer.concat([bytes, Buffer.from([0])]);
      return Buffer.concat([typed, uint32(maskedCrc32c(typed))]);
    });
    const start = stored.slice(0, -1).reduce((sum, { length }) => sum + length, 0);
    const handles = [0, 0, start, (stored.at(-1) as Buffer).length - 5].map(varint);
    return Buffer.concat([...stored, footer(Buffer.concat(handles))]);
  };
  const exchanged = (entries: Entry[], a: number, b: number) =>
    entries.with(a, entries[b] as Entry).with(b, entries[a] as Entry);
  const handle = (offset: number, size: number) => Buffer.concat([varint(offset), varint(size)]);
  const entryBlock = (...numbers: number[]) => Buffer.concat([...numbers.map(varint), uint32(0), uint32(1)]);
  const first = block([['', field(1, Buffer.alloc(0))]]);
  const snappyTable = (packed: Buffer) => {
    const typed = Buffer.concat([packed, Buffer.from([1])]);
    return Buffer.concat([
      typed,
      uint32(maskedCrc32c(typed)),
      footer(Buffer.concat([handle(0, 0), handle(0, packed.length)])),
    ]);
  };

  it.each<[string, () => Buffer[], RegExp]>([
    ['no checkpoint', () => [], /holds no checkpoint/],
    ['another kind of file', () => [Buffer.alloc(500)], /does not end as a TensorFlow checkpoint does/],
    ['a table that is not TensorFlow’s', () => [table([['a', Buffer.alloc(3)]])], /first key is not empty/],
    ['no tables at all', () => [table([])], /first key is not empty/],
    [
      'an index far outside',
      () => [footer(Buffer.concat([handle(0, 0), handle(HUGE, 8)]))],
      /the index lies at bytes 1099511627776 to 1099511627789; blocks end at 0/,
    ],
    [
      'an index of huge size',
      () => [footer(Buffer.concat([handle(0, 0), handle(0, HUGE)]))],
      /the index lies at bytes 0 to 1099511627781/,
    ],
    [
      'a negative place',
      () => [footer(Buffer.concat([varint(0), varint(0), varint(-1), varint(8)]))],
      /lies at bytes -1/,
    ],
    [
      'a damaged block',
      () => {
        const damaged = savedSlices(tensors);
        damaged[100] = (damaged[100] as number) ^ 1;
        return [damaged];
      },
      /block at 0 has the checksum \d+, not \d+: it is damaged/,
    ],
    ['a block outside', () => [tableOf([first], [['z', handle(HUGE, 4)]])], /block at 1099511627776 lies at/],
    [
      'blocks that go in a circle',
      () => [
        tableOf(
          [first],
          [
            ['y', handle(0, first.length)],
            ['z', handle(0, first.length)],
          ],
        ),
      ],
      /block at 0 begins before \d+, where the last one ends/,
    ],
    [
      'a value of huge size',
      () => [tableOf([entryBlock(0, 1, HUGE, 65)], [['z', handle(0, 17)]])],
      /says that 1099511627776 bytes follow/,
    ],
    [
      'a key of huge size',
      () => [tableOf([entryBlock(0, HUGE, 0)], [['z', handle(0, 16)]])],
      /has a key of 1099511627776 bytes/,
    ],
    [
      'a key that shares too much',
      () => [tableOf([entryBlock(7, 0, 0)], [['z', handle(0, 11)]])],
      /shares 7 bytes with a key that has 0/,
    ],
    [
      'restart points outside',
      () => [tableOf([Buffer.concat([uint32(99), uint32(1)])], [['z', handle(0, 8)]])],
      /restart point 0 lies at byte 99/,
    ],
    [
      'too many restart points',
      () => [tableOf([uint32(0xffffffff)], [['z', handle(0, 4)]])],
      /cannot hold 4294967295 restart points/,
    ],
    [
      'keys out of order in a block',
      () => [table(exchanged(savedEntries(tensors), 1, 2))],
      /block at 0: the keys are not in ascending order/,
    ],
    [
      'keys out of order from block to block',
      () => [table(exchanged(savedEntries(tensors), 2, 3))],
      /block at \d{3,}: the keys are not in ascending order/,
    ],
    ['a number without end', () => [footer(Buffer.alloc(40, 0xff))], /has a number of more than 10 bytes/],
    [
      'a packed block of huge size',
      () => [snappyTable(Buffer.concat([varint(HUGE), Buffer.alloc(20)]))],
      /says that \d+ bytes unpack to 1099511627776, which they cannot/,
    ],
    [
      'a copy from before the start',
      () => [snappyTable(Buffer.concat([varint(8), Buffer.from([0, 65, 2 | (6 << 2), 9, 0])]))],
      /copies from 9 bytes back; 1 are there/,
    ],
    [
      'a copy from nowhere',
      () => [snappyTable(Buffer.concat([varint(8), Buffer.from([0, 65, 2 | (6 << 2), 0, 0])]))],
      /copies from 0 bytes back/,
    ],
    [
      'more than was announced',
      () => [snappyTable(Buffer.concat([varint(2), Buffer.from([2 << 2, 65, 66, 67])]))],
      /unpacks to more than the 2 bytes announced/,
    ],
    [
      'less than was announced',
      () => [snappyTable(Buffer.concat([varint(4), Buffer.from([2 << 2, 65, 66, 67])]))],
      /ends the block after 3 of 4 bytes/,
    ],
    [
      'a tensor of huge shape',
      () => [withMeta([HUGE, HUGE])],
      /shape \[1099511627776, 1099511627776\] makes it .* at most 1073741824 are read/,
    ],
    ['a tensor of negative shape', () => [withMeta([-1])], /a dimension has the size -1/],
    [
      'a tensor of another shape',
      () => [withMeta([39])],
      /fully_connected\/biases has the shape \[39\], but 152 bytes of values, not 156/,
    ],
    ['a tensor of too many dimensions', () => [withMeta(Array(9).fill(1))], /more than 8 dimensions/],
    [
      'a tensor that is not listed',
      () => [replacing(`\0${name}`, savedValues('other', Buffer.alloc(4)))],
      /other has values, but the list of tensors does not name it/,
    ],
    [
      'a tensor twice',
      () => [replacing('\0fully_connected/weights', savedValues(name, Buffer.alloc(38 * 4)))],
      /fully_connected\/biases is there twice/,
    ],
    [
      'a tensor in parts',
      () => [
        replacing(
          `\0${name}`,
          savedValues(name, Buffer.alloc(38 * 4), field(1, Buffer.concat([field(1, 4), field(2, 9)]))),
        ),
      ],
      /is saved in parts/,
    ],
    [
      'a tensor without values',
      () => [table(savedEntries(tensors).filter(([key]) => key !== `\0${name}`))],
      /fully_connected\/biases is in the list of tensors, but its values are missing/,
    ],
    [
      'an entry without a tensor',
      () => [replacing(`\0${name}`, Buffer.alloc(0))],
      /an entry after the first holds no tensor/,
    ],
    [
      'a group, which nobody writes any more',
      () => [replacing(`\0${name}`, Buffer.from([0x13]))],
      /wire type 3/,
    ],
    [
      'a data file too few',
      () => tensorBundle(tensors, 2).slice(0, 2),
      /refers to 2 data files; 1 are there/,
    ],
    [
      'too many data files',
      () => [table([['', field(1, HUGE)]])],
      /has 1099511627776 data files; 1 to 256 are read/,
    ],
    [
      'a big-endian machine’s numbers',
      () => [table([['', Buffer.concat([field(1, 1), field(2, 1)])]])],
      /big-endian/,
    ],
    [
      'a place outside its data file',
      () => tensorBundle(tensors, 1, (place) => ({ ...place, offset: HUGE })),
      /lies at bytes 1099511627776 to/,
    ],
    [
      'a place in no data file',
      () => tensorBundle(tensors, 1, (place) => ({ ...place, shard: 3 })),
      /lies in data file 3; there are 1/,
    ],
    [
      'a size that is not its shape’s',
      () => tensorBundle(tensors, 1, (place) => ({ ...place, shape: [3] })),
      /has the shape \[3\], but/,
    ],
    [
      'a damaged data file',
      () => tensorBundle(tensors, 1, (place) => ({ ...place, checksum: 5 })),
      /has the checksum \d+, not 5: it is damaged/,
    ],
  ])('is refused by name: %s', (_fault, files, message) => {
    expect(fault(bundle('basic_rnn', files()))?.message).toMatch(message);
  });
});

it('unpacks what Snappy packed, copies that overlap themselves among it', () => {
  const texts = ['', 'a', 'abababababababababab', 'x'.repeat(5000), 'tune '.repeat(40_000)];
  for (const text of texts) {
    const packed = packSnappy(Buffer.from(text));
    expect(Buffer.from(decompressSnappy(packed, 'block')).toString()).toBe(text);
  }
  // of google/snappy's own format description: a run by a copy of one byte back
  expect(Buffer.from(decompressSnappy(Buffer.from([5, 0, 97, 1, 1]), 'block')).toString()).toBe('aaaaa');
});

it('takes CRC-32C as RFC 3720 does', () => {
  const unmasked = (bytes: Uint8Array) => {
    const rotated = (maskedCrc32c(bytes) - 0xa282ead8) >>> 0;
    return ((rotated << 15) | (rotated >>> 17)) >>> 0;
  };
  expect(unmasked(Buffer.alloc(32))).toBe(0x8a9136aa);
  expect(unmasked(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
  expect(unmasked(Buffer.from('123456789'))).toBe(0xe3069283);
});

const REAL = fileURLToPath(
  new URL('../../../../../../shared/data/checkpoints/attention_rnn.mag', import.meta.url),
);
describe.skipIf(!existsSync(REAL))('a bundle that TensorFlow wrote', () => {
  const imported = async () => readMagentaBundle(await readFile(REAL), 'attention_rnn.mag');

  it('is read to the bit', async () => {
    const { checkpoint, warnings } = await imported();
    expect(warnings).toEqual([]);
    expect(checkpoint.config).toMatchObject({
      dataConverter: { type: 'KeyMelodyConverter' },
      attentionLength: 40,
      transposeToKey: 0,
    });
    const digest = createHash('sha256');
    for (const tensor of checkpoint.weights.values()) digest.update(bytesOfFloats(tensor));
    // of the 14 tensors in the order of their names, taken with a reader in another language
    expect(digest.digest('hex')).toBe('f8bd4d2647df0f7f9363fe4d44ca0e38d1ca43e1cb8a6cf5ec943a0a1d00ca95');
  });

  it('gives what the published equations give', async () => {
    const { checkpoint } = await imported();
    const names: Names = {
      ...NEW,
      cell: (depth) => `rnn/attention_cell_wrapper/multi_rnn_cell/cell_${depth}/basic_lstm_cell`,
      attention: 'rnn/attention_cell_wrapper',
    };
    const published = publishedNetwork(partsOf(checkpoint.weights, names, 40));
    const events = [60, HOLD, 64, HOLD, 67, HOLD, OFF, HOLD];
    const steps = 64;
    expect(worstDifference(modelOf('real', checkpoint), published, { events, steps })).toBeLessThan(1e-9);
  });

  it('expects a song in C far more than the same in F sharp', async () => {
    const model = modelOf('real', (await imported()).checkpoint);
    const song = [0, 0, 7, 7, 9, 9, 7, HOLD, 5, 5, 4, 4, 2, 2, 0, HOLD].flatMap((note) => [
      note < 0 ? note : 60 + note,
      ...Array(3).fill(HOLD),
    ]);
    const inC = meanLoss(model, song);
    const inFSharp = meanLoss(
      model,
      song.map((event) => (event < 0 ? event : event + 6)),
    );
    expect(inC).toBeLessThan(inFSharp - 0.5);
  });
});

interface Affine {
  kernel: number[][];
  bias: number[];
}
interface PublishedAttention {
  wraps: number;
  length: number;
  input: Affine;
  query: Affine;
  w: number[][];
  v: number[];
  output: Affine;
}

interface PublishedParts {
  layers: Affine[];
  attention: PublishedAttention | null;
  head: Affine;
}

function partsOf(tensors: ReadonlyMap<string, Tensor>, names: Names, length: number): PublishedParts {
  const rows = (name: string) => rowsOf(tensors.get(name) as Tensor);
  const one = (name: string) => rows(name)[0] as number[];
  const affine = (path: string): Affine => ({
    kernel: rows(`${path}/${names.kernel}`),
    bias: one(`${path}/${names.bias}`),
  });
  const layers = [0, 1]
    .map(names.cell)
    .filter((path) => tensors.has(`${path}/${names.kernel}`))
    .map(affine);
  const head = { kernel: rows('fully_connected/weights'), bias: one('fully_connected/biases') };
  if (!names.attention) return { layers, attention: null, head };
  const part = (name: string) => names.words(`${names.attention}/${name}`);
  const attention = {
    wraps: names.cell(1).startsWith(names.attention) ? 2 : 1,
    length,
    input: affine(names.attention),
    query: affine(part('attention')),
    w: rows(part('attention/attn_w')),
    v: one(part('attention/attn_v')),
    output: affine(part('attention_output_projection')),
  };
  return { layers, attention, head };
}

/** Of the logits, over the steps of a melody that goes on as the model likes best. */
function worstDifference(
  { architecture, encoding }: Model,
  published: (input: number[]) => number[],
  { events, steps }: { events: MelodyEvent[]; steps: number },
): number {
  let state = zeroState(architecture);
  let worst = 0;
  for (let position = 0; position < steps; position++) {
    const encoded = encoding.encode(events, position, NO_CONDITION);
    const stepped = stepNetwork(architecture, state, encoded);
    state = stepped.state;
    const input: number[] = Array(encoding.inputSize).fill(0);
    encoded.indices.forEach((index, i) => {
      input[index] = encoded.values?.[i] ?? 1;
    });
    const wanted = published(input);
    const logits = [...(stepped.logits[0] as Float64Array)];
    worst = Math.max(worst, ...logits.map((value, i) => Math.abs(value - (wanted[i] as number))));
    if (position === events.length - 1)
      events.push(encoding.eventOf(logits.indexOf(Math.max(...logits)), events));
  }
  return worst;
}

/** In nats a step. */
function meanLoss({ architecture, encoding }: Model, melody: MelodyEvent[]): number {
  let state = zeroState(architecture);
  let loss = 0;
  for (let position = 0; position + 1 < melody.length; position++) {
    const stepped = stepNetwork(architecture, state, encoding.encode(melody, position, NO_CONDITION));
    state = stepped.state;
    const logits = [...(stepped.logits[0] as Float64Array)];
    const label = encoding.classOf(melody[position + 1] as MelodyEvent, melody.slice(0, position + 1));
    loss += Math.log(logits.reduce((sum, value) => sum + Math.exp(value), 0)) - (logits[label] as number);
  }
  return loss / (melody.length - 1);
}

/** BasicLSTMCell and AttentionCellWrapper, equation by equation, on plain arrays. Answers the logits of one step after another. */
function publishedNetwork({ layers, attention, head }: PublishedParts) {
  const times = (x: number[], { kernel, bias }: Affine) =>
    bias.map((b, j) => x.reduce((sum, value, i) => sum + value * ((kernel[i] as number[])[j] as number), b));
  const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
  const states = layers.map(({ bias }) => ({
    c: Array(bias.length / 4).fill(0),
    h: Array(bias.length / 4).fill(0),
  }));
  let context: number[] = Array(attention?.v.length ?? 0).fill(0);
  let memory: number[][] = Array(attention?.length ?? 0).fill(context);
  return (input: number[]): number[] => {
    let x = attention ? times([...input, ...context], attention.input) : input;
    layers.forEach((layer, depth) => {
      const state = states[depth] as { c: number[]; h: number[] };
      const gates = times([...x, ...state.h], layer);
      const units = state.c.length;
      const [i, j, f, o] = [0, 1, 2, 3].map((gate) =>
        gates.slice(gate * units, (gate + 1) * units),
      ) as number[][];
      state.c = state.c.map(
        (c, n) =>
          c * sigmoid((f?.[n] as number) + 1) + sigmoid(i?.[n] as number) * Math.tanh(j?.[n] as number),
      );
      state.h = state.c.map((c, n) => Math.tanh(c) * sigmoid(o?.[n] as number));
      x = state.h;
      if (attention && depth === attention.wraps - 1) {
        const query = times(
          states.slice(0, attention.wraps).flatMap(({ c, h }) => [...c, ...h]),
          attention.query,
        );
        const scores = memory.map((past) => {
          const key = times(past, { kernel: attention.w, bias: query });
          return key.reduce((sum, value, n) => sum + (attention.v[n] as number) * Math.tanh(value), 0);
        });
        const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
        context = context.map((_, n) =>
          memory.reduce(
            (sum, past, m) => sum + (Math.exp(scores[m] as number) / total) * (past[n] as number),
            0,
          ),
        );
        x = times([...state.h, ...context], attention.output);
        memory = [...memory.slice(1), x];
      }
    });
    return times(x, head);
  };
}

/** A matrix by its rows; a vector is one row. */
function rowsOf({ shape, values }: Tensor): number[][] {
  const columns = shape.at(-1) as number;
  return Array.from({ length: values.length / columns }, (_, row) => [
    ...values.subarray(row * columns, (row + 1) * columns),
  ]);
}
