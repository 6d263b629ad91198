/** Draws visitors to stations that nobody plays: one of them at a time plays quietly, and yields to the first key. */
import type { Logger } from 'pino';
import type { Clock } from '../clock.js';
import type { Station } from '../stations/station.js';
import type { Stations } from '../stations/stations.service.js';
import { beginAt } from './piece.js';
import type { Repertoire } from './repertoire.js';

const CHECK_MS = 1_000;
/** A piece begins so much later than it is sent. */
const LEAD_MS = 500;

export interface AttractParts {
  stations: Stations;
  repertoire: Repertoire;
  clock: Clock;
  logger: Logger;
  /** How long nobody has played at a station before it does; also the rest between two pieces. */
  afterMs: number;
  /** A whole number below 2^31: which station plays, and what. */
  drawSeed: () => number;
}

/** Answers how to stop it. */
export function attractVisitors(parts: AttractParts): () => void {
  const { clock, logger } = parts;
  let isOver = false;
  let callOff = () => {};
  const lookAgain = () => {
    if (!isOver) callOff = clock.at(clock.nowMs() + CHECK_MS, () => void look());
  };
  const look = async () => {
    try {
      const station = whoseTurn(parts);
      if (station) await play(station, parts);
    } catch (error) {
      logger.error(error, 'a station that nobody plays could not play by itself');
    }
    lookAgain();
  };
  lookAgain();
  return () => {
    isOver = true;
    callOff();
  };
}

/** Any that has been quiet for long enough; none while another plays. */
function whoseTurn({ stations, clock, afterMs, drawSeed }: AttractParts): Station | null {
  const nowMs = clock.nowMs();
  const all = stations.all();
  if (all.some((station) => station.playsAlone(nowMs))) return null;
  const quiet = all.filter((station) => isQuiet(station, nowMs - afterMs));
  return quiet[drawSeed() % Math.max(1, quiet.length)] ?? null;
}

function isQuiet({ link, active, quietSinceMs }: Station, sinceMs: number): boolean {
  return link !== null && active === null && quietSinceMs < sinceMs;
}

async function play(station: Station, { repertoire, clock, afterMs, drawSeed }: AttractParts): Promise<void> {
  const piece = await repertoire.piece(drawSeed());
  const nowMs = clock.nowMs();
  if (isQuiet(station, nowMs - afterMs)) station.playAlone(beginAt(piece, nowMs + LEAD_MS), nowMs);
}
