/** A keyboard's own input, where its controls can be told what to show; answers may sound elsewhere. */
import type { Light } from '@antiphon/core/controls';
import { Output } from '@julusian/midi';
import { bytesOfLight } from './light-bytes.js';

export class LightPort {
  /** Null where the keyboard takes nothing. */
  #port: Output | null = new Output();

  constructor(name: string) {
    this.#attempt((port) => {
      port.openPortByName(name);
      if (!port.isPortOpen()) this.close();
    });
  }

  show(light: Light): void {
    const bytes = bytesOfLight(light);
    if (bytes) this.#attempt((port) => port.sendMessage(bytes));
  }

  close(): void {
    this.#port?.destroy();
    this.#port = null;
  }

  /** A light is not worth a word of what goes wrong. */
  #attempt(act: (port: Output) => void): void {
    if (!this.#port) return;
    try {
      act(this.#port);
    } catch {
      this.close();
    }
  }
}
