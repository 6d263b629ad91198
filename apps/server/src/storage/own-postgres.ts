/** PostgreSQL from npm, run in the data folder for as long as the server runs. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '@antiphon/core/errors';
import { findPostgres, type PostgresBinaries } from './postgres-binaries.js';
import { commandLineOf } from './process-identity.js';

const USER = 'antiphon';
const START_TIMEOUT_MS = 60_000;
const RESTART_DELAY_MS = 1_000;
/** PostgreSQL refuses to be root; then it runs as nobody. */
const NOBODY = 65_534;

export interface OwnPostgres {
  url: string;
  stop(): Promise<void>;
}

/** One that stops by itself is started again, and `onStopped` is told why. Throws AppError `databaseFailed` with PostgreSQL's own last words. */
export async function startOwnPostgres(
  dataFolder: string,
  onStopped: (why: string) => void,
): Promise<OwnPostgres> {
  const folder = resolve(dataFolder, 'postgres');
  const passwordFile = resolve(dataFolder, 'postgres.password');
  const binaries = await findPostgres();
  await endLeftover(folder);
  if (!existsSync(folder)) initialise(binaries, folder, passwordFile);
  const password = readPassword(passwordFile);
  const port = await freePort();
  let child = await launch(binaries, folder, port);
  let stopping = false;
  let restart = Promise.resolve();
  const watch = () =>
    child.once('exit', (code, signal) => {
      if (stopping) return;
      onStopped(`PostgreSQL stopped with ${signal ?? code}`);
      restart = startAgain();
    });
  const startAgain = async () => {
    while (!stopping)
      try {
        await sleep(RESTART_DELAY_MS);
        child = await launch(binaries, folder, port);
        watch();
        return;
      } catch (error) {
        onStopped((error as Error).message);
      }
  };
  watch();
  return {
    url: `postgresql://${USER}:${password}@127.0.0.1:${port}/postgres`,
    async stop() {
      stopping = true;
      await restart;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGINT'); // PostgreSQL's "fast" shutdown: clients are cut off, everything committed is kept
      await exited;
    },
  };
}

/** A server that was killed leaves its PostgreSQL behind; it is ended properly before the folder is opened again. */
async function endLeftover(folder: string): Promise<void> {
  const pidFile = join(folder, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  const isPostgres = () => commandLineOf(pid)?.includes(folder) ?? false;
  if (!isPostgres()) return;
  process.kill(pid, 'SIGINT');
  const endMs = Date.now() + START_TIMEOUT_MS;
  while (isPostgres()) {
    if (Date.now() > endMs)
      throw new AppError(
        'databaseFailed',
        `the PostgreSQL left over in ${folder} (process ${pid}) does not end`,
      );
    await sleep(50);
  }
}

/** Made beside its place and moved there when it is whole: an interrupted first start leaves nothing half done. */
function initialise(binaries: PostgresBinaries, place: string, passwordFile: string): void {
  const folder = `${place}.new`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
  const isRoot = process.getuid?.() === 0;
  if (isRoot) for (const path of [folder, passwordFile]) chownSync(path, NOBODY, NOBODY);
  const [command, args] = asOwner(folder, binaries.initdb, [
    `--pgdata=${folder}`,
    `--username=${USER}`,
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    '--no-locale',
  ]);
  const made = spawnSync(command, args, { encoding: 'utf8', cwd: '/' });
  if (made.status === 0) {
    renameSync(folder, place);
    return;
  }
  rmSync(folder, { recursive: true, force: true });
  throw new AppError(
    'databaseFailed',
    `PostgreSQL could not make its data folder ${place}: ${made.stderr || made.error?.message}`,
  );
}

function readPassword(passwordFile: string): string {
  try {
    return readFileSync(passwordFile, 'utf8');
  } catch (cause) {
    throw new AppError(
      'databaseFailed',
      `the password of the booth's PostgreSQL cannot be read from ${passwordFile}`,
      { cause },
    );
  }
}

async function launch(binaries: PostgresBinaries, folder: string, port: number): Promise<ChildProcess> {
  const child = spawnAsOwner(folder, binaries.postgres, [
    '-D',
    folder,
    '-p',
    String(port),
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    'unix_socket_directories=',
  ]);
  try {
    await accepting(child);
  } catch (error) {
    child.kill('SIGQUIT');
    throw error;
  }
  return child;
}

function spawnAsOwner(folder: string, binary: string, args: string[]): ChildProcess {
  const [command, wrapped] = asOwner(folder, binary, args);
  return spawn(command, wrapped, {
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: '/',
    detached: process.platform !== 'win32', // a Ctrl-C in the terminal is for the server, which ends it in order
  });
}

/**
 * As root, PostgreSQL is run as the folder's owner. That user need not be able to read the folders above (a clone in root's home
 * is closed to it), so it keeps the right to pass through them.
 */
function asOwner(folder: string, binary: string, args: string[]): [string, string[]] {
  if (process.getuid?.() !== 0) return [binary, args];
  const { uid, gid } = statSync(folder);
  const capability = '+dac_override';
  return [
    'setpriv',
    [
      `--reuid=${uid}`,
      `--regid=${gid}`,
      '--clear-groups',
      `--inh-caps=${capability}`,
      `--ambient-caps=${capability}`,
      '--',
      binary,
      ...args,
    ],
  ];
}

async function accepting(child: ChildProcess): Promise<void> {
  const lines: string[] = [];
  await new Promise<void>((resolveReady, reject) => {
    const fail = (how: string) =>
      reject(new AppError('databaseFailed', `PostgreSQL ${how}: ${lines.join(' | ')}`));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      lines.push(...text.split('\n').filter(Boolean));
      lines.splice(0, lines.length - 8);
      if (text.includes('ready to accept connections')) resolveReady();
    });
    child.once('error', (error) => fail(`cannot be run (${error.message})`));
    child.once('exit', (code) => fail(`stopped with ${code}`));
    setTimeout(() => fail('did not start in time'), START_TIMEOUT_MS).unref();
  });
}

function freePort(): Promise<number> {
  return new Promise((resolvePort, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (address && typeof address === 'object' ? resolvePort(address.port) : reject()));
    });
  });
}
