/** Reads a TensorFlow checkpoint of either format; both begin with a table whose first key is empty. */
import { AppError } from '../../app-error.js';
import type { Tensor } from '../checkpoint.js';
import { fieldsOf } from './protobuf.js';
import { readSavedSlices } from './saved-slices.js';
import { readSortedTable } from './sorted-table.js';
import { readShardCount, readTensorBundle } from './tensor-bundle.js';

/**
 * The float32 tensors by the names that TensorFlow gave them. `shard` answers a data file of format V2, or throws; V1 has none. `name`
 * names the file in complaints. Throws AppError `badCheckpoint`.
 */
export function readTensorFlowCheckpoint(
  table: Uint8Array,
  name: string,
  shard: (index: number, count: number) => Uint8Array,
): Map<string, Tensor> {
  const entries = readSortedTable(table, name);
  const first = entries.next();
  if (first.done || first.value.key.length > 0)
    throw new AppError(
      'badCheckpoint',
      `${name} is a table, but none of TensorFlow's: its first key is not empty`,
    );
  const header = first.value.value;
  if (isOfFormatV1(header, name)) return readSavedSlices(header, entries, name);
  const count = readShardCount(header, name);
  if (!(count >= 1 && count <= MAX_SHARDS))
    throw new AppError('badCheckpoint', `${name} has ${count} data files; 1 to ${MAX_SHARDS} are read`);
  const shards = Array.from({ length: count }, (_, index) => shard(index, count));
  return readTensorBundle(entries, shards, name);
}

const MAX_SHARDS = 256;

/** V1 begins with the list of tensors, V2 with the number of data files. */
function isOfFormatV1(header: Uint8Array, name: string): boolean {
  for (const { id, value } of fieldsOf(header, name)) if (id === 1) return typeof value !== 'number';
  return false;
}
