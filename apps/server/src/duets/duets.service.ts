/** Recorded sessions: listed, opened, exported, deleted. */
import { AppError } from '@antiphon/core/errors';
import {
  notesOfKeyEvents,
  type PlayedEvent,
  type Player,
  type TimedTempo,
  type Voice,
  type WrittenTrack,
  writeMidiFile,
} from '@antiphon/core/music';
import type { Duet, DuetLog, DuetPage, DuetSummary } from '@antiphon/protocol';
import { z } from 'zod';
import { readLog } from '../sessions/session-log.js';
import type { Database } from '../storage/database.js';
import { runAgain } from './rerun.js';
import { temposOf } from './tempos.js';

const UUID = z.uuid();
const DEFAULT_TEMPO_BPM = 120;
/** With fewer notes by either player a duet is no piece to be heard again. */
const FEWEST_NOTES = 8;

/** General MIDI programs and channels of the voices in an exported file. */
const TRACKS: { player: Player; voice: Voice; name: string; channel: number; program: number }[] = [
  { player: 'visitor', voice: 'melody', name: 'Visitor', channel: 0, program: 0 },
  { player: 'machine', voice: 'melody', name: 'Machine', channel: 1, program: 11 },
  { player: 'machine', voice: 'chords', name: 'Machine, chords', channel: 2, program: 0 },
  { player: 'machine', voice: 'bass', name: 'Machine, bass', channel: 3, program: 32 },
];

interface SummaryRow {
  id: string;
  station_id: string;
  station_name: string;
  started_at: Date;
  ended_at: Date | null;
  seed: number;
  mode: string;
  model: string | null;
  visitor_notes: number;
  machine_notes: number;
  last_ms: number;
}

const SUMMARY = `
SELECT s.id, s.station_id, t.name AS station_name, s.started_at, s.ended_at, s.seed, p.mode, p.model,
  e.visitor_notes, e.machine_notes, e.last_ms
FROM sessions s
JOIN stations t ON t.id = s.station_id
LEFT JOIN LATERAL (SELECT mode, model FROM session_parts WHERE session_id = s.id ORDER BY id LIMIT 1) p ON true
LEFT JOIN LATERAL (
  SELECT count(*) FILTER (WHERE player = 'visitor' AND type = 'noteOn')::int AS visitor_notes,
    count(*) FILTER (WHERE player = 'machine' AND type = 'noteOn')::int AS machine_notes,
    coalesce(max(at_ms), 0) AS last_ms
  FROM session_events WHERE session_id = s.id) e ON true`;

export class Duets {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Newest first. `cursor` is what the page before said; throws AppError `badRequest` for another. */
  async list(options: { cursor: string | null; limit: number; stationId: string | null }): Promise<DuetPage> {
    const after = options.cursor ? parseCursor(options.cursor) : null;
    const { rows } = await this.#database.pool.query<SummaryRow>(
      `${SUMMARY}
       WHERE ($1::timestamptz IS NULL OR (s.started_at, s.id) < ($1, $2::uuid)) AND ($3::uuid IS NULL OR s.station_id = $3)
       ORDER BY s.started_at DESC, s.id DESC LIMIT $4`,
      [after?.startedAt ?? null, after?.id ?? null, options.stationId, options.limit + 1],
    );
    const page = rows.slice(0, options.limit);
    const last = page.at(-1);
    const more = rows.length > options.limit && last;
    return {
      duets: page.map(summaryOf),
      nextCursor: more ? `${last.started_at.toISOString()}_${last.id}` : null,
    };
  }

  /** Those of the day until then in which both have played the most, best first: their ids. */
  async bestOfDay(limit: number, untilMs: number): Promise<string[]> {
    const { rows } = await this.#database.pool.query<SummaryRow>(
      `${SUMMARY}
       WHERE s.ended_at IS NOT NULL AND s.started_at > $3::timestamptz - interval '1 day'
         AND least(e.visitor_notes, e.machine_notes) >= $2
       ORDER BY least(e.visitor_notes, e.machine_notes) DESC LIMIT $1`,
      [limit, FEWEST_NOTES, new Date(untilMs)],
    );
    return rows.map(({ id }) => id);
  }

  /** Throws AppError `unknownDuet`. */
  async open(id: string): Promise<Duet> {
    const { prisma } = this.#database;
    const row = await this.#summary(id);
    const parts = await prisma.sessionPart.findMany({ where: { sessionId: id }, orderBy: { id: 'asc' } });
    const events = await prisma.sessionEvent.findMany({
      where: { sessionId: id },
      orderBy: [{ atMs: 'asc' }, { id: 'asc' }],
    });
    return {
      ...summaryOf(row),
      seed: row.seed,
      parts: parts.map(({ atMs, mode, params, model }) => ({
        atMs,
        mode,
        params: params as Record<string, unknown>,
        model,
      })),
      events: events.map(eventOf),
    };
  }

  /** Everything that its modes heard, from the booth time on at which it began. Throws AppError `unknownDuet`. */
  async log(id: string): Promise<{ startedMs: number; log: DuetLog }> {
    const { seed, started_at } = await this.#summary(id);
    const entries = await readLog(this.#database.pool, id);
    return { startedMs: started_at.getTime(), log: { id, seed, entries } };
  }

  /** Those of its modes, as its log tells them; the one that was set where it has none, or one that is not understood any more. */
  async #tempos({ id, parts }: Duet): Promise<TimedTempo[]> {
    const { tempo, tempoBpm } = parts[0]?.params ?? {};
    const set = { tempo, tempoBpm: typeof tempoBpm === 'number' ? tempoBpm : DEFAULT_TEMPO_BPM };
    const { log } = await this.log(id);
    try {
      return temposOf((await runAgain(log)).beats, set);
    } catch (error) {
      if (error instanceof AppError) return temposOf([], set);
      throw error;
    }
  }

  /** A Standard MIDI File with a track for each player and voice, in the tempos that were kept. */
  async midi(id: string): Promise<{ name: string; bytes: Uint8Array }> {
    const duet = await this.open(id);
    const tracks = TRACKS.map((track): WrittenTrack => {
      const events = duet.events.filter(
        ({ player, voice }) => player === track.player && voice === track.voice,
      );
      return {
        name: track.name,
        channel: track.channel,
        program: track.program,
        notes: notesOfKeyEvents(events, duet.durationMs),
      };
    });
    const written = tracks.filter(({ notes }, i) => notes.length > 0 || i < 2);
    const name = `${duet.startedAt.slice(0, 16).replaceAll(':', '-')} ${duet.station.name}.mid`.replace(
      /[^\w .-]+/g,
      '_',
    );
    return { name, bytes: writeMidiFile(written, await this.#tempos(duet)) };
  }

  async #summary(id: string): Promise<SummaryRow> {
    const { rows } = UUID.safeParse(id).success
      ? await this.#database.pool.query<SummaryRow>(`${SUMMARY} WHERE s.id = $1`, [id])
      : { rows: [] };
    if (!rows[0]) throw new AppError('unknownDuet', `there is no duet ${id}`);
    return rows[0];
  }

  /** Throws AppError `unknownDuet`. */
  async remove(id: string): Promise<void> {
    const { count } = UUID.safeParse(id).success
      ? await this.#database.prisma.session.deleteMany({ where: { id } })
      : { count: 0 };
    if (count === 0) throw new AppError('unknownDuet', `there is no duet ${id}`);
  }
}

function parseCursor(cursor: string): { startedAt: string; id: string } {
  const [startedAt = '', id = ''] = cursor.split('_');
  if (Number.isNaN(Date.parse(startedAt)) || !UUID.safeParse(id).success)
    throw new AppError('badRequest', 'cursor: not one that a page of duets gave');
  return { startedAt, id };
}

function summaryOf(row: SummaryRow): DuetSummary {
  return {
    id: row.id,
    station: { id: row.station_id, name: row.station_name },
    startedAt: row.started_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
    durationMs: row.last_ms,
    mode: row.mode,
    model: row.model,
    notes: { visitor: row.visitor_notes, machine: row.machine_notes },
  };
}

function eventOf(row: {
  atMs: number;
  player: string;
  voice: string;
  type: string;
  key: number;
  value: number;
}): PlayedEvent {
  const who = { player: row.player as Player, voice: row.voice as Voice, atMs: row.atMs };
  if (row.type === 'control') return { ...who, type: 'control', controller: row.key, value: row.value };
  if (row.type === 'noteOff') return { ...who, type: 'noteOff', pitch: row.key };
  return { ...who, type: 'noteOn', pitch: row.key, velocity: row.value };
}
