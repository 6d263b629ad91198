/** Reads a model from disk, whatever its kind. */
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { AppError } from '../../app-error.js';
import { readBounded } from '../bounded-file.js';
import { MAX_WEIGHT_BYTES, readCheckpoint } from '../checkpoint-folder.js';
import { isLatent, latentModelOf } from '../latent-model.js';
import { beginsLikeMagentaBundle, isMagentaBundle, readMagentaBundle } from './magenta-bundle.js';
import { type Imported, settle } from './settle.js';
import { isSortedTable } from './sorted-table.js';
import { readTensorFlowCheckpoint, shardCountOf } from './tensorflow-checkpoint.js';
import { currentWeights } from './variable-names.js';

const MAX_METAGRAPH_BYTES = 64 << 20;

/** From a folder or a file, whose contents tell its kind. Throws AppError `badCheckpoint` that names the file and the fault. */
export async function importLocally(path: string): Promise<Imported> {
  const found = await stat(path).catch((cause) => {
    const what = 'name a file, a folder or an address that begins with http://';
    throw new AppError('badCheckpoint', `${path} cannot be read (${cause.code}); ${what}`, { cause });
  });
  if (found.isDirectory()) return importFolder(path);
  const bytes = await readBounded(path, MAX_WEIGHT_BYTES);
  if (isSortedTable(bytes) && !isMagentaBundle(bytes)) return importTensorFlow(path, bytes);
  if (beginsLikeMagentaBundle(bytes)) return readMagentaBundle(bytes, basename(path));
  throw new AppError('badCheckpoint', `${path} is neither a Magenta bundle nor a TensorFlow checkpoint`);
}

/** A latent model is Magenta.js's own to feed and run: it stays as it is. */
async function importFolder(folder: string): Promise<Imported> {
  const checkpoint = await readCheckpoint(folder);
  const { config, weights } = checkpoint;
  if (isLatent(checkpoint)) {
    latentModelOf(folder, checkpoint);
    return { checkpoint, warnings: [] };
  }
  return settle({ config, weights: currentWeights(weights) }, { id: basename(folder), metagraph: null });
}

/** A checkpoint as TensorFlow left it: PATH of format V1 or PREFIX.index of V2, with the graph beside it in a .meta file or without. */
async function importTensorFlow(path: string, table: Uint8Array): Promise<Imported> {
  const name = basename(path);
  const prefix = path.replace(/\.index$/, '');
  const count = shardCountOf(table, name);
  const shards: Uint8Array[] = [];
  const padded = (index: number) => String(index).padStart(5, '0');
  let bytesLeft = MAX_WEIGHT_BYTES;
  for (let index = 0; index < count; index++) {
    const shard = await readBounded(`${prefix}.data-${padded(index)}-of-${padded(count)}`, bytesLeft);
    bytesLeft -= shard.length;
    shards.push(shard);
  }
  const weights = currentWeights(readTensorFlowCheckpoint(table, shards, name));
  const id = basename(prefix);
  return settle(
    { config: { type: 'MusicRNN', title: id }, weights },
    { id, metagraph: await readMetagraph(`${prefix}.meta`) },
  );
}

async function readMetagraph(path: string): Promise<Uint8Array | null> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() && found.size <= MAX_METAGRAPH_BYTES ? readFile(path) : null;
}
