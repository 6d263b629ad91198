/**
 * Who a tab is to the server, and what it has played that is not yet acknowledged. Both are kept in the browser as a *run*, which the next
 * tab takes up: a reload, or a browser that starts again after a power cut, is the same station and loses no note. Two tabs that are open at
 * once are two stations: a run is never taken from a tab that still plays.
 */
import type { Played, PlayedStore } from '@antiphon/protocol';
import type { KeyStorage } from './browser-storage';
import { randomId } from './random-id';
import type { TabCensus } from './tab-census';

const RUN = 'antiphon.run.';
const PLAYED = 'antiphon.played.';
/** A power cut may undo what was kept last, and with it the latest numbers: they are not given out again. */
const SEQUENCE_GAP = 1_000;

export interface Run {
  readonly stationId: string;
  readonly store: PlayedStore;
  /** For a browser whose station already plays elsewhere, as after its profile was copied. */
  becomeAnotherStation(): void;
}

export async function openRun(storage: KeyStorage, census: TabCensus): Promise<Run> {
  const known = storage.keys().flatMap((key) => (key.startsWith(RUN) ? [key.slice(RUN.length)] : []));
  const left = await census.claimFirst(known);
  let stationId = (left && storage.getItem(RUN + left)) || randomId();
  const waiting = left ? readWaiting(storage, left) : [];
  const runId = left && waiting.length > 0 ? left : randomId();
  if (left && left !== runId) storage.removeItem(RUN + left);
  census.claim(runId);
  storage.setItem(RUN + runId, stationId);
  return {
    get stationId() {
      return stationId;
    },
    store: storeOf(storage, runId, waiting),
    becomeAnotherStation() {
      stationId = randomId();
      storage.setItem(RUN + runId, stationId);
    },
  };
}

function storeOf(storage: KeyStorage, runId: string, left: Played[]): PlayedStore {
  let waiting = left;
  const latest = left.at(-1);
  let sequence = latest ? latest.sequence + SEQUENCE_GAP : 0;
  return {
    runId,
    append(events) {
      const chunk = { sequence: ++sequence, events };
      waiting.push(chunk);
      storage.setItem(keyOf(runId, chunk.sequence), JSON.stringify(events));
      return chunk;
    },
    acknowledge(acknowledged) {
      waiting = waiting.filter((chunk) => chunk.sequence !== acknowledged);
      storage.removeItem(keyOf(runId, acknowledged));
    },
    waiting: () => waiting,
  };
}

function keyOf(runId: string, sequence: number): string {
  return `${PLAYED}${runId}.${sequence}`;
}

/** In the order they were played in; one that was cut short is passed over. */
function readWaiting(storage: KeyStorage, runId: string): Played[] {
  const prefix = `${PLAYED}${runId}.`;
  return storage
    .keys()
    .filter((key) => key.startsWith(prefix))
    .flatMap((key) => {
      try {
        return [
          { sequence: Number(key.slice(prefix.length)), events: JSON.parse(storage.getItem(key) ?? '') },
        ];
      } catch {
        return [];
      }
    })
    .sort((a, b) => a.sequence - b.sequence);
}
