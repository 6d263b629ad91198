/** The stations that the booth knows, connected or not, and those who want to hear of every change. */
import { AppError } from '@antiphon/core/errors';
import type { Hello } from '@antiphon/protocol';
import { defaultAssignment, stillAssigned } from './assignments.js';
import { Controls } from './controls.js';
import { Station } from './station.js';
import type { StationStore } from './station-store.js';

export type Watcher = (station: Station, gone: boolean) => void;

export class Roster {
  readonly #store: StationStore;
  readonly #stations = new Map<string, Station>();
  readonly #watchers = new Set<Watcher>();

  constructor(store: StationStore) {
    this.#store = store;
  }

  /** Brings back the stations that were known. */
  async open(): Promise<void> {
    for (const identity of await this.#store.all()) {
      const assignment = stillAssigned(identity.assignment);
      this.#stations.set(identity.id, new Station({ ...identity, assignment }));
    }
  }

  [Symbol.iterator](): Iterator<Station> {
    return this.#stations.values();
  }

  /** Throws AppError `unknownStation`. */
  find(id: string): Station {
    const station = this.#stations.get(id);
    if (!station) throw new AppError('unknownStation', `there is no station ${id}`);
    return station;
  }

  /** The station that says hello, which may be a new one. */
  admit({ stationId, name, kind }: Hello): Station {
    const known = this.#stations.get(stationId);
    if (known) return known;
    const station = new Station({
      id: stationId,
      name,
      kind,
      assignment: defaultAssignment(),
      controls: new Controls([]),
      lastSeenAt: null,
    });
    this.#stations.set(stationId, station);
    return station;
  }

  /** Throws AppError `stationHasDuets`. */
  async remove(station: Station): Promise<void> {
    if (!(await this.#store.remove(station.id)))
      throw new AppError('stationHasDuets', 'duets were recorded at this station, so it is kept with them');
    this.#stations.delete(station.id);
    for (const watcher of this.#watchers) watcher(station, true);
  }

  watch(watcher: Watcher): void {
    this.#watchers.add(watcher);
  }

  changed(station: Station): void {
    for (const watcher of this.#watchers) watcher(station, false);
  }
}
