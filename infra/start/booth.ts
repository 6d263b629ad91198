/** Runs a booth on this machine: builds what changed, starts server and dashboard, says where they are, stops them all. */
import { spawn, spawnSync } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child } from './child.js';
import { takeLock } from './lock.js';
import { parseStartOptions, type StartOptions } from './options.js';
import { loadSecrets } from './secrets.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const START_TIMEOUT_MS = 120_000; // the first start on a slow disk makes a database

export async function main(args: string[], usage: string): Promise<void> {
  let options: StartOptions;
  const envFile = join(root, '.env');
  if (existsSync(envFile)) process.loadEnvFile(envFile);
  try {
    options = parseStartOptions(args, root);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
  try {
    await runBooth(options);
  } catch (error) {
    console.error((error as Error).message);
    process.exit(1);
  }
}

async function runBooth(options: StartOptions): Promise<void> {
  mkdirSync(options.dataFolder, { recursive: true });
  const address = `http://localhost:${options.port}`;
  const lock = takeLock(options.dataFolder, { pid: process.pid, address });
  if (!lock.taken)
    throw new Error(
      `A booth already runs here (process ${lock.holder.pid}), at ${lock.holder.address}.\n` +
        'Stop it with Ctrl-C where it was started, or give this one its own --data folder and --port.',
    );
  process.on('exit', lock.release);
  if (!(await isFree(options.port)))
    throw new Error(
      `Port ${options.port} is used by another program. Choose another: npm start -- --port 4100`,
    );

  console.log('Building what has changed ...');
  build();
  const secrets = loadSecrets(options.dataFolder);
  const log = createWriteStream(join(options.dataFolder, 'booth.log'), { flags: 'a' });
  const child = (
    name: string,
    script: string,
    environment: Record<string, string>,
    childArgs: string[] = [],
  ) =>
    new Child({
      name,
      script,
      args: childArgs,
      environment,
      onLine: (line) => log.write(`${line}\n`),
      onRestart: (how) =>
        console.error(
          `The ${name} stopped (${how}); starting it again. Details: ${join(options.dataFolder, 'booth.log')}`,
        ),
    });

  const dashboardPort = await freePort();
  const dashboard = child(
    'dashboard',
    join(root, 'apps/dashboard/.next/standalone/apps/dashboard/server.js'),
    {
      PORT: String(dashboardPort),
      HOSTNAME: '127.0.0.1',
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
    },
  );
  const password = process.env.OPERATOR_PASSWORD ?? secrets.operatorPassword;
  const server = child('server', join(root, 'apps/server/dist/main.js'), {
    STATION_TOKEN: process.env.STATION_TOKEN ?? secrets.stationToken,
    OPERATOR_PASSWORD: password,
    PORT: String(options.port),
    DATA_DIR: options.dataFolder,
    DASHBOARD_URL: `http://127.0.0.1:${dashboardPort}`,
    NODE_ENV: 'production',
  });

  let stopping = false;
  const stop = async (exitCode: number) => {
    if (stopping) return;
    stopping = true;
    console.log('\nStopping the booth ...');
    await Promise.all([server.stop(), dashboard.stop()]);
    process.exit(exitCode);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0));

  console.log('Starting ...');
  try {
    await Promise.all([
      server.start(() => answers(`http://127.0.0.1:${options.port}/health`), START_TIMEOUT_MS),
      dashboard.start(() => answers(`http://127.0.0.1:${dashboardPort}/`), START_TIMEOUT_MS),
    ]);
  } catch (error) {
    if (stopping) return;
    console.error((error as Error).message);
    await stop(1);
  }
  if (stopping) return;
  console.log(`
  Antiphon is running at   ${address}

  Play                     open it, press Play, and play a phrase: on the screen, the computer's keys or a MIDI keyboard
  Operate                  ${address}/operate   password: ${password}
  Recordings and log       ${options.dataFolder}
  Stop                     Ctrl-C
`);
  if (options.browser) openBrowser(address);
}

function build(): void {
  const turbo = join(root, 'node_modules', '.bin', 'turbo');
  const built = spawnSync(turbo, ['run', 'build', '--output-logs=errors-only', '--log-prefix=none'], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
    env: {
      ...process.env,
      TURBO_TELEMETRY_DISABLED: '1',
      NEXT_TELEMETRY_DISABLED: '1',
      CHECKPOINT_DISABLE: '1',
    },
  });
  if (built.status !== 0) throw new Error(`The build failed:\n${built.stdout}${built.stderr}`);
}

async function answers(url: string): Promise<boolean> {
  return (await fetch(url, { redirect: 'manual' })).status < 400;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
      .once('error', () => resolve(false))
      .once('listening', () => probe.close(() => resolve(true)))
      .listen(port);
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject()));
    });
  });
}

/** Best effort: the address has been printed. */
function openBrowser(address: string): void {
  if (!process.stdout.isTTY) return;
  const [command, ...args] = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''] }[
    process.platform as 'darwin'
  ] ?? ['xdg-open'];
  spawn(command as string, [...args, address], { stdio: 'ignore', detached: true })
    .once('error', () => {})
    .unref();
}
