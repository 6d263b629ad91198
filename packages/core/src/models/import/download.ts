/**
 * Fetches files by HTTP into a folder. A file that is there is used again while its checksum still holds; one that broke off goes on
 * where it stopped, if the server still has the same.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../app-error.js';

/** A server that keeps breaking off ends the download, though each time some bytes came. */
const MAX_TRIES = 20;
const MAX_TRIES_WITHOUT_BYTES = 4;
const STALLED_MS = 30_000; // without a byte; conference Wi-Fi recovers within seconds or not at all
const BUSY = [408, 429, 500, 502, 503, 504];

export interface DownloadProgress {
  url: string;
  receivedBytes: number;
  /** Null where the server does not tell. */
  totalBytes: number | null;
}

export interface DownloadOptions {
  maxBytes: number;
  /** How long to wait before going on after a break. */
  pauseMs: number;
  onProgress(progress: DownloadProgress): void;
}

/** What a part belongs to: the rest of another version must not be put behind it. */
const PartOf = z.object({ validator: z.string().nullable(), totalBytes: z.number().nullable() });
type PartOf = z.infer<typeof PartOf>;

/** A break after which it is worth to go on. */
class BrokenOff extends Error {}

const running = new Map<string, Promise<void>>();

/**
 * Leaves the whole file at `path`, its SHA-256 beside it. Who asks for a path that is being fetched waits for it, and hears of no
 * progress. Throws AppError `downloadFailed` that names the address and the reason; what has come is kept for the next time.
 */
export function download(url: string, path: string, options: DownloadOptions): Promise<void> {
  const fetching = running.get(path) ?? fetchWhole(url, path, options).finally(() => running.delete(path));
  running.set(path, fetching);
  return fetching;
}

async function fetchWhole(url: string, path: string, options: DownloadOptions): Promise<void> {
  if (await isIntact(path)) return;
  await mkdir(dirname(path), { recursive: true });
  let idle = 0;
  for (let attempt = 1; ; attempt++) {
    const before = await sizeOf(partOf(path));
    try {
      await fetchRest(url, path, options);
      break;
    } catch (error) {
      if (!(error instanceof BrokenOff)) throw error;
      const received = await sizeOf(partOf(path));
      idle = received > before ? 0 : idle + 1;
      if (attempt === MAX_TRIES || idle === MAX_TRIES_WITHOUT_BYTES)
        throw failed(url, `${error.message}; ${keptSaid(received)}try again later`, error);
      await new Promise((resolve) => setTimeout(resolve, options.pauseMs));
    }
  }
  await writeFile(checksumOf(path), await digest(partOf(path)));
  await rename(partOf(path), path);
  await rm(versionOf(path), { force: true });
}

/** One request, for what is missing. */
async function fetchRest(url: string, path: string, options: DownloadOptions): Promise<void> {
  const known = await readPartOf(path);
  const kept = known ? await sizeOf(partOf(path)) : 0;
  if (known && kept === known.totalBytes) return;
  const stall = new AbortController();
  let timer = setTimeout(() => stall.abort(), STALLED_MS);
  const stillComing = () => {
    clearTimeout(timer);
    timer = setTimeout(() => stall.abort(), STALLED_MS);
  };
  try {
    const response = await fetch(url, { headers: requestFrom(kept, known), signal: stall.signal });
    const begin = await beginOf(response, url);
    const isOfAnotherSize = known && known.totalBytes !== null && begin.totalBytes !== known.totalBytes;
    if (begin.from !== 0 && (begin.from !== kept || isOfAnotherSize)) {
      await forget(path);
      throw new BrokenOff('the server has another version now');
    }
    await append(response, { url, path, begin, options, stillComing });
  } catch (error) {
    if (error instanceof AppError || error instanceof BrokenOff) throw error;
    throw new BrokenOff(stall.signal.aborted ? `nothing came for ${STALLED_MS / 1000} s` : reasonOf(error));
  } finally {
    clearTimeout(timer);
    stall.abort(); // lets go of a body that is not read to its end
  }
}

interface Begin {
  from: number;
  totalBytes: number | null;
}

/** Where the body begins, and the size of the whole. */
async function beginOf(response: Response, url: string): Promise<Begin> {
  const { status, headers } = response;
  if (status === 200) {
    const isAsItIs = (headers.get('content-encoding') ?? 'identity') === 'identity';
    const length = headers.get('content-length');
    return { from: 0, totalBytes: isAsItIs && length !== null ? Number(length) : null };
  }
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get('content-range') ?? '');
  if (status === 206 && range) return { from: Number(range[1]), totalBytes: Number(range[2]) };
  if (status === 416) return { from: -1, totalBytes: null };
  if (BUSY.includes(status)) throw new BrokenOff(`the server answers ${status}`);
  throw failed(url, `the server answers ${status} ${response.statusText}`.trim());
}

async function append(
  response: Response,
  {
    url,
    path,
    begin: { from, totalBytes },
    options: { maxBytes, onProgress },
    stillComing,
  }: { url: string; path: string; begin: Begin; options: DownloadOptions; stillComing(): void },
): Promise<void> {
  if (totalBytes !== null && totalBytes > maxBytes)
    throw failed(url, `it has ${totalBytes} bytes; at most ${maxBytes} are fetched`);
  const part: PartOf = { validator: validatorOf(response.headers), totalBytes };
  await writeFile(versionOf(path), JSON.stringify(part));
  const file = await open(partOf(path), from > 0 ? 'a' : 'w');
  let receivedBytes = from;
  try {
    for await (const chunk of response.body ?? []) {
      stillComing();
      receivedBytes += chunk.length;
      if (receivedBytes > maxBytes) {
        await forget(path);
        throw failed(url, `more than ${maxBytes} bytes come; no more are fetched`);
      }
      await file.write(chunk);
      onProgress({ url, receivedBytes, totalBytes });
    }
  } finally {
    await file.close();
  }
  if (totalBytes !== null && receivedBytes < totalBytes)
    throw new BrokenOff(`it broke off after ${receivedBytes} of ${totalBytes} bytes`);
}

function requestFrom(kept: number, known: PartOf | null): Record<string, string> {
  return {
    'accept-encoding': 'identity', // places in a compressed stream are not places in the file
    ...(kept > 0 && { range: `bytes=${kept}-` }),
    ...(kept > 0 && known?.validator && { 'if-range': known.validator }),
  };
}

/** A weak entity tag does not promise the same bytes. */
function validatorOf(headers: Headers): string | null {
  const tag = headers.get('etag');
  return tag && !tag.startsWith('W/') ? tag : headers.get('last-modified');
}

const partOf = (path: string) => `${path}.part`;
const versionOf = (path: string) => `${path}.part.json`;
const checksumOf = (path: string) => `${path}.sha256`;

async function isIntact(path: string): Promise<boolean> {
  const wanted = await readFile(checksumOf(path), 'utf8').catch(() => null);
  return wanted !== null && (await sizeOf(path)) > 0 && wanted === (await digest(path));
}

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

/** Null where there is no part, or one that cannot be told from a part of another version. */
async function readPartOf(path: string): Promise<PartOf | null> {
  const text = await readFile(versionOf(path), 'utf8').catch(() => null);
  try {
    const part = text === null ? null : PartOf.parse(JSON.parse(text));
    return part && (part.validator ?? part.totalBytes) !== null ? part : null;
  } catch {
    return null;
  }
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

async function forget(path: string): Promise<void> {
  await rm(partOf(path), { force: true });
  await rm(versionOf(path), { force: true });
}

/** Fetch hides the reason in its error's cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}

const keptSaid = (bytes: number) =>
  bytes > 0 ? `${bytes} bytes are kept and the next try goes on from there; ` : '';

function failed(url: string, reason: string, cause?: unknown): AppError {
  return new AppError('downloadFailed', `${url}: ${reason}`, { cause });
}
