/** The player thread, from the station's side. */
import type { Worker } from 'node:worker_threads';
import type { PlayedEvent } from '@antiphon/core/music';
import type { Plan, Pulse } from '@antiphon/core/timing';
import { endThread, startThread } from '../start-thread.js';
import type { FromPlayer, ToPlayer } from './messages.js';

export interface PlayerListeners {
  onPlayed: (events: PlayedEvent[]) => void;
  onOutput: (name: string | null, problem: string | null) => void;
}

const REMEMBERED = 1_000;

export class Player {
  /** A thread takes its time to start; plans that come before may lose their first notes. */
  readonly ready: Promise<void>;
  readonly #worker: Worker;
  readonly #bell = new Int32Array(new SharedArrayBuffer(4));
  #lateness: number[] = [];

  constructor({ onPlayed, onOutput }: PlayerListeners) {
    this.#worker = startThread('player-thread', import.meta.url, { workerData: this.#bell });
    let onReady = () => {};
    this.ready = new Promise((resolve) => {
      onReady = resolve;
    });
    this.#worker.on('message', (message: FromPlayer) => {
      if (message.type === 'ready') onReady();
      else if (message.type === 'played') {
        this.#lateness = [...this.#lateness, ...message.latenessMs].slice(-REMEMBERED);
        onPlayed(message.events);
      } else if (message.type === 'output') onOutput(message.name, message.problem);
    });
    this.#worker.on('error', (error) => {
      throw error;
    });
  }

  /** Takes the plan in force at a server just joined, whatever its revision. */
  join(plan: Plan): void {
    this.#say({ type: 'join', plan });
  }

  plan(plan: Plan): void {
    this.#say({ type: 'plan', plan });
  }

  clock(offsetMs: number): void {
    this.#say({ type: 'clock', offsetMs });
  }

  output(name: string | null): void {
    this.#say({ type: 'output', name });
  }

  /** Sends MIDI clock of this beat, in booth time; null stops it. */
  beat(pulse: Pulse | null): void {
    this.#say({ type: 'beat', pulse });
  }

  /** The server's panic: what it plans from now on is heard. */
  panic(): void {
    this.#say({ type: 'panic' });
  }

  /** Panic at the station: whatever the server plans, nothing is heard until it has stopped, too, or the visitor plays. */
  hush(): void {
    this.#say({ type: 'hush' });
  }

  /** The visitor plays: what was played to an empty room stops. */
  giveWay(): void {
    this.#say({ type: 'giveWay' });
  }

  /** How late notes were since this was last asked, 99th percentile in ms; null when none was played. */
  takeLatenessP99(): number | null {
    const sorted = this.#lateness.sort((a, b) => a - b);
    this.#lateness = [];
    return sorted[Math.floor(sorted.length * 0.99)] ?? null;
  }

  /** Releases everything that sounds first. */
  async close(): Promise<void> {
    await endThread(this.#worker, () => this.#say({ type: 'close' }));
  }

  #say(message: ToPlayer): void {
    this.#worker.postMessage(message);
    Atomics.add(this.#bell, 0, 1);
    Atomics.notify(this.#bell, 0);
  }
}
