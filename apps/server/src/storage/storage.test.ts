/** The record on a real PostgreSQL. */
import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ControlMap } from '@antiphon/core/controls';
import type { PlayedEvent } from '@antiphon/core/music';
import type { LogEntry } from '@antiphon/protocol';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Duets } from '../duets/duets.service.js';
import { Recorder } from '../sessions/recorder.js';
import { readLog, SessionLog } from '../sessions/session-log.js';
import { SessionStore } from '../sessions/session-store.js';
import { Controls } from '../stations/controls.js';
import { StationStore } from '../stations/station-store.js';
import { openBooth } from '../stations/virtual-booth.js';
import { type Database, openDatabase } from './database.js';
import { lockFolder } from './folder-lock.js';
import { migrate } from './migrations.js';
import { startOwnPostgres } from './own-postgres.js';

let folder: string;
let database: Database;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'antiphon-storage-'));
  database = await openDatabase({ url: undefined, dataFolder: folder, onStopped: () => {} });
}, 90_000);
afterAll(async () => {
  await database?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function beginSession(startedMs = Date.now()): Promise<{ id: string; stationId: string }> {
  const stationId = randomUUID();
  const assignment = { mode: 'echo', params: { tempoBpm: 100 }, model: 'melody' };
  await new StationStore(database.prisma).save({
    id: stationId,
    name: 'A',
    kind: 'hardware',
    assignment,
    controls: new Controls([]),
    lastSeenAt: null,
  });
  const id = randomUUID();
  const part = { atMs: 0, ...assignment };
  await new SessionStore(database.prisma, database.pool).begin({ id, stationId, startedMs, seed: 7, part });
  return { id, stationId };
}

const event = (atMs: number, pitch = 60): PlayedEvent => ({
  player: 'visitor',
  voice: 'melody',
  type: 'noteOn',
  pitch,
  velocity: 99,
  atMs,
});

describe('the record', () => {
  it('keeps times to the last bit, velocities, and the order of what came at once', async () => {
    const { id, stationId } = await beginSession();
    const times = [0, 1 / 3, 1234.56789012345, 1234.56789012345];
    await new Recorder(database.pool).record({
      stationId,
      runId: randomUUID(),
      sequence: 1,
      events: times.map((atMs, i) => ({ sessionId: id, atMs, event: event(atMs, 60 + i) })),
    });
    const duet = await new Duets(database).open(id);
    expect(duet.events.map((one) => [one.atMs, 'pitch' in one && one.pitch])).toEqual(
      times.map((atMs, i) => [atMs, 60 + i]),
    );
    expect(duet).toMatchObject({ seed: 7, mode: 'echo', model: 'melody', notes: { visitor: 4, machine: 0 } });
  });

  it('takes many chunks in one go, and each once, whether its copies come together or apart', async () => {
    const { id, stationId } = await beginSession();
    const recorder = new Recorder(database.pool);
    const runId = randomUUID();
    const chunk = (sequence: number) => ({
      stationId,
      runId,
      sequence,
      events: [{ sessionId: id, atMs: sequence, event: event(sequence) }],
    });
    await Promise.all(Array.from({ length: 200 }, (_, i) => recorder.record(chunk(1 + (i % 100)))));
    await Promise.all(Array.from({ length: 100 }, (_, i) => recorder.record(chunk(1 + i))));
    expect((await new Duets(database).open(id)).events).toHaveLength(100);
  });

  it('refuses a chunk for a session that is not there, and goes on with others', async () => {
    const { id, stationId } = await beginSession();
    const recorder = new Recorder(database.pool);
    const chunk = (sessionId: string) => ({
      stationId,
      runId: randomUUID(),
      sequence: 1,
      events: [{ sessionId, atMs: 0, event: event(0) }],
    });
    await expect(recorder.record(chunk(randomUUID()))).rejects.toThrow(/foreign key/);
    await recorder.record(chunk(id));
    expect((await new Duets(database).open(id)).events).toHaveLength(1);
  });

  it('lists duets newest first, page by page, each once', async () => {
    const ids = [];
    for (let i = 0; i < 7; i++) ids.unshift((await beginSession(Date.now() + 1_000_000 + (i >> 1))).id);
    const duets = new Duets(database);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await duets.list({ cursor, limit: 3, stationId: null });
      seen.push(...page.duets.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor && seen.length < 100);
    expect(new Set(seen).size).toBe(seen.length);
    expect(new Set(seen.slice(0, 7))).toEqual(new Set(ids));
    await expect(duets.list({ cursor: 'nonsense', limit: 3, stationId: null })).rejects.toMatchObject({
      code: 'badRequest',
    });
  });

  it('says that a duet is not there, by whatever it is called', async () => {
    const duets = new Duets(database);
    for (const id of [randomUUID(), 'nonsense', "'; DROP TABLE sessions; --"])
      await expect(duets.open(id)).rejects.toMatchObject({ code: 'unknownDuet' });
  });

  it('knows the best duets of the day: those in which both have played much', async () => {
    const sessions = new SessionStore(database.prisma, database.pool);
    const play = async (
      notes: { visitor: number; machine: number },
      options: { startedMs: number; ends: boolean },
    ) => {
      const { id, stationId } = await beginSession(options.startedMs);
      const events = (['visitor', 'machine'] as const).flatMap((player) =>
        Array.from({ length: notes[player] }, (_, i) => ({
          sessionId: id,
          atMs: i,
          event: { ...event(i), player },
        })),
      );
      await new Recorder(database.pool).record({ stationId, runId: randomUUID(), sequence: 1, events });
      if (options.ends) await sessions.end(id, options.startedMs + 1000);
      return id;
    };
    const today = { startedMs: Date.now() - 3_600_000, ends: true };
    const good = await play({ visitor: 20, machine: 20 }, today);
    const better = await play({ visitor: 30, machine: 25 }, today);
    await play({ visitor: 99, machine: 3 }, today);
    await play({ visitor: 50, machine: 50 }, { ...today, ends: false });
    await play({ visitor: 50, machine: 50 }, { ...today, startedMs: Date.now() - 2 * 86_400_000 });
    expect(await new Duets(database).bestOfDay(5, Date.now())).toEqual([better, good]);
    expect(await new Duets(database).bestOfDay(1, Date.now())).toEqual([better]);
  });

  it('keeps what the controls of a station do', async () => {
    const store = new StationStore(database.prisma);
    const { stationId } = await beginSession();
    const of = async () => (await store.all()).find(({ id }) => id === stationId);
    const map: ControlMap = [
      { source: { type: 'controller', number: 21 }, target: { type: 'parameter', name: 'temperature' } },
    ];
    const station = await of();
    if (!station) throw new Error('the station is not there');
    await store.save({ ...station, controls: new Controls(map) });
    expect((await of())?.controls.map).toEqual(map);
  });

  it('keeps logs in order, through a time in which nothing can be written, and not those of sessions that are gone', async () => {
    let isDown = true;
    const pool = {
      query: (text: string, values: unknown[]) =>
        isDown ? Promise.reject(new Error('down')) : database.pool.query(text, values),
    } as typeof database.pool;
    const log = new SessionLog(pool, pino({ level: 'silent' }));
    const [kept, gone] = [await beginSession(), await beginSession()];
    const begun = { startedMs: 1_000_000_000_000, saved: Promise.resolve() };
    const heard = (id: string) => log.begin({ ...begun, id });
    const [hear, hearGone] = [heard(kept.id), heard(gone.id)];
    const wake = (atMs: number): LogEntry => ({
      type: 'wake',
      heardMs: begun.startedMs + atMs + 1 / 8,
      atMs: begun.startedMs + atMs,
    });
    hear(wake(1));
    hearGone(wake(1));
    await log.flush();
    isDown = false;
    hear(wake(2));
    await database.prisma.session.delete({ where: { id: gone.id } });
    await log.flush();
    hear(wake(3));
    await log.close();
    expect(await readLog(database.pool, kept.id)).toEqual(
      [1, 2, 3].map((atMs) => ({ type: 'wake', heardMs: atMs + 1 / 8, atMs })),
    );
    expect(await readLog(database.pool, gone.id)).toEqual([]);
  });

  it('reads logs of before failures had codes', async () => {
    const { id } = await beginSession();
    const log = new SessionLog(database.pool, pino({ level: 'silent' }));
    const old = { type: 'generationFailed', heardMs: 1, requestId: 2, reason: 'no runner is left' };
    log.begin({ id, startedMs: 0, saved: Promise.resolve() })(old as LogEntry);
    await log.close();
    expect(await readLog(database.pool, id)).toEqual([{ ...old, code: 'generationFailed' }]);
  });

  it('keeps the tempo that stations share, from one start of the server to the next', async () => {
    const before = await openBooth(database);
    expect(before.stations.boothTempoBpm).toBe(120);
    await before.stations.setBoothTempo(97);
    await before.stations.setBoothTempo(88.5);
    await before.end();
    const after = await openBooth(database);
    expect(after.stations.boothTempoBpm).toBe(88.5);
    await after.end();
  });

  it('ends what a crash left open with its last note', async () => {
    const { id, stationId } = await beginSession(Date.UTC(2026, 0, 1));
    await new Recorder(database.pool).record({
      stationId,
      runId: randomUUID(),
      sequence: 1,
      events: [{ sessionId: id, atMs: 4_500, event: event(4_500) }],
    });
    expect(await new SessionStore(database.prisma, database.pool).endLeftovers()).toBeGreaterThan(0);
    expect((await new Duets(database).open(id)).endedAt).toBe('2026-01-01T00:00:04.500Z');
  });
});

/** A folder with every migration there is, and one more. */
function migrationsWith(name: string, sql: string): string {
  const own = mkdtempSync(join(tmpdir(), 'antiphon-migrations-'));
  cpSync(fileURLToPath(new URL('../../prisma/migrations', import.meta.url)), own, { recursive: true });
  mkdirSync(join(own, name));
  writeFileSync(join(own, name, 'migration.sql'), sql);
  return own;
}

describe('migrations', () => {
  it('are applied once, and noted where Prisma looks', async () => {
    expect(await migrate(database.pool)).toEqual([]);
    const { rows } = await database.pool.query('SELECT migration_name, finished_at FROM _prisma_migrations');
    expect(rows.length).toBeGreaterThan(0);
    for (const { finished_at } of rows) expect(finished_at).not.toBeNull();
  });

  it('leave a database as it was when one fails, and name it', async () => {
    const own = migrationsWith('29990101000000_broken', 'CREATE TABLE half (id int); SELECT nonsense;');
    await expect(migrate(database.pool, own)).rejects.toThrow(/29990101000000_broken failed/);
    const { rows } = await database.pool.query("SELECT to_regclass('half') AS found");
    expect(rows[0].found).toBeNull();
    rmSync(own, { recursive: true });
  });

  it('refuse a database that a newer server has used, before anything is changed', async () => {
    const newer = migrationsWith('29990101000000_newer', 'SELECT 1;');
    await migrate(database.pool, newer);
    await expect(migrate(database.pool)).rejects.toMatchObject({
      code: 'migrationFailed',
      message: expect.stringMatching(/29990101000000_newer.*newer server/),
    });
    await database.pool.query("DELETE FROM _prisma_migrations WHERE migration_name = '29990101000000_newer'");
    rmSync(newer, { recursive: true });
  });

  it('are those of the Prisma schema', async () => {
    const { rows } = await database.pool.query(
      "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'",
    );
    const columns = new Set(rows.map(({ table_name, column_name }) => `${table_name}.${column_name}`));
    expect(await database.prisma.station.findMany({ take: 1 })).toBeInstanceOf(Array);
    expect(await database.prisma.booth.findMany({ take: 1 })).toBeInstanceOf(Array);
    expect(await database.prisma.sessionPart.findMany({ take: 1 })).toBeInstanceOf(Array);
    expect(await database.prisma.sessionEvent.findMany({ take: 1 })).toBeInstanceOf(Array);
    expect(await database.prisma.sessionLogChunk.findMany({ take: 1 })).toBeInstanceOf(Array);
    expect(await database.prisma.chunk.findMany({ take: 1 })).toBeInstanceOf(Array);
    expect(await database.prisma.operatorSession.findMany({ take: 1 })).toBeInstanceOf(Array);
    expect(columns.has('session_events.value')).toBe(true);
  });
});

describe("the booth's own PostgreSQL", () => {
  it('is started again when it is killed, with everything that was committed', async () => {
    const own = mkdtempSync(join(tmpdir(), 'antiphon-killed-'));
    const reasons: string[] = [];
    const killed = await openDatabase({
      url: undefined,
      dataFolder: own,
      onStopped: (why) => reasons.push(why),
    });
    await killed.pool.query('CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)');
    process.kill(
      Number(readFileSync(join(own, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]),
      'SIGKILL',
    );
    const rows = await vi.waitFor(
      async () => {
        if (reasons.length === 0) throw new Error('not noticed yet');
        return (await killed.pool.query('SELECT id FROM kept')).rows;
      },
      { timeout: 20_000, interval: 200 },
    );
    expect(rows).toEqual([{ id: 7 }]);
    expect(reasons[0]).toMatch(/SIGKILL/);
    await killed.close();
    rmSync(own, { recursive: true });
  }, 30_000);
});

describe('DATABASE_URL', () => {
  it('names a PostgreSQL that is used instead, and nothing is made in the data folder', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'antiphon-elsewhere-'));
    const postgres = await startOwnPostgres(elsewhere, () => {});
    const other = await openDatabase({
      url: postgres.url,
      dataFolder: '/does/not/exist',
      onStopped: () => {},
    });
    expect(await other.prisma.station.count()).toBe(0);
    await other.close();
    await postgres.stop();
    rmSync(elsewhere, { recursive: true, force: true });
  }, 60_000);

  it('that leads nowhere is said in one sentence', async () => {
    const url = 'postgresql://nobody:secret@127.0.0.1:1/none';
    await expect(openDatabase({ url, dataFolder: folder, onStopped: () => {} })).rejects.toMatchObject({
      code: 'databaseFailed',
      message: expect.stringMatching(/cannot be used.*ECONNREFUSED/),
    });
  });
});

describe('a data folder', () => {
  it('is taken over from a server that is gone', () => {
    const own = mkdtempSync(join(tmpdir(), 'antiphon-lock-'));
    for (const left of [
      '999999999',
      'nonsense',
      JSON.stringify({ pid: process.pid, begun: 'another time' }),
    ]) {
      writeFileSync(join(own, 'server.lock'), left);
      lockFolder(own)();
    }
    rmSync(own, { recursive: true });
  });

  it('is refused to a second server while the first one lives', () => {
    const own = mkdtempSync(join(tmpdir(), 'antiphon-lock-'));
    const release = lockFolder(own);
    expect(() => lockFolder(own)).toThrow(/another server \(process \d+\)/);
    release();
    lockFolder(own)();
    rmSync(own, { recursive: true });
  });
});
