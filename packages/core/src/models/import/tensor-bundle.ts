/** TensorFlow's checkpoint format V2: a table that says where in the data files each tensor lies (tensor_bundle.proto). */
import { AppError } from '../../app-error.js';
import type { Tensor } from '../checkpoint.js';
import { maskedCrc32c } from './crc32c.js';
import { bytesOf, fieldsOf, numberOf, textOf } from './protobuf.js';
import type { TableEntry } from './sorted-table.js';
import { elementsOf, FLOAT32, floatsOf, requireBounded, shapeOf } from './tensor-fields.js';

interface Place {
  kind: number;
  shape: number[];
  shard: number;
  offset: number;
  size: number;
  checksum: Uint8Array | null;
}

/** How many data files there are. Throws AppError `badCheckpoint`. */
export function readShardCount(header: Uint8Array, file: string): number {
  let shards = 0;
  for (const field of fieldsOf(header, file)) {
    if (field.id === 1) shards = numberOf(field, file);
    if (field.id === 2 && numberOf(field, file) !== 0)
      throw new AppError('badCheckpoint', `${file} is big-endian, which is not known here`);
  }
  return shards;
}

/** The float32 tensors by their names. Throws AppError `badCheckpoint`. */
export function readTensorBundle(
  entries: Iterable<TableEntry>,
  shards: readonly Uint8Array[],
  file: string,
): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  let bytes = 0;
  for (const { key, value } of entries) {
    const where = `${file}: ${textOf(key)}`;
    const place = readPlace(value, where);
    if (place.kind !== FLOAT32) continue;
    bytes += 4 * elementsOf(place.shape);
    requireBounded({ tensors: tensors.size, bytes }, `${where} of shape [${place.shape.join(', ')}]`);
    tensors.set(textOf(key), floatsOf([valuesAt(place, shards, where)], place.shape, where));
  }
  return tensors;
}

function readPlace(entry: Uint8Array, where: string): Place {
  const place: Place = { kind: 0, shape: [], shard: 0, offset: 0, size: 0, checksum: null };
  for (const field of fieldsOf(entry, where)) {
    if (field.id === 1) place.kind = numberOf(field, where);
    if (field.id === 2) place.shape = shapeOf(bytesOf(field, where), where);
    if (field.id === 3) place.shard = numberOf(field, where);
    if (field.id === 4) place.offset = numberOf(field, where);
    if (field.id === 5) place.size = numberOf(field, where);
    if (field.id === 6) place.checksum = bytesOf(field, where);
    if (field.id === 7)
      throw new AppError('badCheckpoint', `${where} is saved in parts, which is not known here`);
  }
  return place;
}

function valuesAt(
  { shard, offset, size, checksum }: Place,
  shards: readonly Uint8Array[],
  where: string,
): Uint8Array {
  const data = shards[shard];
  if (!data)
    throw new AppError('badCheckpoint', `${where} lies in data file ${shard}; there are ${shards.length}`);
  if (!(offset >= 0 && size >= 0 && offset + size <= data.length))
    throw new AppError(
      'badCheckpoint',
      `${where} lies at bytes ${offset} to ${offset + size} of data file ${shard}, which ends at ${data.length}`,
    );
  const values = data.subarray(offset, offset + size);
  const wanted = checksum ? Buffer.from(checksum).readUInt32LE() : 0;
  const found = maskedCrc32c(values);
  if (found !== wanted)
    throw new AppError('badCheckpoint', `${where} has the checksum ${found}, not ${wanted}: it is damaged`);
  return values;
}
