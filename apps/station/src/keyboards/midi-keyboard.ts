/** A real keyboard on a MIDI port: found by its name, lost and found again when it is unplugged and plugged in. */
import { type FSWatcher, watch } from 'node:fs';
import easymidi, { type Input } from 'easymidi';
import { machineMs } from '../machine-clock.js';
import { HeldKeys } from './held-keys.js';
import type { Keyboard, KeyboardListeners } from './keyboard.js';
import { type MessageTimes, timeOfMessage } from './message-times.js';
import { choosePort, type Ports, stableName } from './ports.js';

const SOUND_DEVICES = '/dev/snd';
/** The port is there a moment after its device file. */
const SETTLE_MS = 700;
const POLL_MS = 3_000;

/** easymidi keeps the driver's port, which alone tells when a message came. */
interface DriverPort {
  prependListener(event: 'message', listener: (deltaSeconds: number) => void): void;
}

export class MidiKeyboard implements Keyboard {
  readonly #ports: Ports;
  readonly #wanted: string | null;
  readonly #wantedOutput: string | null;
  #listeners: KeyboardListeners | null = null;
  #held: HeldKeys | null = null;
  #input: { port: Input; name: string } | null = null;
  #watcher: FSWatcher | null = null;
  #poll: NodeJS.Timeout | null = null;
  #settle: NodeJS.Timeout | null = null;

  constructor(ports: Ports, options: { port: string | null; outPort: string | null }) {
    this.#ports = ports;
    this.#wanted = options.port;
    this.#wantedOutput = options.outPort;
  }

  open(listeners: KeyboardListeners): void {
    this.#listeners = listeners;
    this.#held = new HeldKeys(listeners.onEvent);
    this.#poll = setInterval(() => this.#look(), POLL_MS);
    try {
      this.#watcher = watch(SOUND_DEVICES, () => {
        if (this.#settle) clearTimeout(this.#settle);
        this.#settle = setTimeout(() => this.#look(), SETTLE_MS);
      });
      this.#watcher.on('error', () => {}); // the poll goes on
    } catch {
      // no such folder on this system: the poll does
    }
    this.#look();
    if (!this.#input) this.#missing();
  }

  outputName(): string | null {
    if (this.#wantedOutput) return choosePort(this.#ports.outputs(), this.#wantedOutput);
    return this.#input && choosePort(this.#ports.outputs(), stableName(this.#input.name));
  }

  close(): void {
    this.#watcher?.close();
    if (this.#poll) clearInterval(this.#poll);
    if (this.#settle) clearTimeout(this.#settle);
    this.#drop();
    this.#ports.close();
  }

  /** A port that is still said to be open after an unplug is dead: only the list of ports tells. */
  #look(): void {
    const inputs = this.#ports.inputs();
    if (this.#input && inputs.includes(this.#input.name)) return;
    if (this.#input) {
      this.#drop();
      this.#missing();
    }
    const name = choosePort(inputs, this.#wanted);
    if (name) this.#connect(name);
  }

  #connect(name: string): void {
    try {
      const port = new easymidi.Input(name);
      let times: MessageTimes | null = null;
      (port as unknown as { _input: DriverPort })._input.prependListener('message', (deltaSeconds) => {
        times = timeOfMessage(times, deltaSeconds, machineMs());
      });
      const at = () => times?.lastMs ?? machineMs();
      port.on('noteon', ({ note, velocity }) =>
        this.#guard(() =>
          this.#held?.take(
            velocity > 0
              ? { type: 'noteOn', pitch: note, velocity, atMs: at() }
              : { type: 'noteOff', pitch: note, atMs: at() },
          ),
        ),
      );
      port.on('noteoff', ({ note }) =>
        this.#guard(() => this.#held?.take({ type: 'noteOff', pitch: note, atMs: at() })),
      );
      port.on('cc', ({ controller, value }) =>
        this.#guard(() => this.#held?.take({ type: 'control', controller, value, atMs: at() })),
      );
      this.#input = { port, name };
      this.#listeners?.onStatus({ status: 'connected', name: stableName(name) });
    } catch (error) {
      this.#listeners?.onStatus({
        status: 'missing',
        reason: `${stableName(name)} cannot be opened: ${(error as Error).message}`,
      });
    }
  }

  /** An exception inside the driver's callback would end the process without a word. */
  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      setImmediate(() => {
        throw error;
      });
    }
  }

  #drop(): void {
    this.#held?.releaseAll(machineMs());
    this.#input?.port.close();
    this.#input = null;
  }

  #missing(): void {
    const reason = this.#wanted
      ? `no MIDI keyboard named "${this.#wanted}" is plugged in`
      : 'no MIDI keyboard is plugged in';
    this.#listeners?.onStatus({ status: 'missing', reason });
  }
}
