/** The thru thread, from the station's side. */
import type { Worker } from 'node:worker_threads';
import { endThread, startThread } from '../start-thread.js';
import type { FromThru, ThruPorts, ToThru } from './messages.js';

export class Thru {
  readonly #worker: Worker;
  #ports: ThruPorts = { input: null, output: null };

  constructor(onProblem: (problem: string) => void) {
    this.#worker = startThread('thru-thread', import.meta.url, {});
    this.#worker.on('message', (message: FromThru) => {
      if (message.type === 'problem') onProblem(message.problem);
    });
    this.#worker.on('error', (error) => {
      throw error;
    });
  }

  /** Ports are opened anew also when their names are the same; what is held is released first. */
  connect(ports: Partial<ThruPorts>): void {
    this.#ports = { ...this.#ports, ...ports };
    this.#say({ type: 'connect', ports: this.#ports });
  }

  /** Releases everything that sounds first. */
  async close(): Promise<void> {
    await endThread(this.#worker, () => this.#say({ type: 'close' }));
  }

  #say(message: ToThru): void {
    this.#worker.postMessage(message);
  }
}
