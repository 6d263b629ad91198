/** Reads Magenta's `.mag` bundles (generator.proto): which model it is, its TensorFlow checkpoint, and the graph. */
import { AppError } from '../../app-error.js';
import { configFor, isKnownEncoding } from './known-encodings.js';
import { bytesOf, fieldsOf, textAt } from './protobuf.js';
import { type Imported, settle } from './settle.js';
import { isSortedTable } from './sorted-table.js';
import { readTensorFlowCheckpoint } from './tensorflow-checkpoint.js';
import { currentWeights } from './variable-names.js';

const DETAILS = 1;
const CHECKPOINT_FILE = 2;
const METAGRAPH = 3;
const LAST_FIELD = 4;
const MAX_FILES = 300;

interface Bundle {
  id: string;
  description: string;
  files: Uint8Array[];
  metagraph: Uint8Array | null;
}

/** With one of a bundle's fields, whose numbers lie above the three bits that tell bytes. */
export function beginsLikeMagentaBundle([tag = 0]: Uint8Array): boolean {
  return (tag & 7) === 2 && tag >> 3 >= DETAILS && tag >> 3 <= LAST_FIELD;
}

/** A bundle may well end with its checkpoint, and so as a bare checkpoint does; its fields tell them apart. */
export function isMagentaBundle(bytes: Uint8Array): boolean {
  try {
    for (const { id, value } of fieldsOf(bytes, ''))
      if (id > LAST_FIELD || typeof value === 'number') return false;
    return true;
  } catch {
    return false;
  }
}

/** `name` names the file in complaints. Throws AppError `badCheckpoint`. */
export function readMagentaBundle(bytes: Uint8Array, name: string): Imported {
  const { id, description, files, metagraph } = readBundle(bytes, name);
  const described = { type: 'MusicRNN', title: id, ...(description && { description }) };
  const config = isKnownEncoding(id) ? configFor(id, described) : described;
  const weights = currentWeights(tensorsIn(files, name));
  return settle({ config, weights }, { id: id || name, metagraph });
}

function readBundle(bytes: Uint8Array, name: string): Bundle {
  const bundle: Bundle = { id: '', description: '', files: [], metagraph: null };
  for (const field of fieldsOf(bytes, name)) {
    if (field.id === DETAILS) {
      const details = bytesOf(field, name);
      bundle.id = textAt(details, 1, name);
      bundle.description = textAt(details, 2, name);
    }
    if (field.id === CHECKPOINT_FILE && bundle.files.push(bytesOf(field, name)) > MAX_FILES)
      throw new AppError('badCheckpoint', `${name} holds more than ${MAX_FILES} files`);
    if (field.id === METAGRAPH) bundle.metagraph = bytesOf(field, name);
  }
  return bundle;
}

/** A checkpoint of format V1 is one file; of V2 the table is among its data files, which keep their order. */
function tensorsIn(files: readonly Uint8Array[], name: string) {
  const table = files.find(isSortedTable) ?? files[0];
  if (!table) throw new AppError('badCheckpoint', `${name} holds no checkpoint; is it a Magenta bundle?`);
  const shards = files.filter((file) => file !== table);
  return readTensorFlowCheckpoint(table, shards, `${name}, checkpoint`);
}
