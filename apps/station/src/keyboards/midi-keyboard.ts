/** A real keyboard on a MIDI port: found by its name, lost and found again when it is unplugged and plugged in. */
import { type FSWatcher, watch } from 'node:fs';
import type { Light } from '@antiphon/core/controls';
import easymidi, { type Input } from 'easymidi';
import { machineMs } from '../machine-clock.js';
import { HeldKeys } from './held-keys.js';
import type { Keyboard, KeyboardListeners } from './keyboard.js';
import { LightPort } from './light-port.js';
import { type MessageTimes, timeOfMessage } from './message-times.js';
import { choosePort, describePort, type Ports } from './ports.js';
import { usbPlaceOf } from './usb-place.js';

const SOUND_DEVICES = '/dev/snd';
/** The port is there a moment after its device file. */
const SETTLE_MS = 700;
const POLL_MS = 3_000;

/** easymidi keeps the driver's port, which alone tells when a message came, and gives its ALSA client back. */
interface DriverPort {
  prependListener(event: 'message', listener: (deltaSeconds: number) => void): void;
  destroy(): void;
}

/** A port as it is plugged in now: after a replug the old one is dead, also when the new one has its name. */
interface PluggedPort {
  name: string;
  plug: string | null;
}

export class MidiKeyboard implements Keyboard {
  readonly #ports: Ports;
  readonly #wanted: string | null;
  readonly #wantedOutput: string | null;
  #listeners: KeyboardListeners | null = null;
  #held: HeldKeys | null = null;
  #input: (PluggedPort & { port: Input }) | null = null;
  #output: PluggedPort | null = null;
  /** Opened for the first light. */
  #lights: LightPort | null = null;
  #said = '';
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
  }

  show(light: Light): void {
    if (!this.#input) return;
    this.#lights ??= new LightPort(this.#input.name);
    this.#lights.show(light);
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
    if (this.#input && !isPlugged(this.#input, inputs)) {
      this.#drop();
      this.#missing();
    }
    if (!this.#input) {
      const name = choosePort(inputs, this.#wanted, describePort);
      if (name) this.#connect(name);
      else this.#missing();
    }
    this.#lookForOutput();
  }

  /** A keyboard's own output has the name of its input. */
  #lookForOutput(): void {
    const outputs = this.#ports.outputs();
    const found = this.#wantedOutput
      ? choosePort(outputs, this.#wantedOutput, describePort)
      : (outputs.find((name) => name === this.#input?.name) ?? null);
    if (this.#output && this.#output.name === found && isPlugged(this.#output, outputs)) return;
    if (!this.#output && !found) return;
    this.#output = found === null ? null : pluggedPort(found);
    this.#listeners?.onOutput(found);
  }

  #connect(name: string): void {
    try {
      const port = new easymidi.Input(name);
      let times: MessageTimes | null = null;
      driverOf(port).prependListener('message', (deltaSeconds) => {
        times = timeOfMessage(times, deltaSeconds, machineMs());
      });
      const at = () => times?.lastMs ?? machineMs();
      port.on('noteon', ({ note, velocity, channel }) =>
        this.#guard(() =>
          this.#held?.take(
            velocity > 0
              ? { type: 'noteOn', pitch: note, velocity, channel, atMs: at() }
              : { type: 'noteOff', pitch: note, channel, atMs: at() },
          ),
        ),
      );
      port.on('noteoff', ({ note, channel }) =>
        this.#guard(() => this.#held?.take({ type: 'noteOff', pitch: note, channel, atMs: at() })),
      );
      port.on('cc', ({ controller, value, channel }) =>
        this.#guard(() => this.#held?.take({ type: 'control', controller, value, channel, atMs: at() })),
      );
      for (const type of ['clock', 'start', 'continue', 'stop'] as const)
        port.on(type as 'clock', () => this.#guard(() => this.#listeners?.onClock({ type, atMs: at() })));
      port.on('position', ({ value }) =>
        this.#guard(() => this.#listeners?.onClock({ type: 'position', sixteenths: value, atMs: at() })),
      );
      this.#input = { ...pluggedPort(name), port };
      this.#said = '';
      this.#listeners?.onInput(name);
      this.#listeners?.onStatus({ status: 'connected', name: describePort(name) });
    } catch (error) {
      this.#say(`${describePort(name)} cannot be opened: ${(error as Error).message}`);
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
    this.#lights?.close();
    this.#lights = null;
    if (!this.#input) return;
    this.#input.port.close();
    driverOf(this.#input.port).destroy();
    this.#input = null;
    this.#listeners?.onInput(null);
  }

  #missing(): void {
    this.#say(
      this.#wanted
        ? `no MIDI keyboard named "${this.#wanted}" is plugged in`
        : 'no MIDI keyboard is plugged in',
    );
  }

  /** The same reason is not said at every look. */
  #say(reason: string): void {
    if (reason === this.#said) return;
    this.#said = reason;
    this.#listeners?.onStatus({ status: 'missing', reason });
  }
}

function pluggedPort(name: string): PluggedPort {
  return { name, plug: usbPlaceOf(name)?.plug ?? null };
}

function isPlugged({ name, plug }: PluggedPort, ports: readonly string[]): boolean {
  return ports.includes(name) && pluggedPort(name).plug === plug;
}

function driverOf(port: Input): DriverPort {
  return (port as unknown as { _input: DriverPort })._input;
}
