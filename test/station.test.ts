/** The station's program against a real server: a MIDI file in place of fingers, and everything that may be wrong. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readMidiFile, writeMidiFile } from '@antiphon/core/music';
import type { Duet, DuetPage } from '@antiphon/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Operator } from './harness/operator.js';
import { freePort, type RunningServer, root, startServer } from './harness/server.js';
import { until } from './harness/until.js';

const program = join(root, 'apps/station/bin/antiphon-station.js');
const PITCHES = [60, 62, 64, 67, 72, 67, 64, 62];

function run(...args: string[]): {
  process: ChildProcess;
  output: () => string;
  exitCode: Promise<number | null>;
} {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
  return { process: child, output: () => text, exitCode: once(child, 'exit').then(([code]) => code) };
}

describe('antiphon-station', () => {
  let server: RunningServer;
  let folder: string;
  let call: string;

  beforeAll(async () => {
    server = await startServer({ environment: { SESSION_IDLE_SECONDS: '3' } });
    folder = mkdtempSync(join(tmpdir(), 'antiphon-station-'));
    call = join(folder, 'call.mid');
    const notes = PITCHES.map((pitch, i) => ({
      pitch,
      velocity: 50 + 8 * i,
      onsetMs: i * 250,
      durationMs: 220,
    }));
    writeFileSync(call, writeMidiFile([{ name: 'call', channel: 0, program: 0, notes }], 120));
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });
  const station = (...args: string[]) =>
    run('--server', server.url, '--token', server.stationToken, '--data', join(folder, 'data'), ...args);

  it('plays a MIDI file in real time, is answered, writes the answer and exits', async () => {
    const out = join(folder, 'answer.mid');
    const startMs = Date.now();
    const { exitCode, output } = station('--name', 'File player', '--midi-file', call, '--out', out);
    expect(await exitCode, output()).toBe(0);
    expect(Date.now() - startMs).toBeGreaterThan(2_000);
    const answer = readMidiFile(readFileSync(out)).tracks.flatMap(({ notes }) => notes);
    expect(answer.length).toBeGreaterThan(0);
    expect(Math.min(...answer.map(({ onsetMs }) => onsetMs))).toBeGreaterThan(2_000);
    const operator = await Operator.signIn(server.url, server.operatorPassword);
    const [summary] = (await operator.get<DuetPage>('/api/duets')).duets;
    expect(summary).toMatchObject({
      station: { name: 'File player' },
      notes: { visitor: PITCHES.length, machine: answer.length },
    });
    const duet = await operator.get<Duet>(`/api/duets/${summary?.id}`);
    const pressed = duet.events.flatMap((event) =>
      event.player === 'visitor' && event.type === 'noteOn' ? [event] : [],
    );
    expect(pressed.map(({ pitch, velocity }) => [pitch, velocity])).toEqual(
      PITCHES.map((pitch, i) => [pitch, 50 + 8 * i]),
    );
    pressed.forEach(({ atMs }, i) => {
      expect(atMs - (pressed[0]?.atMs ?? 0)).toBeCloseTo(i * 250, 0);
    });
  });

  it('keeps what was played while the server was away and delivers it later', async () => {
    const port = await freePort();
    const own = await startServer({ port, dataFolder: join(folder, 'booth') });
    const args = ['--server', own.url, '--token', own.stationToken, '--data', join(folder, 'kept')];
    const first = run(...args, '--midi-file', call);
    await until('the first notes', () => first.output().includes('keyboard: call.mid'));
    await own.kill();
    await until('the loss noticed', () => first.output().includes('out of reach'));
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    first.process.kill('SIGKILL');
    await first.exitCode;
    await using again = await startServer({ port, dataFolder: join(folder, 'booth') });
    const second = run(...args, '--midi-file', call);
    expect(await second.exitCode, second.output()).toBe(0);
    const operator = await Operator.signIn(again.url, again.operatorPassword);
    const { duets } = await operator.get<DuetPage>('/api/duets');
    const visitorNotes = duets.reduce((sum, { notes }) => sum + notes.visitor, 0);
    expect(visitorNotes).toBe(2 * PITCHES.length);
  });

  it('stops in order when it is told to', async () => {
    const { process: child, exitCode, output } = station('--midi-file', call);
    await until('the start', () => output().includes('connected'));
    child.kill('SIGTERM');
    expect(await exitCode).toBe(0);
  });

  it.each([
    [
      'a wrong token',
      ['--token', 'wrong', '--midi-file', 'CALL'],
      3,
      'the station token is not the one of this booth',
    ],
    ['a file that is not there', ['--midi-file', '/no/such.mid'], 4, '/no/such.mid cannot be read: ENOENT'],
    ['a file that is no MIDI', ['--midi-file', 'JUNK'], 4, 'this is not a MIDI file'],
    ['a malformed address', ['--server', 'booth'], 64, '--server must be an address'],
    ['an unknown option', ['--volume', '11'], 64, '--volume'],
  ])('says what is wrong with %s in plain words', async (_name, args, code, words) => {
    const junk = join(folder, 'junk.mid');
    writeFileSync(junk, 'this is a shopping list');
    const given = args.map((arg) => ({ CALL: call, JUNK: junk })[arg] ?? arg);
    const { exitCode, output } = station(...given);
    expect(await exitCode).toBe(code);
    expect(output()).toContain(words);
    expect(output()).not.toMatch(/^\s+at /m);
  });

  it.skipIf(existsSync('/dev/snd/seq'))(
    'says in one sentence what is missing where there is no MIDI, and exits',
    async () => {
      const { exitCode, output } = station();
      expect(await exitCode).toBe(2);
      expect(output().trim().split('\n')).toHaveLength(1);
      expect(output()).toContain('modprobe snd-seq');
    },
  );
});
