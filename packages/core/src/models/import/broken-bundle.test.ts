import { describe, expect, it } from 'vitest';
import { AppError } from '../../app-error.js';
import { createRandom } from '../../random.js';
import {
  block,
  bundle,
  type Entry,
  field,
  footer,
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
import { NEW, network } from './network.fixture.js';
import { decompressSnappy } from './snappy.js';

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

  it('is refused by name, or read, whatever its blocks hold under checksums that fit', () => {
    const random = createRandom(5);
    let refused = 0;
    for (let round = 0; round < 400; round++) {
      const struck = Math.floor(random.next() * 5);
      const change = (bytes: Buffer, i: number) => {
        const changed = Buffer.from(bytes);
        for (let n = 0; i === struck && n < 3; n++)
          changed[Math.floor(random.next() * Math.min(changed.length, 200))] = Math.floor(
            random.next() * 256,
          );
        return changed;
      };
      if (fault(bundle('basic_rnn', [savedSlices(tensors, { change })]))) refused++;
    }
    expect(refused).toBeGreaterThan(200);
  });

  it('is refused by name when it is millions of empty fields', () => {
    const empty = Buffer.alloc(8 << 20);
    for (let i = 0; i < empty.length; i += 2) empty[i] = 10;
    expect(fault(empty)?.message).toMatch(/comes after 100000 fields; no more are read/);
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
      /shape \[1099511627776, 1099511627776\] makes it .* bytes of weights; at most 536870912 are read/,
    ],
    ['a tensor of negative shape', () => [withMeta([-1])], /a dimension has the size -1/],
    [
      'a tensor of another shape',
      () => [withMeta([39])],
      /fully_connected\/biases has the shape \[39\], but 152 bytes of values, not 156/,
    ],
    ['a tensor of too many dimensions', () => [withMeta(Array(9).fill(1))], /more than 8 dimensions/],
    [
      'ten thousand tensors',
      () => [
        table([
          ['', field(1, Buffer.concat(Array.from({ length: 10_002 }, (_, i) => savedMeta(`t${i}`, [1]))))],
        ]),
      ],
      /t10001 of shape \[1\] is one of more than 10000 tensors/,
    ],
    [
      'values one by one',
      () => [replacing(`\0${name}`, savedValues(name, Buffer.alloc(0), { lists: 1001 }))],
      /has its values in more than 1000 lists/,
    ],
    ['hundreds of files', () => Array(301).fill(Buffer.alloc(1)), /holds more than 300 files/],
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
          savedValues(name, Buffer.alloc(38 * 4), {
            slice: field(1, Buffer.concat([field(1, 4), field(2, 9)])),
          }),
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
