/** The logs of sessions, written to the database every second or two: what is lost in a crash is less than that. */
import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import { LogEntry } from '@antiphon/protocol';
import type { Pool } from 'pg';
import type { Logger } from 'pino';

const WRITE_EVERY_MS = 2_000;
/** So many entries of a session wait for a database that takes none; with one more its log ends early. */
const MOST_WAITING = 50_000;

const pack = promisify(deflate);
const unpack = promisify(inflate);

/** `entries` is deflated JSON: wakes and predictions are many, and much alike. A session that was deleted meanwhile is passed over. */
const APPEND = `
INSERT INTO session_log (session_id, sequence, entries)
SELECT c.* FROM unnest($1::uuid[], $2::int[], $3::bytea[]) AS c(session_id, sequence, entries)
JOIN sessions ON sessions.id = c.session_id`;

interface OpenLog {
  sessionId: string;
  startedMs: number;
  /** Chunks that are written. */
  sequence: number;
  waiting: LogEntry[];
}

export class SessionLog {
  readonly #pool: Pool;
  readonly #logger: Logger;
  readonly #timer: NodeJS.Timeout;
  readonly #logs = new Set<OpenLog>();
  #writing: Promise<void> = Promise.resolve();

  constructor(pool: Pool, logger: Logger) {
    this.#pool = pool;
    this.#logger = logger;
    this.#timer = setInterval(() => void this.flush(), WRITE_EVERY_MS);
  }

  /** Begins a log and answers how to add to it, in booth time. Nothing is written before the session itself is `saved`. */
  begin(session: { id: string; startedMs: number; saved: Promise<void> }): (entry: LogEntry) => void {
    const { id: sessionId, startedMs, saved } = session;
    const log: OpenLog = { sessionId, startedMs, sequence: 0, waiting: [] };
    saved.then(
      () => this.#logs.add(log),
      () => {},
    );
    return (entry) => {
      if (log.waiting.length === MOST_WAITING) this.#logs.delete(log);
      else log.waiting.push(moved(entry, -startedMs));
    };
  }

  /** Resolves when everything that waited has been written, or could not be. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  async #write(): Promise<void> {
    const chunks = [...this.#logs]
      .filter(({ waiting }) => waiting.length > 0)
      .map((log) => ({ log, entries: log.waiting.slice() }));
    if (chunks.length === 0) return;
    try {
      const packed: Buffer[] = []; // one after the other: live sessions come in between
      for (const { entries } of chunks) packed.push(await pack(JSON.stringify(entries)));
      await this.#pool.query(APPEND, [
        chunks.map(({ log }) => log.sessionId),
        chunks.map(({ log }) => log.sequence),
        packed,
      ]);
    } catch (error) {
      this.#logger.error(error, 'the logs of sessions were not written yet');
      return;
    }
    for (const { log, entries } of chunks) {
      log.sequence++;
      log.waiting.splice(0, entries.length);
      if (entries.at(-1)?.type === 'ended') this.#logs.delete(log);
    }
  }
}

/** Times are ms since the session's start. */
export async function readLog(pool: Pool, sessionId: string): Promise<LogEntry[]> {
  const { rows } = await pool.query<{ entries: Buffer }>(
    'SELECT entries FROM session_log WHERE session_id = $1 ORDER BY sequence',
    [sessionId],
  );
  const log: LogEntry[] = [];
  for (const { entries } of rows)
    for (const entry of JSON.parse((await unpack(entries)).toString('utf8')) as LogEntry[])
      log.push(entry.type === 'generationFailed' ? LogEntry.parse(entry) : entry); // older ones have no code
  return log;
}

/** Reckoned from another time. No bit of a time is lost: sums and differences of booth times are exact. */
export function moved(entry: LogEntry, byMs: number): LogEntry {
  const heardMs = entry.heardMs + byMs;
  if (!('atMs' in entry)) return { ...entry, heardMs };
  const atMs = entry.atMs + byMs;
  if (entry.type !== 'pulse') return { ...entry, heardMs, atMs };
  const pulse = entry.pulse && { ...entry.pulse, originMs: entry.pulse.originMs + byMs };
  return { ...entry, heardMs, atMs, pulse };
}
