/** Reads a TensorFlow checkpoint of either format; both begin with a table whose first key is empty. */
import { AppError } from '../../app-error.js';
import type { Tensor } from '../checkpoint.js';
import { fieldsOf } from './protobuf.js';
import { readSavedSlices } from './saved-slices.js';
import { readSortedTable, type TableEntry } from './sorted-table.js';
import { readShardCount, readTensorBundle } from './tensor-bundle.js';

const MAX_SHARDS = 256;

/** How many data files the table refers to: none in format V1. `name` names the file in complaints. Throws AppError `badCheckpoint`. */
export function shardCountOf(table: Uint8Array, name: string): number {
  return countShards(openTable(table, name).header, name);
}

/** The float32 tensors by the names that TensorFlow gave them. Throws AppError `badCheckpoint`. */
export function readTensorFlowCheckpoint(
  table: Uint8Array,
  shards: readonly Uint8Array[],
  name: string,
): Map<string, Tensor> {
  const { header, entries } = openTable(table, name);
  const count = countShards(header, name);
  if (count !== shards.length)
    throw new AppError('badCheckpoint', `${name} refers to ${count} data files; ${shards.length} are there`);
  return count === 0 ? readSavedSlices(header, entries, name) : readTensorBundle(entries, shards, name);
}

function openTable(table: Uint8Array, name: string): { header: Uint8Array; entries: Generator<TableEntry> } {
  const entries = readSortedTable(table, name);
  const first = entries.next();
  if (first.done || first.value.key.length > 0)
    throw new AppError(
      'badCheckpoint',
      `${name} is a table, but none of TensorFlow's: its first key is not empty`,
    );
  return { header: first.value.value, entries };
}

/** V1 begins with the list of tensors, V2 with the number of data files. */
function countShards(header: Uint8Array, name: string): number {
  for (const { id, value } of fieldsOf(header, name)) if (id === 1 && typeof value !== 'number') return 0;
  const count = readShardCount(header, name);
  if (count >= 1 && count <= MAX_SHARDS) return count;
  throw new AppError('badCheckpoint', `${name} has ${count} data files; 1 to ${MAX_SHARDS} are read`);
}
