/** Writes what the importer reads: protocol buffers, Snappy, sorted tables, TensorFlow checkpoints and Magenta bundles. */
import type { Tensor } from '../checkpoint.js';
import { maskedCrc32c } from './crc32c.js';

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
}

/** A field of a protocol buffer: a number, or bytes with their length before them. */
export function field(id: number, value: number | string | Uint8Array): Buffer {
  if (typeof value === 'number') return Buffer.concat([varint(id * 8), varint(value)]);
  const bytes = Buffer.from(value as string);
  return Buffer.concat([varint(id * 8 + 2), varint(bytes.length), bytes]);
}

const fixed32 = (id: number, value: number) => Buffer.concat([varint(id * 8 + 5), uint32(value)]);

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export const bytesOfFloats = ({ values }: Tensor): Buffer =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength);

export type Entry = [key: string, value: Uint8Array];
export interface TableOptions {
  compressed?: boolean;
  entriesPerBlock?: number;
  /** Changes a block after it is laid out, before its checksum is taken. */
  change?: (block: Buffer, index: number) => Buffer;
}

/** A table of sorted keys with a block each for so many entries. */
export function table(
  entries: Entry[],
  { compressed, entriesPerBlock = 3, change }: TableOptions = {},
): Buffer {
  const stored: Buffer[] = [];
  let offset = 0;
  const append = (entriesOfBlock: Entry[]): Buffer => {
    const laidOut = change?.(block(entriesOfBlock), stored.length) ?? block(entriesOfBlock);
    const bytes = compressed ? packSnappy(laidOut) : laidOut;
    const typed = Buffer.concat([bytes, Buffer.from([compressed ? 1 : 0])]);
    stored.push(Buffer.concat([typed, uint32(maskedCrc32c(typed))]));
    const handle = Buffer.concat([varint(offset), varint(bytes.length)]);
    offset += typed.length + 4;
    return handle;
  };
  const index: Entry[] = [];
  for (let i = 0; i < entries.length; i += entriesPerBlock) {
    const part = entries.slice(i, i + entriesPerBlock);
    index.push([(part.at(-1) as Entry)[0], append(part)]);
  }
  const handles = Buffer.concat([append([]), append(index)]);
  return Buffer.concat([...stored, footer(handles)]);
}

export const footer = (handles: Buffer): Buffer =>
  Buffer.concat([handles, Buffer.alloc(40 - handles.length), Buffer.from('57fb808b247547db', 'hex')]);

/** Keys share their beginnings, except at every second entry. */
export function block(entries: Entry[]): Buffer {
  const restarts: number[] = [];
  let bytes = Buffer.alloc(0);
  entries.forEach(([key, value], i) => {
    if (i % 2 === 0) restarts.push(bytes.length);
    const last = i % 2 === 0 ? '' : (entries[i - 1] as Entry)[0];
    let shared = 0;
    while (shared < Math.min(last.length, key.length) && last[shared] === key[shared]) shared++;
    const own = Buffer.from(key.slice(shared));
    bytes = Buffer.concat([bytes, varint(shared), varint(own.length), varint(value.length), own, value]);
  });
  if (restarts.length === 0) restarts.push(0);
  return Buffer.concat([bytes, ...restarts.map(uint32), uint32(restarts.length)]);
}

/** Copies of all three kinds, where four bytes came before; the rest as literals. */
export function packSnappy(bytes: Uint8Array): Buffer {
  const parts = [varint(bytes.length)];
  const seen = new Map<number, number>();
  const view = Buffer.from(bytes);
  let literal = 0;
  let at = 0;
  const flush = () => {
    if (literal < at) parts.push(literalTag(at - literal), view.subarray(literal, at));
  };
  while (at + 4 <= view.length) {
    const word = view.readUInt32LE(at);
    const before = seen.get(word);
    seen.set(word, at);
    if (before === undefined) {
      at++;
      continue;
    }
    flush();
    let length = 4;
    while (length < 64 && at + length < view.length && view[before + length] === view[at + length]) length++;
    parts.push(copyTag(length, at - before));
    at += length;
    literal = at;
  }
  at = view.length;
  flush();
  return Buffer.concat(parts);
}

function literalTag(length: number): Buffer {
  if (length <= 60) return Buffer.from([(length - 1) << 2]);
  return Buffer.concat([Buffer.from([62 << 2]), uint32(length - 1).subarray(0, 3)]);
}

function copyTag(length: number, distance: number): Buffer {
  if (length < 12 && distance < 2048)
    return Buffer.from([1 | ((length - 4) << 2) | ((distance >> 8) << 5), distance & 255]);
  const kind = distance < 65_536 ? 2 : 3;
  return Buffer.concat([
    Buffer.from([kind | ((length - 1) << 2)]),
    uint32(distance).subarray(0, kind === 2 ? 2 : 4),
  ]);
}

const shapeProto = (shape: number[]) => Buffer.concat(shape.map((size) => field(2, field(1, size))));

const FLOAT = 1;
const INT64 = 9;

/** What the first entry of a V1 checkpoint says of a tensor. */
export const savedMeta = (name: string, shape: number[], kind = FLOAT) =>
  field(1, Buffer.concat([field(1, name), field(2, shapeProto(shape)), field(3, kind)]));

export const WHOLE_MATRIX = Buffer.from([10, 0, 10, 0]);

/** `lists` times the same values. */
export function savedValues(
  name: string,
  values: Uint8Array,
  { slice = WHOLE_MATRIX, lists = 1 }: { slice?: Uint8Array; lists?: number } = {},
): Buffer {
  const tensor = Buffer.concat([field(1, FLOAT), ...Array(lists).fill(field(5, values))]);
  return field(2, Buffer.concat([field(1, name), field(2, slice), field(3, tensor)]));
}

/** The entries of a checkpoint of format V1; a counter is among them. */
export function savedEntries(tensors: ReadonlyMap<string, Tensor>): Entry[] {
  const metas = [...tensors].map(([name, { shape }]) => savedMeta(name, shape));
  return [
    ['', field(1, Buffer.concat([...metas, savedMeta('global_step', [], INT64)]))],
    ...sorted([
      ...[...tensors].map(([name, tensor]): Entry => [`\0${name}`, savedValues(name, bytesOfFloats(tensor))]),
      ['\0global_step', field(2, Buffer.concat([field(1, 'global_step'), field(3, field(10, 7))]))],
    ]),
  ];
}

/** A checkpoint of format V1. */
export const savedSlices = (tensors: ReadonlyMap<string, Tensor>, options?: TableOptions): Buffer =>
  table(savedEntries(tensors), options);

export interface BundlePlace {
  shape: number[];
  shard: number;
  offset: number;
  size: number;
  checksum: number;
}

export const placeProto = ({ shape, shard, offset, size, checksum }: BundlePlace) =>
  Buffer.concat([
    field(1, FLOAT),
    field(2, shapeProto(shape)),
    field(3, shard),
    field(4, offset),
    field(5, size),
    fixed32(6, checksum),
  ]);

/** A checkpoint of format V2: the table, then the data files. `change` may lie about places. */
export function tensorBundle(
  tensors: ReadonlyMap<string, Tensor>,
  shardCount: number,
  change: (place: BundlePlace, name: string) => BundlePlace = (place) => place,
): Buffer[] {
  const shards: Buffer[] = Array(shardCount).fill(Buffer.alloc(0));
  const entries = [...tensors].map(([name, tensor], i): Entry => {
    const bytes = bytesOfFloats(tensor);
    const shard = i % shardCount;
    const offset = (shards[shard] as Buffer).length;
    shards[shard] = Buffer.concat([shards[shard] as Buffer, bytes]);
    const place = { shape: tensor.shape, shard, offset, size: bytes.length, checksum: maskedCrc32c(bytes) };
    return [name, placeProto(change(place, name))];
  });
  return [table([['', field(1, shardCount)], ...sorted(entries)]), ...shards];
}

/** A metagraph of Const nodes, each with a list of int32. */
export function metagraph(constants: [name: string, values: number[]][]): Buffer {
  const nodes = constants.map(([name, values]) => {
    const content = Buffer.from(Int32Array.from(values).buffer);
    const value = field(8, Buffer.concat([field(1, 3), field(4, content)]));
    const attribute = field(5, Buffer.concat([field(1, 'value'), field(2, value)]));
    return field(1, Buffer.concat([field(1, name), field(2, 'Const'), attribute]));
  });
  return field(2, Buffer.concat(nodes));
}

export function bundle(id: string, files: Uint8Array[], graph: Uint8Array | null = null): Buffer {
  return Buffer.concat([
    field(1, Buffer.concat([field(1, id), field(2, 'a model for tests')])),
    ...files.map((file) => field(2, file)),
    ...(graph ? [field(3, graph)] : []),
  ]);
}

const sorted = (entries: Entry[]): Entry[] =>
  entries.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
