/** What the controls of all stations ask for, done. */
import { type ControlMap, type ControlTarget, isMeant, type Shown } from '@antiphon/core/controls';
import { type Action, describeModes } from '@antiphon/core/modes';
import type { KeyEvent } from '@antiphon/core/music';
import type { Command } from './controls.js';
import type { Assignment, Station } from './station.js';

/** A parameter is kept once its control has rested for so long. */
const REST_MS = 1_000;
/** A control that was not moved by then is not learned: the next key may be a visitor's. */
const LEARN_MS = 30_000;

export interface ControlDeskParts {
  /** The models that may play at a station as it is assigned. */
  modelsFor: (station: Station) => string[];
  act: (station: Station, command: Command, atMs: number) => void;
  /** Heard at once, and not kept yet. */
  retune: (station: Station, assignment: Assignment) => void;
  /** Keeps a station as it is. */
  keep: (station: Station) => void;
  changed: (station: Station) => void;
}

/** Heard at once; too late for anything but panic, which the station has obeyed itself; or a second time. */
export type Hearing = 'live' | 'late' | 'again';

type Scales = Record<string, Shown['model']['scale']>;

export class ControlDesk {
  readonly #parts: ControlDeskParts;
  readonly #modes: ReadonlyMap<string, { actions: readonly Action[]; scales: Scales }>;
  readonly #resting = new Map<Station, NodeJS.Timeout>();
  readonly #learning = new Map<Station, NodeJS.Timeout>();

  constructor(parts: ControlDeskParts) {
    this.#parts = parts;
    this.#modes = new Map(
      describeModes().map(({ id, actions, paramsSchema }) => [
        id,
        { actions, scales: (paramsSchema.properties ?? {}) as Scales },
      ]),
    );
  }

  /** Keeps what was still being turned. */
  close(): void {
    for (const [station, timer] of this.#resting) {
      clearTimeout(timer);
      this.#parts.keep(station);
    }
    this.#resting.clear();
    for (const timer of this.#learning.values()) clearTimeout(timer);
  }

  /** Tells a station that has just joined what its controls do, and what they show. */
  greet(station: Station): void {
    station.controls.forgetLights();
    this.#tell(station);
    this.light(station);
  }

  /** False for an event that makes music; so does a control of something that the present mode does not have. */
  heed(station: Station, event: KeyEvent, hearing: Hearing): boolean {
    const { controls } = station;
    if (hearing === 'live' && controls.learns(event)) {
      this.#tell(station);
      this.learn(station, null);
      this.#parts.keep(station);
      return true;
    }
    if (!controls.takes(event, (target) => this.#isMeant(station, target))) return false;
    const command = hearing === 'again' ? null : controls.follow(event, this.#shown(station));
    if (command && (hearing === 'live' || command.target.type === 'panic'))
      this.#obey(station, command, event.atMs);
    this.light(station);
    return true;
  }

  learn(station: Station, target: ControlTarget | null): void {
    clearTimeout(this.#learning.get(station));
    this.#learning.delete(station);
    if (target)
      this.#learning.set(
        station,
        setTimeout(() => this.learn(station, null), LEARN_MS),
      );
    station.controls.learning = target;
    this.#parts.changed(station);
  }

  setMap(station: Station, map: ControlMap): void {
    station.controls.map = map;
    this.#tell(station);
    this.#parts.keep(station);
    this.#parts.changed(station);
  }

  /** Sends the lights that have changed to a station that has some. */
  light(station: Station): void {
    if (!station.link?.capabilities.includes('lights') || station.controls.map.length === 0) return;
    for (const light of station.controls.changedLights(this.#shown(station)))
      station.link.send('light', light);
  }

  #tell(station: Station): void {
    station.link?.send('controls', station.controls.map);
  }

  #obey(station: Station, command: Command, atMs: number): void {
    const { assignment } = station;
    if (!('value' in command)) {
      this.#parts.act(station, command, atMs);
      return;
    }
    const { target, value } = command;
    this.#parts.retune(
      station,
      target.type === 'model'
        ? { ...assignment, model: String(value) }
        : { ...assignment, params: { ...assignment.params, [target.name]: value } },
    );
    clearTimeout(this.#resting.get(station));
    this.#resting.set(
      station,
      setTimeout(() => {
        this.#resting.delete(station);
        this.#parts.keep(station);
      }, REST_MS),
    );
  }

  #isMeant({ assignment }: Station, target: ControlTarget): boolean {
    const { actions = [], scales = {} } = this.#modes.get(assignment.mode) ?? {};
    return isMeant(target, { actions, parameters: Object.keys(scales) });
  }

  #shown(station: Station): Shown {
    const { assignment, active } = station;
    const { scales = {} } = this.#modes.get(assignment.mode) ?? {};
    return {
      turn: active?.session.turn ?? 'visitor',
      switches: active?.session.switches ?? new Set(),
      parameter: (name) => {
        const scale = scales[name];
        return scale ? { scale, value: assignment.params[name] } : null;
      },
      model: { scale: { enum: this.#parts.modelsFor(station) }, value: assignment.model },
    };
  }
}
