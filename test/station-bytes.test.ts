/** Every byte that a real station sends out in a session with a real server: what no scheduler of its own making can vouch for. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StationView } from '@antiphon/protocol';
import { describe, expect, it } from 'vitest';
import { type HeardMessage, startWiredStation, type WiredStation } from './bench/station/wired-station.js';
import { Operator } from './harness/operator.js';
import { startServer } from './harness/server.js';
import { until } from './harness/until.js';

const [THRU, MELODY, CHORDS, BASS, CLICK] = [0, 1, 2, 3, 9];
const PAD = 36;
const PAD_CHANNEL = 9;
const KNOB = 21;
const BUTTON = 22;
const PANIC = 23;
const SUSTAIN = 64;

/** What is left sounding after the messages, such as `60 on channel 1`; a note that is pressed twice has to be released before. */
function leftSounding(heard: readonly HeardMessage[]): string[] {
  const sounding = new Set<string>();
  const wrong: string[] = [];
  for (const { bytes } of heard) {
    const [status = 0, number = 0, value = 0] = bytes;
    const channel = (status & 0x0f) + 1;
    const kind = status & 0xf0;
    const note = `${number} on channel ${channel}`;
    if (kind === 0x90 && value > 0) {
      if (sounding.has(note)) wrong.push(`${note}, pressed twice`);
      sounding.add(note);
    } else if (kind === 0x80 || kind === 0x90) sounding.delete(note);
    if (kind === 0xb0 && number === SUSTAIN && value >= 64) sounding.add(`the pedal on channel ${channel}`);
    if (kind === 0xb0 && number === SUSTAIN && value < 64) sounding.delete(`the pedal on channel ${channel}`);
  }
  return [...wrong, ...sounding];
}

const pressesOn = (heard: readonly HeardMessage[], channel: number | undefined) =>
  heard.filter(({ bytes: [status, , velocity = 0] }) => status === 0x90 + (channel ?? 0) && velocity > 0);

async function play(station: WiredStation, pitches: readonly number[]): Promise<void> {
  for (const pitch of pitches) {
    station.send(0x90, pitch, 80);
    await sleep(220);
    station.send(0x80, pitch, 0);
    await sleep(30);
  }
}

async function turn(station: WiredStation, controller: number, ...values: number[]): Promise<void> {
  for (const value of values) {
    station.send(0xb0, controller, value);
    await sleep(50);
  }
}

describe('what a station sends to its instruments', () => {
  it('leaves no note sounding, whatever is assigned, learned, lit or stopped in the middle of one', async () => {
    await using server = await startServer();
    const operator = await Operator.signIn(server.url, server.operatorPassword);
    const station = await startWiredStation({ server: server.url, token: server.stationToken, busy: '0' });
    try {
      await until('the station’s keyboard', () => station.listeners() >= 2);
      const view = async () => (await operator.get<StationView[]>('/api/stations'))[0];
      const { id } = await until('the station', async () => (await view()) as StationView);
      const ask = (method: string, what: string, body?: unknown) =>
        operator.request(method, `/api/stations/${id}/${what}`, body);
      const assign = (mode: string, params: object) => ask('PUT', 'assignment', { mode, params });
      const waitFor = async (what: string, channel: number | undefined) => {
        const before = pressesOn(station.heard(), channel).length;
        await until(what, () => pressesOn(station.heard(), channel).length > before, 60_000);
      };
      await sleep(3_000); // the clock is agreed on
      const pad = { type: 'note', number: PAD, channel: PAD_CHANNEL };
      const controller = (number: number) => ({ type: 'controller', number, channel: 0 });
      const learned = [
        { source: pad, target: { type: 'action', action: 'mute' } },
        { source: controller(KNOB), target: { type: 'parameter', name: 'temperature' } },
        { source: controller(BUTTON), target: { type: 'action', action: 'loop' } },
        { source: controller(PANIC), target: { type: 'panic' } },
        { source: controller(SUSTAIN), target: { type: 'turn' } },
      ];
      await ask('PUT', 'controls', learned);

      await play(station, [60, 62, 64, 65, 67]);
      await turn(station, BUTTON, 127, 0);
      await waitFor('an answer', MELODY);
      station.send(0x90, 72, 80);
      await assign('accompaniment', { metronome: 'on', listenBeats: 0, tempoBpm: 200, tempo: 'fixed' });
      station.send(0x80, 72, 0);
      await play(
        station,
        Array.from({ length: 24 }, (_, i) => 60 + ((i * 2) % 12)),
      );
      for (const [what, channel] of Object.entries({ chords: CHORDS, bass: BASS, clicks: CLICK }))
        expect(pressesOn(station.heard(), channel).length, what).toBeGreaterThan(0);
      await ask('POST', 'panic');
      await play(
        station,
        Array.from({ length: 12 }, (_, i) => 60 + (i % 12)),
      );
      await turn(station, PANIC, 127, 0);

      await assign('call-and-response', { tempo: 'fixed', tempoBpm: 200 });
      await play(station, [60, 64, 67, 72]);
      station.send(0x90 + PAD_CHANNEL, PAD, 100);
      await sleep(100);
      station.send(0x80 + PAD_CHANNEL, PAD, 0);
      await until('mute', async () => (await view())?.session?.switches.includes('mute'));
      await ask('PUT', 'controls', []);
      await ask('POST', 'actions', { action: 'mute' });
      await play(station, [60, 64, 67, 72]);
      await waitFor('another answer', MELODY);
      station.send(0x90, 76, 80);
    } finally {
      await station.stop();
    }
    const heard = station.heard();
    expect(pressesOn(heard, THRU).length).toBeGreaterThan(40);
    const light = heard.findLast(({ bytes: [status, number] }) => status === 0xb0 && number === BUTTON);
    expect(light?.bytes, 'the button is dark once it is forgotten').toEqual([0xb0, BUTTON, 0]);
    expect(leftSounding(heard)).toEqual([]);
  }, 240_000);
});
