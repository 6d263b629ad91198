/** What the lights of a keyboard's controls show, for as long as their controls are learned. */
import { type ControlMap, type Light, nameOfSource } from '@antiphon/core/controls';

export class Lights {
  readonly #show: (light: Light) => void;
  /** By the name of its control. */
  readonly #lit = new Map<string, Light>();

  constructor(show: (light: Light) => void) {
    this.#show = show;
  }

  light(light: Light): void {
    this.#lit.set(nameOfSource(light.source), light);
    this.#show(light);
  }

  /** Puts out what a control shows that is learned no more. */
  keep(map: ControlMap): void {
    const learned = new Set(map.map(({ source }) => nameOfSource(source)));
    for (const [name, { source }] of [...this.#lit]) {
      if (learned.has(name)) continue;
      this.#lit.delete(name);
      this.#show({ source, value: 0 });
    }
  }

  /** For a keyboard that was plugged in. */
  showAll(): void {
    for (const light of this.#lit.values()) this.#show(light);
  }
}
