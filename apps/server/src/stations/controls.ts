/** The controls of one station: learns them, follows them and keeps their lights up to date. */
import {
  bindingOf,
  type ControlMap,
  type ControlTarget,
  type Light,
  learn,
  lightsOf,
  nameOfSource,
  type Positions,
  positionAfter,
  positionOf,
  type Shown,
  sourceOf,
  turn,
} from '@antiphon/core/controls';
import type { KeyEvent } from '@antiphon/core/music';

/** What a control asks for. */
export type Command =
  | { target: Exclude<ControlTarget, { type: 'parameter' | 'model' }> }
  | { target: Extract<ControlTarget, { type: 'parameter' | 'model' }>; value: unknown };

export class Controls {
  #map: ControlMap;
  #learning: ControlTarget | null = null;
  #positions: Positions = {};
  /** Keys that are down, by their names, and whether each was pressed as a control. */
  readonly #pressed = new Map<string, boolean>();
  /** What each light shows, by its source's name. */
  #lit = new Map<string, number>();

  constructor(map: ControlMap) {
    this.#map = map;
  }

  get map(): ControlMap {
    return this.#map;
  }

  set map(map: ControlMap) {
    this.#map = map;
    this.#lit.clear();
  }

  /** What the next control that is moved will do. */
  get learning(): ControlTarget | null {
    return this.#learning;
  }

  set learning(target: ControlTarget | null) {
    this.#learning = target;
  }

  /** Whether the event makes no music: it comes from a control that means something now. A release goes where its press went. */
  takes(event: KeyEvent, isMeant: (target: ControlTarget) => boolean): boolean {
    const binding = bindingOf(this.#map, event);
    const isControl = binding !== null && isMeant(binding.target);
    if (event.type === 'control') return isControl;
    const name = nameOfSource(sourceOf(event));
    const wasControl = this.#pressed.get(name);
    if (event.type === 'noteOn') this.#pressed.set(name, isControl);
    else this.#pressed.delete(name);
    return event.type === 'noteOff' && wasControl !== undefined ? wasControl : isControl;
  }

  /** Binds the control that the event comes from, where one is to be learned. */
  learns(event: KeyEvent): boolean {
    if (!this.#learning || event.type === 'noteOff') return false;
    const source = sourceOf(event);
    if (event.type === 'noteOn') this.#pressed.set(nameOfSource(source), true);
    this.map = learn(this.#map, source, this.#learning);
    this.#positions = { ...this.#positions, [nameOfSource(source)]: positionAfter(event) };
    this.#learning = null;
    return true;
  }

  /** What the event asks for, if anything. */
  follow(event: KeyEvent, shown: Shown): Command | null {
    const binding = bindingOf(this.#map, event);
    if (!binding) return null;
    const { source, target } = binding;
    const parameter = parameterOf(target, shown);
    if (parameter === null && target.type === 'parameter') return null;
    const { positions, turned } = turn(this.#positions, { binding, event, parameter });
    this.#positions = positions;
    if (!parameter) this.#lit.delete(nameOfSource(source)); // a button's light does as it likes when it is pressed
    if (!turned) return null;
    if (parameter && turned.type === 'set')
      // a knob stands where it was turned to: it need not be told
      this.#lit.set(nameOfSource(source), positionOf(parameter.scale, turned.value));
    if (target.type === 'parameter' || target.type === 'model')
      return turned.type === 'set' ? { target, value: turned.value } : null;
    return { target };
  }

  /** The lights that show something else by now. */
  changedLights(shown: Shown): Light[] {
    return lightsOf(this.#map, shown).filter(({ source, value }) => {
      const name = nameOfSource(source);
      if (this.#lit.get(name) === value) return false;
      this.#lit.set(name, value);
      return true;
    });
  }

  /** Every light has to be shown again: the keyboard may be another. */
  forgetLights(): void {
    this.#lit.clear();
  }
}

function parameterOf(target: ControlTarget, shown: Shown) {
  if (target.type === 'parameter') return shown.parameter(target.name);
  return target.type === 'model' ? shown.model : null;
}
