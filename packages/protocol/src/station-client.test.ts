import type { PlayedEvent } from '@antiphon/core/music';
import { emptyPlan } from '@antiphon/core/timing';
import { afterEach, describe, expect, it } from 'vitest';
import { type PlayedStore, StationClient, type StationSocket } from './station-client.js';
import type { Act, Played, PlayedAnswer, Refused } from './station-messages.js';
import { PROTOCOL_VERSION } from './version.js';

/** A socket whose other end is a script; it records what it was asked. */
class ScriptedSocket implements StationSocket {
  connected = false;
  connections = 0;
  readonly played: number[] = [];
  readonly asked: string[] = [];
  underWay = 0;
  mostUnderWay = 0;
  /** What the server says to a chunk; null: nothing. */
  answer: (chunk: Played) => PlayedAnswer | null = ({ sequence }) => ({ ok: true, sequence });
  readonly #listeners = new Map<string, (message: unknown) => void>();

  on(event: string, listener: (...args: never[]) => void): void {
    this.#listeners.set(event, listener as (message: unknown) => void);
  }

  emit(event: string, message: unknown): void {
    if (event === 'act') this.asked.push((message as Act).action);
  }

  hear(event: string, message: unknown = null): void {
    this.#listeners.get(event)?.(message);
  }

  timeout() {
    return {
      emitWithAck: async (event: string, message: unknown): Promise<unknown> => {
        if (event === 'clock') return { boothMs: 0 };
        const chunk = message as Played;
        this.played.push(chunk.sequence);
        this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
        await new Promise((resolve) => setTimeout(resolve, 1));
        this.underWay--;
        const answer = this.answer(chunk);
        if (!answer) throw new Error('operation has timed out');
        return answer;
      },
    };
  }

  connect(): void {
    this.connected = true;
    this.connections++;
    this.hear('connect');
    this.hear('welcome', {
      version: PROTOCOL_VERSION,
      capabilities: [],
      name: 'A',
      boothMs: 0,
      mode: { id: 'echo', title: 'Echo' },
      turn: 'visitor',
      plan: emptyPlan,
    });
  }

  lose(reason: string): void {
    this.connected = false;
    this.hear('disconnect', reason);
  }

  disconnect(): void {
    if (this.connected) this.lose('io client disconnect');
  }
}

const note: PlayedEvent = {
  player: 'visitor',
  voice: 'melody',
  type: 'noteOn',
  pitch: 60,
  velocity: 80,
  atMs: 0,
};

function memoryStore(): PlayedStore {
  let waiting: Played[] = [];
  let sequence = 0;
  return {
    runId: '00000000-0000-4000-8000-000000000000',
    append(events) {
      const chunk = { sequence: ++sequence, events };
      waiting.push(chunk);
      return chunk;
    },
    acknowledge(acknowledged) {
      waiting = waiting.filter((chunk) => chunk.sequence !== acknowledged);
    },
    waiting: () => waiting,
  };
}

describe('a station’s client', () => {
  const open: StationClient[] = [];
  afterEach(() => {
    for (const client of open.splice(0)) client.close();
  });

  function join() {
    const socket = new ScriptedSocket();
    const store = memoryStore();
    const refusals: Refused['reason'][] = [];
    const ignore = () => {};
    const client = new StationClient({
      socket,
      identity: () => ({ token: 't', stationId: store.runId, kind: 'browser', name: 'A' }),
      store,
      nowMs: () => 0,
      capabilities: ['plans'],
      handlers: {
        welcome: ignore,
        plan: ignore,
        turn: ignore,
        mode: ignore,
        panic: ignore,
        controls: ignore,
        hush: ignore,
        light: ignore,
        beat: ignore,
        actions: ignore,
        offline: ignore,
        clock: ignore,
        refused: ({ reason }) => refusals.push(reason),
      },
    });
    open.push(client);
    return { socket, store, client, refusals };
  }

  it('connects again after the server hung up, as it does when it is stopped', async () => {
    const { socket, client } = join();
    socket.connect();
    socket.lose('io server disconnect');
    expect(client.online).toBe(false);
    await expect.poll(() => socket.connections, { timeout: 5_000 }).toBe(2);
    expect(client.online).toBe(true);
  });

  it('stays away after a refusal that does not pass by itself', async () => {
    const { socket, refusals } = join();
    socket.connected = true;
    socket.hear('refused', { reason: 'badToken', message: '' });
    expect(refusals).toEqual(['badToken']);
    expect(socket.connected).toBe(false);
    socket.lose('io server disconnect');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(socket.connections).toBe(0);
  });

  it('asks nothing of a machine that is out of reach, rather than ask it too late', () => {
    const { socket, client } = join();
    client.act('loop');
    expect(socket.asked).toEqual([]);
    socket.connect();
    client.act('loop');
    expect(socket.asked).toEqual(['loop']);
  });

  it('sends what waited in its order, one after another', async () => {
    const { socket, store, client } = join();
    for (let i = 0; i < 40; i++) client.report([note]);
    expect(socket.played).toEqual([]);
    socket.connect();
    await expect.poll(() => store.waiting(), { timeout: 5_000 }).toEqual([]);
    expect(socket.played).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(socket.mostUnderWay).toBe(1);
  });

  it('sends what is played now at once, ahead of what waits', async () => {
    const { socket, client } = join();
    for (let i = 0; i < 10; i++) client.report([note]);
    socket.connect();
    client.report([note]);
    await expect.poll(() => socket.played.length, { timeout: 5_000 }).toBe(11);
    expect(socket.played.indexOf(11)).toBe(1);
    expect(new Set(socket.played).size).toBe(11);
  });

  it('tries a chunk again that was not recorded, and lets it hold up no other', async () => {
    const { socket, store, client } = join();
    let refusals = 0;
    socket.answer = ({ sequence }) =>
      sequence === 1 && refusals++ < 1
        ? { ok: false, code: 'notRecorded', message: '' }
        : { ok: true, sequence };
    client.report([note]);
    client.report([note]);
    socket.connect();
    await expect.poll(() => store.waiting(), { timeout: 8_000 }).toEqual([]);
    expect(socket.played).toEqual([1, 2, 1]);
  });
});
