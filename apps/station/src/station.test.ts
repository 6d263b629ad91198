/** The station with a fake keyboard and a scripted server, over a real socket. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ControlMap } from '@antiphon/core/controls';
import type { PlayedEvent } from '@antiphon/core/music';
import { emptyPlan, type Plan } from '@antiphon/core/timing';
import type { ClockHeard, Health, Hello, Played, Refused } from '@antiphon/protocol';
import { pino } from 'pino';
import { Server, type Socket } from 'socket.io';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { holdDataFolder } from './data-folder.js';
import { FakeKeyboard } from './keyboards/fake-keyboard.js';
import { machineMs } from './machine-clock.js';
import { Station } from './station.js';

/** Booth time is far from the machine's, so that no one can mistake one for the other. */
const OFFSET_MS = 1_000_000;

/** Speaks the server's part, and does what a test tells it. */
class ScriptedServer {
  readonly hellos: Hello[] = [];
  readonly events: PlayedEvent[] = [];
  readonly health: Health[] = [];
  readonly beats: ClockHeard[] = [];
  readonly log: string[] = [];
  acknowledging = true;
  refusal: Refused | null = null;
  plan: Plan = emptyPlan;
  readonly #http = createServer();
  readonly #io = new Server(this.#http);
  readonly #heard = new Set<number>();

  async listen(): Promise<string> {
    this.#io.on('connection', (socket) => this.#serve(socket));
    await new Promise<void>((resolve) => this.#http.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  #serve(socket: Socket): void {
    socket.on('hello', (hello: Hello) => {
      this.hellos.push(hello);
      if (this.refusal) {
        socket.emit('refused', this.refusal);
        socket.disconnect(true);
        return;
      }
      socket.emit('welcome', {
        version: hello.version,
        capabilities: hello.capabilities,
        name: hello.name,
        boothMs: boothMs(),
        mode: { id: 'scripted', title: 'Scripted' },
        turn: 'visitor',
        plan: this.plan,
      });
    });
    socket.on('clock', ({ sentMs }, answer) => answer({ sentMs, boothMs: boothMs() }));
    socket.on('health', (health: Health) => this.health.push(health));
    socket.on('clockHeard', (beat: ClockHeard) => this.beats.push(beat));
    socket.on('played', ({ sequence, events }: Played, answer) => {
      if (!this.acknowledging) return;
      if (!this.#heard.has(sequence)) this.events.push(...events);
      this.#heard.add(sequence);
      answer({ ok: true, sequence });
    });
  }

  send(name: string, message: unknown): void {
    this.#io.emit(name, message);
  }

  /** Cuts every connection without a word. */
  cut(): void {
    for (const socket of this.#io.sockets.sockets.values()) socket.conn.close();
  }

  /** What sounded, such as `visitor on 60`. */
  heard(): string[] {
    return this.events.map((event) =>
      event.type === 'control'
        ? `${event.player} control ${event.controller}`
        : `${event.player} ${event.type === 'noteOn' ? 'on' : 'off'} ${event.pitch}`,
    );
  }

  async close(): Promise<void> {
    await this.#io.close();
  }
}

const boothMs = () => machineMs() + OFFSET_MS;

async function until(what: string, reached: () => boolean): Promise<void> {
  const endMs = machineMs() + 15_000;
  while (!reached()) {
    if (machineMs() > endMs) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('a station', () => {
  let folder: string;
  let server: ScriptedServer;
  let url: string;
  const stops: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'antiphon-station-'));
    server = new ScriptedServer();
    url = await server.listen();
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
    await server.close();
    rmSync(folder, { recursive: true });
  });

  function start(keyboard = new FakeKeyboard()) {
    const stopped = new AbortController();
    const data = holdDataFolder(folder);
    const options = {
      server: url,
      token: 'secret',
      name: 'Left piano',
      port: null,
      outPort: null,
      clockIn: null,
      clockOut: false,
      thru: 'auto',
      dataFolder: folder,
      midiFile: null,
      out: null,
    } as const;
    const logger = pino({ base: null }, { write: (line: string) => server.log.push(JSON.parse(line).msg) });
    const end = new Station(options, { keyboard, clockIn: null, data, logger }).run(stopped.signal);
    const stop = () => {
      stopped.abort();
      return end.finally(data.release);
    };
    stops.push(() => stop().catch(() => {}));
    return { keyboard, stop, end };
  }

  /** Until the keyboard is open, which waits for the clock. */
  async function startPlaying() {
    const station = start();
    await until('the keyboard', () => station.keyboard.isOpen);
    return station;
  }

  const plan = (revision: number, ...pitches: number[]): Plan => {
    const fromMs = boothMs() + 1_000; // the player thread may still be starting
    const notes = pitches.map((pitch, i) => ({
      pitch,
      velocity: 70,
      onsetMs: fromMs + 100 * i,
      durationMs: 80,
      voice: 'melody' as const,
    }));
    return { revision, fromMs, commitUntilMs: fromMs, notes };
  };

  it('says who it is, the same after a restart', async () => {
    await (await startPlaying()).stop();
    await startPlaying();
    const [first, second] = server.hellos;
    expect(first).toMatchObject({ token: 'secret', name: 'Left piano', kind: 'hardware' });
    expect(second?.stationId).toBe(first?.stationId);
  });

  it('tells the beat of a MIDI clock in booth time, again to a server that comes back, and when it has stopped', async () => {
    const { keyboard } = await startPlaying();
    const startMs = machineMs();
    keyboard.clock({ type: 'start', atMs: startMs });
    for (let i = 0; i < 24; i++) keyboard.clock({ type: 'clock', atMs: startMs + i * 25 });
    await until('the beat', () => server.beats.length === 1);
    expect(server.beats[0]?.pulse?.tempoBpm).toBeCloseTo(100, 3);
    expect(Math.abs((server.beats[0]?.pulse?.originMs ?? 0) - startMs - OFFSET_MS)).toBeLessThan(50);
    server.cut();
    await until('the beat again', () => server.beats.length === 2);
    expect(server.beats[1]?.pulse?.tempoBpm).toBeCloseTo(100, 3);
    keyboard.clock({ type: 'stop', atMs: startMs + 600 });
    await until('the end of the beat', () => server.beats.length === 3);
    expect(server.beats[2]).toEqual({ pulse: null });
  });

  describe('with learned controls', () => {
    const knob = { type: 'controller', number: 21, channel: 0 } as const;
    const button = { type: 'controller', number: 22, channel: 0 } as const;
    const map: ControlMap = [
      { source: knob, target: { type: 'parameter', name: 'temperature' } },
      { source: button, target: { type: 'action', action: 'mute' } },
    ];
    const shown = ({ shown }: FakeKeyboard) => shown.map(({ source, value }) => `${source.number}: ${value}`);

    it('shows what they are at on the keyboard that they are on, and nothing once they are forgotten', async () => {
      const { keyboard } = await startPlaying();
      server.send('controls', map);
      server.send('light', { source: knob, value: 60 });
      server.send('light', { source: button, value: 127 });
      await until('the lights', () => keyboard.shown.length === 2);
      server.send('controls', [map[0]]);
      await until('the forgotten one', () => keyboard.shown.length === 3);
      expect(shown(keyboard)).toEqual(['21: 60', '22: 127', '22: 0']);
    });

    it('shows it again on a keyboard that was plugged in again, but not what was forgotten meanwhile', async () => {
      const { keyboard } = await startPlaying();
      server.send('controls', map);
      server.send('light', { source: knob, value: 60 });
      server.send('light', { source: button, value: 127 });
      await until('the lights', () => keyboard.shown.length === 2);
      keyboard.unplug();
      server.send('controls', [map[0]]);
      server.send('light', { source: knob, value: 70 });
      server.send('mode', { id: 'echo', title: 'Told after the lights' });
      await until('all of it', () => server.log.some((line) => line.includes('Told after the lights')));
      keyboard.plug();
      expect(shown(keyboard)).toEqual(['21: 60', '22: 127', '21: 70']);
    });
  });

  it('gives way to the first key while the server is away, and tells nothing of what it played to an empty room', async () => {
    const { keyboard } = await startPlaying();
    const alone = plan(1, 72);
    const notes = [
      ...alone.notes.map((note) => ({ ...note, durationMs: 60_000 })),
      ...plan(1, 74).notes.map((note) => ({ ...note, onsetMs: note.onsetMs + 1_500 })),
    ];
    server.send('plan', { ...alone, notes, alone: true });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await until('a word of how late it was', () =>
      server.health.some(({ latenessP99Ms }) => latenessP99Ms !== null),
    );
    server.cut();
    keyboard.press(60);
    keyboard.release(60);
    await until(
      'the server again',
      () => server.log.filter((line) => line.includes('connected to')).length === 2,
    );
    server.send('plan', plan(2, 76));
    await until('what is planned for the visitor', () => server.heard().includes('machine on 76'));
    await until('its end', () => server.heard().includes('machine off 76'));
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(server.heard().sort()).toEqual([
      'machine off 76',
      'machine on 76',
      'visitor off 60',
      'visitor on 60',
    ]);
  });

  describe('with a learned panic', () => {
    const learnPanic = () =>
      server.send('controls', [
        { source: { type: 'controller', number: 22, channel: 0 }, target: { type: 'panic' } },
      ]);
    /** Holds a long note. */
    async function startSounding() {
      const station = await startPlaying();
      learnPanic();
      const held = plan(1, 72);
      server.send('plan', { ...held, notes: held.notes.map((note) => ({ ...note, durationMs: 60_000 })) });
      await until('the note', () => server.heard().includes('machine on 72'));
      return station;
    }

    it('is silent at once, tells the server, and plays no plan that was still on its way', async () => {
      const { keyboard } = await startSounding();
      keyboard.turn(22, 127);
      await until('the release', () => server.heard().includes('machine off 72'));
      expect(server.heard()).toContain('visitor control 22');
      server.send('plan', plan(2, 74));
      await new Promise((resolve) => setTimeout(resolve, 1_300));
      expect(server.heard()).not.toContain('machine on 74');
      server.send('panic', {});
      server.send('plan', plan(3, 76));
      await until('what was planned after', () => server.heard().includes('machine on 76'));
    });

    it('is silent at once while the server is away, and stays so when it is back with its old plan', async () => {
      const { keyboard } = await startSounding();
      const going = plan(1, 72, 74, 76);
      server.plan = {
        ...going,
        notes: going.notes.map((note) => ({ ...note, onsetMs: note.onsetMs + 1_000 })),
      };
      server.cut();
      const pressedMs = boothMs();
      keyboard.turn(22, 127);
      await until('the server to be told', () => server.heard().includes('visitor control 22'));
      await until('the release', () => server.heard().includes('machine off 72'));
      const release = server.events.find(({ type, player }) => player === 'machine' && type === 'noteOff');
      expect((release?.atMs ?? 0) - pressedMs).toBeLessThan(100);
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      expect(server.heard().filter((what) => what.startsWith('machine on'))).toEqual(['machine on 72']);
      keyboard.press(60);
      server.send('plan', plan(2, 79));
      await until('an answer to what is played then', () => server.heard().includes('machine on 79'));
    });
  });

  it('tells what a visitor plays in booth time', async () => {
    const { keyboard } = await startPlaying();
    const startMs = boothMs();
    keyboard.press(60, 91);
    keyboard.release(60);
    await until('the notes', () => server.events.length === 2);
    expect(server.heard()).toEqual(['visitor on 60', 'visitor off 60']);
    expect(server.events[0]).toMatchObject({ velocity: 91, voice: 'melody' });
    for (const { atMs } of server.events) {
      expect(atMs).toBeGreaterThan(startMs - 500);
      expect(atMs).toBeLessThan(boothMs() + 500);
    }
  });

  it('plays plans, and tells what has sounded', async () => {
    await startPlaying();
    server.send('plan', plan(1, 72, 74));
    await until('the answer', () => server.events.length === 4);
    expect(server.heard()).toEqual(['machine on 72', 'machine off 72', 'machine on 74', 'machine off 74']);
  });

  it('goes on after a server that was restarted and counts its plans from the start', async () => {
    await startPlaying();
    server.send('plan', plan(90, 72));
    await until('the first answer', () => server.events.length === 2);
    server.cut();
    await until('a second hello', () => server.hellos.length === 2);
    await until('its welcome', () => server.log.filter((line) => line.includes('connected to')).length === 2);
    server.send('plan', plan(1, 76));
    await until('the second answer', () => server.events.length === 4);
    expect(server.heard().slice(2)).toEqual(['machine on 76', 'machine off 76']);
  });

  it('is silent at once on panic', async () => {
    await startPlaying();
    const held = plan(1, 72, 74, 76);
    server.send('plan', { ...held, notes: held.notes.map((note) => ({ ...note, durationMs: 60_000 })) });
    await until('all notes', () => server.events.length === 3);
    server.send('panic', {});
    await until('their releases', () => server.events.length === 6);
    expect(server.heard().slice(3)).toEqual(['machine off 72', 'machine off 74', 'machine off 76']);
  });

  it('keeps what was played while the server is away, also over a restart, and sends it once', async () => {
    const first = await startPlaying();
    server.acknowledging = false;
    first.keyboard.press(60);
    first.keyboard.release(60);
    await first.stop();
    server.acknowledging = true;
    const second = await startPlaying();
    second.keyboard.press(62);
    await until('all notes', () => server.events.length === 3);
    expect(server.heard()).toEqual(['visitor on 60', 'visitor off 60', 'visitor on 62']);
    expect(server.hellos[1]?.runId).toBe(server.hellos[0]?.runId);
  });

  it('releases what is held when the keyboard is unplugged, and says so to operators', async () => {
    const { keyboard } = await startPlaying();
    keyboard.press(60);
    keyboard.unplug();
    await until('the loss', () => server.health.at(-1)?.keyboard.status === 'missing');
    await until('the release', () => server.events.length === 2);
    expect(server.heard()).toEqual(['visitor on 60', 'visitor off 60']);
    keyboard.plug();
    await until('the return', () => server.health.at(-1)?.keyboard.status === 'connected');
    keyboard.press(64);
    await until('the note', () => server.events.length === 3);
  });

  it('releases everything when it is stopped in the middle of a note', async () => {
    const { keyboard, stop } = await startPlaying();
    const held = plan(1, 72);
    server.send('plan', { ...held, notes: held.notes.map((note) => ({ ...note, durationMs: 60_000 })) });
    keyboard.press(60);
    await until('both notes', () => server.events.length === 2);
    await stop();
    expect(server.heard().slice(2).sort()).toEqual(['machine off 72', 'visitor off 60']);
    expect(keyboard.isOpen).toBe(false);
  });

  it('gives up with the reason when a person has to help, and comes back by itself when none has to', async () => {
    server.refusal = { reason: 'badToken', message: 'the token is wrong' };
    await expect(start().end).rejects.toMatchObject({ message: 'the token is wrong', exitCode: 3 });
    for (const stop of stops.splice(0)) await stop();
    server.refusal = { reason: 'stationTaken', message: 'it is taken' };
    const { keyboard } = start();
    await until('the refusal', () => server.log.some((line) => line.includes('it is taken')));
    server.refusal = null;
    await until('a welcome', () => server.log.some((line) => line.includes('connected to')));
    await until('the keyboard', () => keyboard.isOpen);
  });
});
