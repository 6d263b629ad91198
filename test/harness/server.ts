/** A real server with a real database of its own, as `npm start` would run it, for one test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const START_TIMEOUT_MS = 90_000;

export interface RunningServer extends AsyncDisposable {
  url: string;
  port: number;
  stationToken: string;
  operatorPassword: string;
  dataFolder: string;
  process: ChildProcess;
  /** Stops it as Ctrl-C would and waits for its end; answers the exit code. */
  stop(): Promise<number | null>;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** The latest lines of its log. */
  log(): string[];
}

export interface ServerOptions {
  dashboard?: boolean;
  port?: number;
  /** Kept after the test when given; otherwise a temporary one. */
  dataFolder?: string;
  environment?: Record<string, string>;
}

export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const dataFolder = options.dataFolder ?? mkdtempSync(join(tmpdir(), 'antiphon-test-'));
  const stationToken = 'a-station-token-for-tests';
  const operatorPassword = 'an-operator-password';
  const dashboard = options.dashboard ? await startDashboard() : null;
  const child = spawn(process.execPath, [join(root, 'apps/server/dist/main.js')], {
    env: {
      ...process.env,
      NODE_ENV: 'production',
      PORT: String(options.port ?? 0),
      HOST: '127.0.0.1',
      DATA_DIR: dataFolder,
      STATION_TOKEN: stationToken,
      OPERATOR_PASSWORD: operatorPassword,
      ...(dashboard && { DASHBOARD_URL: dashboard.url }),
      ...options.environment,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const lines = collectLines(child);
  const exited = once(child, 'exit');
  const port = await new Promise<number>((resolve, reject) => {
    child.on('message', (message: { type?: string; port?: number }) => {
      if (message.type === 'listening' && message.port) resolve(message.port);
    });
    child.once('exit', (code) => reject(new Error(`the server exited with ${code}:\n${lines.join('\n')}`)));
    setTimeout(
      () => reject(new Error(`the server did not start:\n${lines.join('\n')}`)),
      START_TIMEOUT_MS,
    ).unref();
  });
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
    await dashboard?.stop();
    return child.exitCode;
  };
  return {
    url: `http://localhost:${port}`,
    port,
    stationToken,
    operatorPassword,
    dataFolder,
    process: child,
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
    log: () => [...lines],
    async [Symbol.asyncDispose]() {
      await end('SIGTERM');
      if (!options.dataFolder) rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}

async function startDashboard(): Promise<{ url: string; stop: () => Promise<void> }> {
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [join(root, 'apps/dashboard/.next/standalone/apps/dashboard/server.js')],
    {
      env: { ...process.env, NODE_ENV: 'production', PORT: String(port), HOSTNAME: '127.0.0.1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const lines = collectLines(child);
  const url = `http://127.0.0.1:${port}`;
  const endMs = Date.now() + START_TIMEOUT_MS;
  while (!(await fetch(url).catch(() => null))) {
    if (child.exitCode !== null || Date.now() > endMs)
      throw new Error(`the dashboard did not start:\n${lines.join('\n')}`);
    await sleep(100);
  }
  return {
    url,
    stop: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

function collectLines(child: ChildProcess): string[] {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      lines.push(...text.split('\n').filter(Boolean));
      lines.splice(0, lines.length - 200);
    });
  return lines;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject()));
    });
  });
}
