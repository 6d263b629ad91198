/** What can be asked of the machine at each station: shown to stations that have `actions`, and done when they ask for it. */
import { actionsBefore, actionsWith } from '@antiphon/core/controls';
import { describeModes } from '@antiphon/core/modes';
import type { Act, ActionOffer } from '@antiphon/protocol';
import type { Clock } from '../clock.js';
import type { Station, StationLink } from './station.js';
import type { Stations } from './stations.service.js';

/** What was asked for longer ago than this came too late: the moment has passed. */
const STALE_MS = 5_000;

export class ActionBoard {
  readonly #stations: Stations;
  readonly #clock: Clock;
  readonly #actions = new Map(describeModes().map(({ id, actions }) => [id as string, actions]));
  /** The offer each welcomed station has been told last. */
  readonly #told = new WeakMap<StationLink, string>();

  constructor({ stations, clock }: { stations: Stations; clock: Clock }) {
    this.#stations = stations;
    this.#clock = clock;
    stations.watch((station) => {
      if (station.link && this.#told.has(station.link)) this.#tell(station, station.link);
    });
  }

  /** From its welcome on a station is told every change. */
  greet(station: Station, link: StationLink): void {
    if (link.capabilities.includes('actions')) this.#tell(station, link);
  }

  /** Passes over what means nothing now. */
  act(station: Station, { action, atMs }: Act): void {
    const nowMs = this.#clock.nowMs();
    if (atMs < nowMs - STALE_MS || !this.#offer(station).actions.includes(action)) return;
    this.#stations.act(station, action, Math.min(atMs, nowMs));
  }

  #tell(station: Station, link: StationLink): void {
    const offer = this.#offer(station);
    const said = JSON.stringify(offer);
    if (this.#told.get(link) === said) return;
    this.#told.set(link, said);
    link.send('actions', offer);
  }

  #offer({ active, assignment }: Station): ActionOffer {
    const known = this.#actions.get(assignment.mode) ?? [];
    if (!active) return { actions: actionsBefore(assignment.params, known), switches: [] };
    return { actions: actionsWith(assignment.params, known), switches: [...active.session.switches] };
  }
}
