/** A built station of its own process on a stand-in MIDI driver: bytes go in at its keyboard, and bytes that it sends out are heard. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../harness/server.js';

/** `atMs` is monotonic, and the same in every process. */
export interface HeardMessage {
  atMs: number;
  bytes: number[];
}

export interface WiredStation {
  /** How many parts of the station listen to the keyboard by now. */
  listeners(): number;
  send(...bytes: number[]): void;
  /** Everything that was sent to any output, in order. */
  heard(): HeardMessage[];
  /** Stops it as Ctrl-C would and waits for its end. */
  stop(): Promise<void>;
}

/** `busy`: how busy its main thread is, in %; `none` is a bare program that sends back what it hears. */
export async function startWiredStation({
  server,
  token,
  busy,
}: {
  server: string;
  token: string;
  busy: string;
}): Promise<WiredStation> {
  const folder = mkdtempSync(join(tmpdir(), 'antiphon-wired-'));
  const ears = join(folder, 'ears');
  const keys = join(folder, 'keys');
  const cables: Socket[] = [];
  const keyboard = createServer((cable) => cables.push(cable));
  await new Promise<void>((resolve) => keyboard.listen(keys, resolve));
  const here = import.meta.dirname;
  const program = ['stand-in-driver.mjs', 'measured-station.mjs'].map((name) => join(here, name));
  const child = spawn(process.execPath, ['--import', ...program, server, token, join(folder, 'data'), busy], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      MEASURED_KEYS: keys,
      MEASURED_EARS: ears,
      MEASURED_STATION: join(root, 'apps/station/package.json'),
    },
  });
  const read = () =>
    existsSync(ears) ? readFileSync(ears, 'utf8').split('\n').filter(Boolean).map(parseHeard) : [];
  let last: HeardMessage[] | null = null;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  return {
    listeners: () => cables.length,
    send(...bytes) {
      for (const cable of cables) cable.write(Buffer.from(bytes));
    },
    heard: () => last ?? read(),
    async stop() {
      child.kill('SIGTERM');
      await exited;
      for (const cable of cables) cable.destroy();
      keyboard.close();
      last = read();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Such as `123456789 144 60 80`: ns, then the bytes. */
function parseHeard(line: string): HeardMessage {
  const [ns = '', ...bytes] = line.split(' ');
  return { atMs: Number(BigInt(ns)) / 1e6, bytes: bytes.map(Number) };
}
