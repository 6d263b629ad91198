/** Writes what sounded, as it happens: everything that waits goes out in one statement, and is acknowledged once it is committed. */
import type { PlayedEvent } from '@antiphon/core/music';
import type { Pool } from 'pg';

export interface Chunk {
  stationId: string;
  runId: string;
  sequence: number;
  /** Each with the session it belongs to and its time in ms since that session's start. */
  events: { sessionId: string; atMs: number; event: PlayedEvent }[];
}

/** A chunk that is there already is passed over, with its events. */
const APPEND = `
WITH fresh AS (
  INSERT INTO chunks (station_id, run_id, sequence)
  SELECT station_id, run_id, sequence FROM jsonb_to_recordset($1::jsonb) AS c(station_id uuid, run_id uuid, sequence int)
  ON CONFLICT DO NOTHING
  RETURNING station_id, run_id, sequence
)
INSERT INTO session_events (session_id, at_ms, player, voice, type, key, value)
SELECT e.session_id, e.at_ms, e.player, e.voice, e.type, e.key, e.value
FROM jsonb_to_recordset($2::jsonb) AS e(
  place int, station_id uuid, run_id uuid, sequence int,
  session_id uuid, at_ms float8, player text, voice text, type text, key smallint, value smallint)
JOIN fresh USING (station_id, run_id, sequence)
ORDER BY e.place`;

interface Waiting {
  chunk: Chunk;
  resolve: () => void;
  reject: (error: Error) => void;
}

export class Recorder {
  readonly #pool: Pool;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | null = null;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Resolves once the chunk is in the database. Its sessions must be there already. */
  record(chunk: Chunk): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ chunk, resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  /** Resolves when nothing waits any more. */
  async flush(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  async #writeAll(): Promise<void> {
    await Promise.resolve(); // chunks that come in the same turn share a statement
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      try {
        const chunks = batch.map(
          ({ chunk }) => [`${chunk.stationId} ${chunk.runId} ${chunk.sequence}`, chunk] as const,
        );
        await this.#write([...new Map(chunks).values()]);
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error as Error);
      }
    }
    this.#writing = null;
  }

  async #write(chunks: Chunk[]): Promise<void> {
    const keys = chunks.map(({ stationId, runId, sequence }) => ({
      station_id: stationId,
      run_id: runId,
      sequence,
    }));
    const rows = chunks.flatMap(({ events }, i) =>
      events.map(({ sessionId, atMs, event }) => ({
        ...keys[i],
        session_id: sessionId,
        at_ms: atMs,
        player: event.player,
        voice: event.voice,
        type: event.type,
        key: event.type === 'control' ? event.controller : event.pitch,
        value: event.type === 'control' ? event.value : event.type === 'noteOn' ? event.velocity : 0,
      })),
    );
    await this.#pool.query(APPEND, [
      JSON.stringify(keys),
      JSON.stringify(rows.map((row, place) => ({ place, ...row }))),
    ]);
  }
}
