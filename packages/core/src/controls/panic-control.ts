/** Hears a learned Panic where it is pressed: it is the one control that does not wait for the server. */
import type { KeyEvent } from '../music/note.js';
import { bindingOf, type ControlMap } from './control-map.js';
import { type Positions, turn } from './turning.js';

export class PanicControl {
  #map: ControlMap = [];
  #positions: Positions = {};

  learn(map: ControlMap): void {
    this.#map = map;
  }

  isPressedBy(event: KeyEvent): boolean {
    const binding = bindingOf(this.#map, event);
    if (binding?.target.type !== 'panic') return false;
    const { positions, turned } = turn(this.#positions, { binding, event, parameter: null });
    this.#positions = positions;
    return turned?.type === 'press';
  }
}
