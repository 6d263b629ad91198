/** `npm start` as a new user meets it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { freePort, root } from './harness/server.js';
import { until } from './harness/until.js';

const dataFolder = mkdtempSync(join(tmpdir(), 'antiphon-start-'));
afterAll(() => rmSync(dataFolder, { recursive: true, force: true }));

const script = join(root, 'infra/start/start.mjs');

interface Started {
  process: ChildProcess;
  output: () => string;
}

function start(...args: string[]): Started {
  const child = spawn(process.execPath, [script, '--no-browser', ...args], {
    cwd: tmpdir(),
    env: { ...process.env, DATABASE_URL: undefined, PORT: undefined, DATA_DIR: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
  return { process: child, output: () => text };
}

/** Processes whose command line or environment names the booth's data folder. */
function processesOf(folder: string): string[] {
  const { stdout } = spawnSync('ps', ['axeww', '-o', 'pid=,args='], {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  return stdout.split('\n').filter((line) => line.includes(folder) && !line.includes('vitest'));
}

describe('npm start', () => {
  it('prints one address, says no to a second start, and Ctrl-C ends everything it started', async () => {
    const port = await freePort();
    const args = ['--port', String(port), '--data', dataFolder];
    const booth = start(...args);
    await until(
      'the address',
      () => {
        if (booth.process.exitCode !== null) throw new Error(booth.output());
        return booth.output().includes(`http://localhost:${port}`) && booth.output().includes('Ctrl-C');
      },
      110_000,
    );
    expect((await fetch(`http://localhost:${port}/play`)).status).toBe(200);
    expect((await fetch(`http://localhost:${port}/health`)).status).toBe(200);

    const second = start(...args);
    await once(second.process, 'exit');
    expect(second.process.exitCode).toBe(1);
    expect(second.output()).toContain(`A booth already runs here (process ${booth.process.pid})`);

    booth.process.kill('SIGINT');
    await once(booth.process, 'exit');
    expect(booth.process.exitCode).toBe(0);
    await until('the end of every process', () => processesOf(dataFolder).length === 0);
    expect(readFileSync(join(dataFolder, 'secrets.json'), 'utf8')).toContain('operatorPassword');
  });

  it('starts a server that died again', async () => {
    const port = await freePort();
    const booth = start('--port', String(port), '--data', dataFolder);
    const health = async () =>
      (await (await fetch(`http://localhost:${port}/health`).catch(() => null))?.json()) ?? null;
    await until('health', async () => booth.output().includes('Ctrl-C') && health(), 110_000);
    const server = processesOf(dataFolder).find((line) => line.includes('apps/server/dist/main.js'));
    process.kill(Number(server?.trim().split(' ')[0]), 'SIGKILL');
    await until('the news of its death', () => booth.output().includes('starting it again'));
    await until('health', health, 60_000);
    booth.process.kill('SIGTERM');
    await once(booth.process, 'exit');
    await until('the end of every process', () => processesOf(dataFolder).length === 0);
  });

  it.each([
    [['--help'], 0, '--port PORT'],
    [['--port', 'abc'], 2, '--port must be a number'],
    [['--nonsense'], 2, '--nonsense'],
  ])('answers %j plainly', async (args, exitCode, text) => {
    const { process: child, output } = start(...args);
    await once(child, 'exit');
    expect(child.exitCode).toBe(exitCode);
    expect(output()).toContain(text);
  });

  it('names the port that another program uses', async () => {
    const { createServer } = await import('node:http');
    const other = createServer().listen(0);
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const { process: child, output } = start('--port', String(port), '--data', join(dataFolder, 'other'));
    await once(child, 'exit');
    other.close();
    expect(output()).toContain(`Port ${port} is used by another program`);
  });
});
