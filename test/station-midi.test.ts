/** A real USB-MIDI keyboard on a real ALSA sequencer, in an emulated machine, playing with a real server outside. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duet, DuetPage, StationView } from '@antiphon/protocol';
import { describe, expect, it } from 'vitest';
import { Operator } from './harness/operator.js';
import { root, startServer } from './harness/server.js';
import { until } from './harness/until.js';
import { gatherStation } from './midi-vm/station-app.js';
import { packagesFor } from './system-packages.js';

interface Heard {
  type: 'on' | 'off';
  pitch: number;
  atMs: number;
}

/** The machine is software emulation on shared cores: times in it are good to a fifth of a second. */
const SLACK_MS = 200;

const missing = packagesFor('real USB-MIDI');
/** Where continuous integration runs everything can be had; a machine that cannot says so and goes without. */
const skipped = missing.length > 0 && !process.env.CI;
if (skipped) console.warn(`Real USB-MIDI is not tested: ${missing.join(', ')} cannot be installed here.`);

describe.skipIf(skipped)('a station with a USB-MIDI keyboard', () => {
  it('plays, is answered through the cable, and survives being unplugged in the middle of a note', async () => {
    expect(missing, 'could not be installed').toEqual([]);
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
    const exited = new Promise((resolve) => child.once('exit', resolve));
    const operator = await Operator.signIn(server.url, server.operatorPassword);
    const station = await until(
      'the station',
      async () => child.exitCode !== null || (await operator.get<StationView[]>('/api/stations'))[0],
      300_000,
    );
    const turnLight = { source: { type: 'controller', number: 21, channel: 2 }, target: { type: 'turn' } };
    if (station !== true) await operator.request('PUT', `/api/stations/${station.id}/controls`, [turnLight]);
    const exitCode = await exited;
    rmSync(app, { recursive: true, force: true });
    expect(exitCode, console.slice(-6_000)).toBe(0);

    const results: Record<string, unknown> = Object.fromEntries(
      [...console.matchAll(/^RESULT (.*)$/gm)].map(([, json = '']) => {
        const { name, value } = JSON.parse(json);
        return [name, value];
      }),
    );
    expect(results).toMatchObject({ exitCode: 0, heardByTheOther: 0 });
    const checks = results.checks as { title: string; failure: string | null }[];
    expect(checks.length).toBeGreaterThan(0);
    expect(checks.filter(({ failure }) => failure !== null)).toEqual([]);
    expect(results.passedThru, 'every key comes back at once').toEqual(
      (results.phrase as number[]).flatMap((pitch) => [`on ${pitch}`, `off ${pitch}`]),
    );
    const answer = results.answer as Heard[];
    const pressed = answer.filter(({ type }) => type === 'on');
    expect(pressed.length).toBeGreaterThan(0);
    for (const { pitch } of pressed) {
      const count = (type: Heard['type']) =>
        answer.filter((heard) => heard.type === type && heard.pitch === pitch).length;
      expect(count('off')).toBe(count('on'));
    }

    expect(results.lights, 'the turn is shown on the keyboard that was played').toEqual(
      expect.arrayContaining(['178 21 64', '178 21 127', '178 21 0']),
    );

    const [summary] = (await operator.get<DuetPage>('/api/duets')).duets;
    const duet = await operator.get<Duet>(`/api/duets/${summary?.id}`);
    const visitor = duet.events.filter(({ player }) => player === 'visitor');
    const presses = visitor.flatMap((event) => (event.type === 'noteOn' ? [event] : []));
    expect(presses.map(({ pitch, velocity }) => [pitch, velocity])).toEqual([
      ...(results.phrase as number[]).map((pitch) => [pitch, 90]),
      [50, 70],
      [62, 77],
      [64, 78],
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
  }, 420_000);
});
