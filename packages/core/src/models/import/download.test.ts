import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRandom } from '../../random.js';
import { type DownloadProgress, download } from './download.js';

const random = createRandom(21);
const CONTENT = Buffer.from(Uint8Array.from({ length: 300_000 }, () => random.next() * 256));
const OTHER = Buffer.from(CONTENT).reverse();

let folder: string;
let path: string;
let server: Server;
let url: string;
let serve: (request: IncomingMessage, response: ServerResponse) => void;
let ranges: (string | undefined)[];
let progress: DownloadProgress[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antiphon-download-'));
  path = join(folder, 'deep', 'file.bin');
  ranges = [];
  progress = [];
  server = createServer((request, response) => {
    ranges.push(request.headers.range);
    serve(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.bin`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

const fetchIt = (maxBytes = 1_000_000) =>
  download(url, path, { maxBytes, pauseMs: 1, onProgress: (report) => progress.push(report) });

interface Habits {
  content?: Buffer;
  headers?: Record<string, string>;
  /** Breaks off after so many bytes of an answer; null sends all. */
  breaksAfter?: () => number | null;
  knowsRanges?: boolean;
  tellsLength?: boolean;
}

/** A server of static files. */
function files({
  content = CONTENT,
  headers = {},
  breaksAfter = () => null,
  knowsRanges = true,
  tellsLength = true,
}: Habits) {
  return (request: IncomingMessage, response: ServerResponse) => {
    const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
    const isSame = [undefined, headers.etag, headers['last-modified']].includes(
      request.headers['if-range'] as string,
    );
    const from = asked && knowsRanges && isSame ? Number(asked[1]) : 0;
    const body = content.subarray(from);
    response.writeHead(from > 0 ? 206 : 200, {
      ...headers,
      ...(tellsLength && { 'content-length': String(body.length) }),
      ...(from > 0 && { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }),
    });
    const end = breaksAfter();
    if (end === null) response.end(body);
    else response.write(body.subarray(0, end), () => setTimeout(() => response.destroy(), 20));
  };
}
const once = (bytes: number) => {
  let broken = false;
  return () => {
    if (broken) return null;
    broken = true;
    return bytes;
  };
};

describe('a download', () => {
  it('is checked against its checksum and not fetched again', async () => {
    serve = files({});
    await fetchIt();
    await fetchIt();
    expect(ranges).toHaveLength(1);
    expect((await readFile(path)).equals(CONTENT)).toBe(true);
    expect((await readdir(join(folder, 'deep'))).sort()).toEqual(['file.bin', 'file.bin.sha256']);
    expect(progress.at(-1)).toEqual({ url, receivedBytes: CONTENT.length, totalBytes: CONTENT.length });
    expect(progress.map(({ receivedBytes }) => receivedBytes)).toEqual(
      progress.map(({ receivedBytes }) => receivedBytes).toSorted((a, b) => a - b),
    );
  });

  it('is fetched once when it is asked for twice at once', async () => {
    serve = files({});
    await Promise.all([fetchIt(), fetchIt()]);
    expect(ranges).toHaveLength(1);
    await rm(path);
    await fetchIt();
    expect(ranges).toHaveLength(2);
  });

  it('is fetched again when what lies there is damaged', async () => {
    serve = files({});
    await fetchIt();
    await writeFile(path, OTHER);
    await fetchIt();
    expect((await readFile(path)).equals(CONTENT)).toBe(true);
  });

  it.each<[string, Record<string, string>]>([
    ['an entity tag', { etag: '"v1"' }],
    ['a date', { 'last-modified': 'Sat, 21 Nov 2026 08:00:00 GMT' }],
    ['its size alone', {}],
  ])('goes on where it broke off, by %s', async (_by, headers) => {
    serve = files({ headers, breaksAfter: once(100_000) });
    await fetchIt();
    expect(ranges).toEqual([undefined, 'bytes=100000-']);
    expect((await readFile(path)).equals(CONTENT)).toBe(true);
  });

  it('goes on in a later run', async () => {
    serve = files({ headers: { etag: '"v1"' }, breaksAfter: once(70_000) });
    const give = serve;
    serve = (request, response) =>
      ranges.length === 1 ? give(request, response) : response.writeHead(503).end();
    await expect(fetchIt()).rejects.toThrow(
      /the server answers 503; 70000 bytes are kept and the next try goes on/,
    );
    serve = give;
    ranges.length = 0;
    await fetchIt();
    expect(ranges).toEqual(['bytes=70000-']);
    expect((await readFile(path)).equals(CONTENT)).toBe(true);
  });

  it.each<[string, Habits, Habits]>([
    ['another tag', { headers: { etag: '"v1"' } }, { headers: { etag: '"v2"' }, content: OTHER }],
    ['another size', {}, { content: OTHER.subarray(0, 250_000) }],
    ['a smaller size than came', {}, { content: OTHER.subarray(0, 50_000) }],
    ['no ranges', { knowsRanges: false }, { knowsRanges: false, content: OTHER }],
    ['no size', { tellsLength: false }, { tellsLength: false, content: OTHER }],
  ])('begins anew when the server then has %s', async (_what, first, then) => {
    const begin = files({ ...first, breaksAfter: () => 100_000 });
    const goOn = files(then);
    serve = (request, response) => (ranges.length === 1 ? begin : goOn)(request, response);
    await fetchIt();
    expect((await readFile(path)).equals(then.content as Buffer)).toBe(true);
  });

  it('survives many breaks while bytes come', async () => {
    serve = files({ breaksAfter: () => (ranges.length < 10 ? 30_000 : null) });
    await fetchIt();
    expect(ranges).toHaveLength(10);
    expect((await readFile(path)).equals(CONTENT)).toBe(true);
  });

  it('gives up on a server that only breaks off, and on one that is not there', async () => {
    serve = (_request, response) => void response.destroy();
    await expect(fetchIt()).rejects.toMatchObject({ code: 'downloadFailed' });
    expect(ranges).toHaveLength(4);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await expect(fetchIt()).rejects.toThrow(/ECONNREFUSED/);
  });

  it('refuses what is too large, told beforehand or not, and keeps nothing of it', async () => {
    serve = files({});
    await expect(fetchIt(1000)).rejects.toThrow(/it has 300000 bytes; at most 1000 are fetched/);
    serve = files({ tellsLength: false });
    await expect(fetchIt(1000)).rejects.toThrow(/more than 1000 bytes come/);
    expect(await readdir(join(folder, 'deep'))).toEqual([]);
    serve = files({ headers: { 'content-length': String(2 ** 40) }, tellsLength: false });
    await expect(fetchIt()).rejects.toThrow(/it has 1099511627776 bytes/);
  });

  it('says what the server says', async () => {
    serve = (_request, response) => void response.writeHead(403).end();
    await expect(fetchIt()).rejects.toThrow(`${url}: the server answers 403 Forbidden`);
    expect(ranges).toHaveLength(1);
  });
});
