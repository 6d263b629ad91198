/** Brings models of others in: Magenta.js folders, `.mag` bundles, TensorFlow checkpoints, from disk or by their address. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AppError } from '../../app-error.js';
import { readBounded, sizeOfFile } from '../bounded-file.js';
import { MAX_WEIGHT_BYTES, readCheckpoint, shardsOf } from '../checkpoint-folder.js';
import { type DownloadProgress, download } from './download.js';
import { beginsLikeMagentaBundle, isMagentaBundle, readMagentaBundle } from './magenta-bundle.js';
import { type Imported, settle } from './settle.js';
import { isSortedTable } from './sorted-table.js';
import { readTensorFlowCheckpoint, shardCountOf } from './tensorflow-checkpoint.js';
import { currentWeights } from './variable-names.js';

const MAX_METAGRAPH_BYTES = 64 << 20;
const MAX_JSON_BYTES = 4 << 20;

export interface ImportOptions {
  /** Where downloads are kept, to be used again. */
  cacheFolder: string;
  /** How long to wait before going on with a download that broke off. */
  retryPauseMs: number;
  onProgress(progress: DownloadProgress): void;
}

/**
 * From a folder, a file or the address of either; a file's contents tell its kind, an address ends with .mag or is a Magenta.js folder's.
 * The weights that come back make a network that can be fed as their config.json says. Throws AppError `badCheckpoint` that names the file
 * and the fault, or `downloadFailed`.
 */
export async function importCheckpoint(source: string, options: ImportOptions): Promise<Imported> {
  return importLocally(/^https?:\/\//i.test(source) ? await fetchSource(new URL(source), options) : source);
}

/** Answers the path of what was fetched: named as the address names it, in a folder of its own. */
async function fetchSource(address: URL, options: ImportOptions): Promise<string> {
  const { cacheFolder, retryPauseMs, onProgress } = options;
  const key = createHash('sha256').update(address.href).digest('hex').slice(0, 16);
  const name = (address.pathname.split('/').findLast(Boolean) ?? address.hostname).replace(/[^\w.-]/g, '_');
  const path = join(cacheFolder, key, name);
  const fetchTo = (url: URL, file: string, maxBytes: number) =>
    download(url.href, file, { maxBytes, pauseMs: retryPauseMs, onProgress });
  if (name.toLowerCase().endsWith('.mag')) {
    await fetchTo(address, path, MAX_WEIGHT_BYTES);
    return path;
  }
  const fetchInto = async (file: string, maxBytes: number) => {
    const url = new URL(address);
    url.pathname = `${address.pathname.replace(/\/$/, '')}/${encodeURIComponent(file)}`;
    await fetchTo(url, join(path, file), maxBytes);
    return sizeOfFile(join(path, file));
  };
  await fetchInto('config.json', MAX_JSON_BYTES);
  await fetchInto('weights_manifest.json', MAX_JSON_BYTES);
  let bytesLeft = MAX_WEIGHT_BYTES;
  for (const shard of await shardsOf(path)) bytesLeft -= await fetchInto(shard, bytesLeft);
  return path;
}

async function importLocally(path: string): Promise<Imported> {
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

async function importFolder(folder: string): Promise<Imported> {
  const { config, weights } = await readCheckpoint(folder);
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
