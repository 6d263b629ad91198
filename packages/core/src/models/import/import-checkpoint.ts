/** Brings models of others in: Magenta.js folders, `.mag` bundles, TensorFlow checkpoints, from disk or by their address. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { sizeOfFile } from '../bounded-file.js';
import { MAX_WEIGHT_BYTES, shardsOf } from '../checkpoint-folder.js';
import { type DownloadProgress, download } from './download.js';
import { importApart } from './import-thread.js';
import type { Imported } from './settle.js';

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
  return importApart(/^https?:\/\//i.test(source) ? await fetchSource(new URL(source), options) : source);
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
