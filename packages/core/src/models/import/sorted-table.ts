/**
 * Reads a table of sorted keys (LevelDB's table_format.md), the file that holds TensorFlow's checkpoints: blocks of entries whose keys
 * share their beginnings, a block that lists the blocks, and a footer.
 */
import { AppError } from '../../app-error.js';
import { ByteReader } from './byte-reader.js';
import { maskedCrc32c } from './crc32c.js';
import { decompressSnappy } from './snappy.js';

const FOOTER_BYTES = 48;
const MAGIC = Buffer.from('57fb808b247547db', 'hex');
/** What follows each block: how it is compressed, and a checksum. */
const TRAILER_BYTES = 5;
const RAW = 0;
const SNAPPY = 1;
/** Names of variables are short; keys that grow from entry to entry must not fill the memory. */
const MAX_KEY_BYTES = 4096;

export interface TableEntry {
  key: Uint8Array;
  value: Uint8Array;
}
interface Table {
  file: Uint8Array;
  name: string;
}
interface BlockHandle {
  offset: number;
  size: number;
}

export const isSortedTable = (file: Uint8Array): boolean =>
  file.length >= FOOTER_BYTES && MAGIC.equals(file.subarray(file.length - MAGIC.length));

/**
 * All entries in their order, one block in memory at a time. `name` names the file in complaints. Throws AppError `badCheckpoint` where
 * it is cut short, a checksum differs, keys are not in order or blocks overlap.
 */
export function* readSortedTable(file: Uint8Array, name: string): Generator<TableEntry> {
  if (!isSortedTable(file))
    throw new AppError(
      'badCheckpoint',
      `${name} does not end as a TensorFlow checkpoint does; it is of another kind or cut short at byte ${file.length}`,
    );
  const table = { file, name };
  const footer = new ByteReader(file.subarray(file.length - FOOTER_BYTES), `${name}, footer`);
  readHandle(footer); // the block of meta data, which has nothing that is needed here
  const index = readBlock(table, readHandle(footer), 'index');
  let end = 0;
  let last: Uint8Array | null = null;
  for (const { value } of entriesIn(index, `${name}, index`)) {
    const handle = readHandle(new ByteReader(value, `${name}, index`));
    const where = `block at ${handle.offset}`;
    if (handle.offset < end)
      throw new AppError(
        'badCheckpoint',
        `${name}: the ${where} begins before ${end}, where the last one ends`,
      );
    const block = readBlock(table, handle, where);
    end = handle.offset + handle.size;
    for (const entry of entriesIn(block, `${name}, ${where}`)) {
      requireAscending(last, entry.key, `${name}, ${where}`);
      last = entry.key;
      yield entry;
    }
  }
}

function readHandle(reader: ByteReader): BlockHandle {
  return { offset: reader.varint(), size: reader.varint() };
}

function readBlock({ file, name }: Table, { offset, size }: BlockHandle, where: string): Uint8Array {
  const end = offset + size + TRAILER_BYTES;
  if (!(offset >= 0 && size >= 0 && end <= file.length - FOOTER_BYTES))
    throw new AppError(
      'badCheckpoint',
      `${name}: the ${where} lies at bytes ${offset} to ${end}; blocks end at ${file.length - FOOTER_BYTES}`,
    );
  const stored = file.subarray(offset, offset + size);
  const trailer = new ByteReader(file.subarray(offset + size, end), `${name}, ${where}`);
  const compression = trailer.byte();
  const wanted = trailer.unsigned(4);
  const found = maskedCrc32c(file.subarray(offset, offset + size + 1));
  if (found !== wanted)
    throw new AppError(
      'badCheckpoint',
      `${name}: the ${where} has the checksum ${found}, not ${wanted}: it is damaged`,
    );
  if (compression === RAW) return stored;
  if (compression === SNAPPY) return decompressSnappy(stored, `${name}, ${where}`);
  throw new AppError(
    'badCheckpoint',
    `${name}: the ${where} is compressed in a way (${compression}) not known here`,
  );
}

function* entriesIn(block: Uint8Array, where: string): Generator<TableEntry> {
  const reader = new ByteReader(block.subarray(0, endOfEntries(block, where)), where);
  let key: Uint8Array = new Uint8Array();
  let last: Uint8Array | null = null;
  while (!reader.isAtEnd) {
    const shared = reader.varint();
    const ownBytes = reader.varint();
    const valueBytes = reader.varint();
    if (shared < 0 || shared > key.length)
      throw reader.fault(`shares ${shared} bytes with a key that has ${key.length}`);
    if (shared + ownBytes > MAX_KEY_BYTES)
      throw reader.fault(`has a key of ${shared + ownBytes} bytes; at most ${MAX_KEY_BYTES} are read`);
    key = Buffer.concat([key.subarray(0, shared), reader.take(ownBytes)]);
    requireAscending(last, key, where);
    last = key;
    yield { key, value: reader.take(valueBytes) };
  }
}

/** The entries are followed by the places at which a key is whole, and by how many these are. */
function endOfEntries(block: Uint8Array, where: string): number {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const restarts = block.length >= 4 ? view.getUint32(block.length - 4, true) : 0;
  const end = block.length - 4 * (restarts + 1);
  if (end < 0 || restarts < 1)
    throw new AppError(
      'badCheckpoint',
      `${where}: ${block.length} bytes cannot hold ${restarts} restart points`,
    );
  for (let i = 0; i < restarts; i++) {
    const offset = view.getUint32(end + 4 * i, true);
    if (offset > end)
      throw new AppError(
        'badCheckpoint',
        `${where}: restart point ${i} lies at byte ${offset}; entries end at ${end}`,
      );
  }
  return end;
}

function requireAscending(last: Uint8Array | null, key: Uint8Array, where: string): void {
  if (last && Buffer.compare(last, key) >= 0)
    throw new AppError('badCheckpoint', `${where}: the keys are not in ascending order`);
}
