/** Draws visitors to stations that nobody plays: one of them at a time plays quietly, and yields to the first key. */
import { randomInt } from 'node:crypto';
import type { Engine } from '@antiphon/core/runtime';
import type { Logger } from 'pino';
import type { Clock } from '../clock.js';
import { standardModel } from '../stations/model-choice.js';
import type { Station } from '../stations/station.js';
import type { Stations } from '../stations/stations.service.js';
import type { Repertoire } from './repertoire.js';

const CHECK_MS = 1_000;
/** A piece begins so much later than it is sent. */
const LEAD_MS = 500;

export interface AttractParts {
  stations: Stations;
  repertoire: Repertoire;
  engine: Engine;
  clock: Clock;
  logger: Logger;
  /** How long nobody has played at a station before it does; also the rest between two pieces. */
  afterMs: number;
}

/** Answers how to stop it. */
export function attractVisitors(parts: AttractParts): () => void {
  let isChoosing = false;
  const timer = setInterval(() => {
    const station = isChoosing ? null : whoseTurn(parts);
    if (!station) return;
    isChoosing = true;
    play(station, parts)
      .catch((error) => parts.logger.error(error, 'a station that nobody plays could not play by itself'))
      .finally(() => {
        isChoosing = false;
      });
  }, CHECK_MS);
  return () => clearInterval(timer);
}

/** Any that has been quiet for long enough; none while another plays. */
function whoseTurn({ stations, clock, afterMs }: AttractParts): Station | null {
  const nowMs = clock.nowMs();
  const all = stations.all();
  if (all.some((station) => station.playsAlone(nowMs))) return null;
  const quiet = all.filter(
    (station) => station.link && !station.active && nowMs - station.quietSinceMs > afterMs,
  );
  return quiet[randomInt(Math.max(1, quiet.length))] ?? null;
}

async function play(station: Station, { repertoire, engine, clock }: AttractParts): Promise<void> {
  const notes = await repertoire.piece({
    model: standardModel(engine, 'melody'),
    seed: randomInt(2 ** 31),
    startMs: clock.nowMs() + LEAD_MS,
  });
  if (!station.active) station.playAlone(notes, clock.nowMs());
}
