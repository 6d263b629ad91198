/** A real USB-MIDI keyboard on a real ALSA sequencer, in an emulated machine, playing with a real server outside. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duet, DuetPage } from '@antiphon/protocol';
import { describe, expect, it } from 'vitest';
import { Operator } from './harness/operator.js';
import { root, startServer } from './harness/server.js';
import { gatherStation } from './midi-vm/station-app.js';

const NEEDED = [
  '/usr/bin/qemu-system-x86_64',
  '/usr/bin/cpio',
  '/bin/busybox',
  '/sbin/depmod',
  '/usr/share/alsa/alsa.conf',
];

interface Heard {
  type: 'on' | 'off';
  pitch: number;
  atMs: number;
}

/** The machine is software emulation on shared cores: times in it are good to a fifth of a second. */
const SLACK_MS = 200;

describe('a station with a USB-MIDI keyboard', () => {
  it('plays, is answered through the cable, and survives being unplugged in the middle of a note', async () => {
    const missing = NEEDED.filter((path) => !existsSync(path));
    expect(missing, 'npm test installs these on Debian as root').toEqual([]);
    await using server = await startServer();
    const app = mkdtempSync(join(tmpdir(), 'antiphon-vm-'));
    gatherStation(app, { server: `http://10.0.2.2:${server.port}`, token: server.stationToken });
    const child = spawn('bash', [join(root, 'test/midi-vm/run.sh'), app], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let console = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        console += text;
      });
    const exitCode = await new Promise((resolve) => child.once('exit', resolve));
    rmSync(app, { recursive: true, force: true });
    expect(exitCode, console.slice(-6_000)).toBe(0);

    const results: Record<string, unknown> = Object.fromEntries(
      [...console.matchAll(/^RESULT (.*)$/gm)].map(([, json = '']) => {
        const { name, value } = JSON.parse(json);
        return [name, value];
      }),
    );
    expect(results).toMatchObject({ unplugged: true, replugged: true, exitCode: 0 });
    const answer = results.answer as Heard[];
    const pressed = answer.filter(({ type }) => type === 'on');
    expect(pressed.length).toBeGreaterThan(0);
    for (const { pitch } of pressed) {
      const count = (type: Heard['type']) =>
        answer.filter((heard) => heard.type === type && heard.pitch === pitch).length;
      expect(count('off')).toBe(count('on'));
    }

    const operator = await Operator.signIn(server.url, server.operatorPassword);
    const [summary] = (await operator.get<DuetPage>('/api/duets')).duets;
    const duet = await operator.get<Duet>(`/api/duets/${summary?.id}`);
    const visitor = duet.events.filter(({ player }) => player === 'visitor');
    const presses = visitor.flatMap((event) => (event.type === 'noteOn' ? [event] : []));
    expect(presses.map(({ pitch, velocity }) => [pitch, velocity])).toEqual([
      ...(results.phrase as number[]).map((pitch) => [pitch, 90]),
      [50, 70],
      [62, 77],
    ]);
    for (let i = 1; i < 4; i++) {
      const gapMs = (presses[i]?.atMs ?? 0) - (presses[i - 1]?.atMs ?? 0);
      expect(Math.abs(gapMs - 400)).toBeLessThan(SLACK_MS);
    }
    const held = visitor
      .filter((event) => event.type !== 'control' && event.pitch === 50)
      .map(({ type }) => type);
    expect(held, 'the key that was down at the unplug is released').toEqual(['noteOn', 'noteOff']);
    const machine = duet.events.flatMap((event) =>
      event.player === 'machine' && event.type === 'noteOn' ? [event] : [],
    );
    const heardPitches = pressed.map(({ pitch }) => pitch);
    expect(machine.map(({ pitch }) => pitch).slice(0, heardPitches.length)).toEqual(heardPitches);
    for (const [i, { atMs }] of pressed.entries()) {
      const recordedMs = (machine[i]?.atMs ?? 0) - (machine[0]?.atMs ?? 0);
      expect(Math.abs(atMs - recordedMs)).toBeLessThan(SLACK_MS);
    }
  }, 300_000);
});
