/** Sessions in the database, as they begin, change mode and end. */
import type { Pool } from 'pg';
import type { Prisma, PrismaClient } from '../storage/generated/client.js';

export interface SessionPart {
  /** ms since the session's start */
  atMs: number;
  mode: string;
  params: Record<string, unknown>;
  model: string | null;
}

export class SessionStore {
  readonly #prisma: PrismaClient;
  readonly #pool: Pool;

  constructor(prisma: PrismaClient, pool: Pool) {
    this.#prisma = prisma;
    this.#pool = pool;
  }

  async begin(session: {
    id: string;
    stationId: string;
    startedMs: number;
    seed: number;
    part: SessionPart;
  }): Promise<void> {
    const { id, stationId, startedMs, seed, part } = session;
    await this.#prisma.session.create({
      data: { id, stationId, seed, startedAt: new Date(startedMs), parts: { create: row(part) } },
    });
  }

  async addPart(sessionId: string, part: SessionPart): Promise<void> {
    await this.#prisma.sessionPart.create({ data: { sessionId, ...row(part) } });
  }

  async end(sessionId: string, endedMs: number): Promise<void> {
    await this.#prisma.session.update({ where: { id: sessionId }, data: { endedAt: new Date(endedMs) } });
  }

  /**
   * Where notes that were uploaded late belong: the station's last session that had begun by then and had not been over for longer
   * than `slackMs`, or else the one that began within `slackMs` after.
   */
  async covering(
    stationId: string,
    atMs: number,
    slackMs: number,
  ): Promise<{ id: string; startedMs: number } | null> {
    const at = new Date(atMs);
    const notOver = [{ endedAt: null }, { endedAt: { gte: new Date(atMs - slackMs) } }];
    const session =
      (await this.#prisma.session.findFirst({
        where: { stationId, startedAt: { lte: at }, OR: notOver },
        orderBy: { startedAt: 'desc' },
      })) ??
      (await this.#prisma.session.findFirst({
        where: { stationId, startedAt: { gt: at, lte: new Date(atMs + slackMs) } },
        orderBy: { startedAt: 'asc' },
      }));
    return session && { id: session.id, startedMs: session.startedAt.getTime() };
  }

  /** Sessions that a crash left open end with their last event. Answers how many there were. */
  async endLeftovers(): Promise<number> {
    const { rowCount } = await this.#pool.query(
      `UPDATE sessions SET ended_at = started_at + make_interval(secs => coalesce(
         (SELECT max(at_ms) FROM session_events WHERE session_id = sessions.id), 0) / 1000)
       WHERE ended_at IS NULL`,
    );
    return rowCount ?? 0;
  }
}

function row({ params, ...part }: SessionPart) {
  return { ...part, params: params as Prisma.InputJsonObject };
}
