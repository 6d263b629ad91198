import { ControlMap } from '@antiphon/core/controls';
import type { StationKind } from '@antiphon/protocol';
import type { Prisma, PrismaClient } from '../storage/generated/client.js';
import { Controls } from './controls.js';
import type { StationIdentity } from './station.js';

/** Stations in the database: their names and what they were assigned, and the tempo that they share. */
export class StationStore {
  readonly #prisma: PrismaClient;

  constructor(prisma: PrismaClient) {
    this.#prisma = prisma;
  }

  async all(): Promise<StationIdentity[]> {
    const rows = await this.#prisma.station.findMany({ orderBy: { createdAt: 'asc' } });
    return rows.map(({ id, name, kind, mode, params, model, controls, lastSeenAt }) => ({
      id,
      name,
      kind: kind as StationKind,
      assignment: { mode, params: params as Record<string, unknown>, model },
      controls: new Controls(ControlMap.catch([]).parse(controls)),
      lastSeenAt,
    }));
  }

  async save({ id, name, kind, assignment, controls, lastSeenAt }: StationIdentity): Promise<void> {
    const row = {
      name,
      kind,
      mode: assignment.mode,
      params: assignment.params as Prisma.InputJsonObject,
      model: assignment.model,
      controls: controls.map,
      lastSeenAt,
    };
    await this.#prisma.station.upsert({ where: { id }, create: { id, ...row }, update: row });
  }

  /** Null before one was set. */
  async boothTempo(): Promise<number | null> {
    return (await this.#prisma.booth.findFirst())?.tempoBpm ?? null;
  }

  async saveBoothTempo(tempoBpm: number): Promise<void> {
    await this.#prisma.booth.upsert({ where: { id: 1 }, create: { tempoBpm }, update: { tempoBpm } });
  }

  /** False where duets were recorded at it: these keep their station. */
  async remove(id: string): Promise<boolean> {
    if ((await this.#prisma.session.count({ where: { stationId: id } })) > 0) return false;
    await this.#prisma.station.deleteMany({ where: { id } });
    return true;
  }
}
