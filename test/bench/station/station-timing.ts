/**
 * How soon a station passes a key through, and how late it plays the machine's notes: the built station with its own threads, from the
 * MIDI driver's edge to the MIDI driver's edge. Keys and notes come at the same time, as in a duet.
 */
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Plan } from '@antiphon/core/timing';
import type { Hello, Played } from '@antiphon/protocol';
import { Server } from 'socket.io';
import { until } from '../../harness/until.js';
import { percentile, round } from '../statistics.js';
import { startWiredStation, type WiredStation } from './wired-station.js';

const KEYS = 1_000;
const KEY_EVERY_MS = [5, 35] as const;
const NOTES = 2_000;
const NOTE_EVERY_MS = 10;
const AHEAD_MS = 500;
/** Who hears a key at a station: what is recorded, and what is passed through. */
const LISTENERS = 2;
/** The clock is asked often enough by then. */
const SETTLE_MS = 3_000;

/** How busy a station's main thread is, in %; `none` is a bare program that sends back what it hears: what the machine itself takes. */
const SUBJECTS = ['none', '0', '30', '60'] as const;
type Subject = (typeof SUBJECTS)[number];

/** Monotonic, and the same in every process. */
const nowMs = () => Number(process.hrtime.bigint()) / 1e6;

export async function measureStationTiming(): Promise<object[]> {
  const rows = [];
  for (const subject of SUBJECTS) {
    const { thruMs, latenessMs } = await measure(subject);
    rows.push({
      station: subject,
      keys: thruMs.length,
      ...percentiles('key to thru', thruMs),
      notes: latenessMs.length,
      ...percentiles('note late', latenessMs),
    });
  }
  return rows;
}

function percentiles(what: string, values: number[]): object {
  if (values.length === 0) return {};
  return {
    [`${what} p50 ms`]: round(percentile(values, 0.5)),
    [`${what} p99 ms`]: round(percentile(values, 0.99)),
    [`${what} max ms`]: round(Math.max(...values)),
  };
}

async function measure(subject: Subject): Promise<{ thruMs: number[]; latenessMs: number[] }> {
  const booth = await openBooth();
  const station = await startWiredStation({ server: booth.url, token: 'measured', busy: subject });
  try {
    const listeners = subject === 'none' ? 1 : LISTENERS;
    await until('the station’s keyboard', () => station.listeners() >= listeners);
    await sleep(SETTLE_MS);
    const startMs = nowMs() + AHEAD_MS;
    booth.send(planFrom(startMs));
    const pressedMs = await press(station);
    await sleep(Math.max(0, startMs + NOTES * NOTE_EVERY_MS - nowMs()) + AHEAD_MS);
    const heard = station.heard();
    const thru = heard.filter(({ bytes: [status] }) => status === 0x90);
    const notes = heard.filter(({ bytes: [status] }) => status === 0x91);
    const planned = subject === 'none' ? 0 : NOTES;
    if (thru.length !== KEYS || notes.length !== planned)
      throw new Error(`${thru.length} of ${KEYS} keys and ${notes.length} of ${planned} notes were heard`);
    return {
      thruMs: thru.map(({ atMs }, i) => atMs - (pressedMs[i] ?? Number.NaN)),
      latenessMs: notes.map(({ atMs }, i) => atMs - (startMs + i * NOTE_EVERY_MS)),
    };
  } finally {
    await station.stop();
    await booth.close();
  }
}

/** Each is released before the next is pressed. */
async function press(station: WiredStation): Promise<number[]> {
  const pressedMs: number[] = [];
  const [least, most] = KEY_EVERY_MS;
  for (let i = 0; i < KEYS; i++) {
    pressedMs.push(nowMs());
    station.send(0x90, 60 + (i % 12), 80);
    const restMs = least + Math.random() * (most - least);
    await sleep(restMs / 2);
    station.send(0x80, 60 + (i % 12), 0);
    await sleep(restMs / 2);
  }
  return pressedMs;
}

function planFrom(startMs: number): Plan {
  const notes = Array.from({ length: NOTES }, (_, i) => ({
    pitch: 48 + (i % 24),
    velocity: 80,
    onsetMs: startMs + i * NOTE_EVERY_MS,
    durationMs: NOTE_EVERY_MS * 0.8,
    voice: 'melody' as const,
  }));
  return { revision: 2, fromMs: 0, commitUntilMs: 0, notes };
}

/** Speaks the server's part for one station. */
async function openBooth() {
  const http = createHttpServer();
  const io = new Server(http);
  io.on('connection', (socket) => {
    socket.on('hello', ({ version, capabilities, name }: Hello) =>
      socket.emit('welcome', {
        version,
        capabilities,
        name,
        boothMs: nowMs(),
        mode: { id: 'measured', title: 'Measured' },
        turn: 'together',
        plan: { revision: 1, fromMs: 0, commitUntilMs: 0, notes: [] },
      }),
    );
    socket.on('clock', ({ sentMs }, answer) => answer({ sentMs, boothMs: nowMs() }));
    socket.on('played', ({ sequence }: Played, answer) => answer({ ok: true, sequence }));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    send: (plan: Plan) => io.emit('plan', plan),
    close: () => io.close(),
  };
}
