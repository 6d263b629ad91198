/**
 * Passes a keyboard's notes through to an output port. Its event loop has nothing else to do, so that a visitor hears their key at once
 * whatever the station is busy with.
 */
import { parentPort } from 'node:worker_threads';
import { Input, Output } from '@julusian/midi';
import { goFirst } from '../go-first.js';
import { HeldKeys } from '../keyboards/held-keys.js';
import { machineMs } from '../machine-clock.js';
import { bytesOf, eventOf } from './bytes.js';
import type { FromThru, ThruPorts, ToThru } from './messages.js';

if (!parentPort) throw new Error('thru is a thread of the station');
const station = parentPort;
const say = (message: FromThru) => station.postMessage(message);

let input: Input | null = null;
let output: Output | null = null;
const held = new HeldKeys((event) => output?.sendMessage(bytesOf(event)));

/** An exception inside the driver's callback would end the process without a word. */
function guard(act: () => void): void {
  try {
    act();
  } catch (error) {
    say({ type: 'problem', problem: (error as Error).message });
  }
}

function disconnect(): void {
  guard(() => held.releaseAll(machineMs()));
  input?.destroy();
  output?.destroy();
  input = null;
  output = null;
}

function connect(ports: ThruPorts): void {
  disconnect();
  if (ports.input === null || ports.output === null) return;
  output = new Output();
  open(output, ports.output);
  input = new Input();
  input.on('message', (_, bytes) =>
    guard(() => {
      const event = eventOf(bytes, machineMs());
      if (event) held.take(event);
    }),
  );
  open(input, ports.input);
}

function open(port: Input | Output, name: string): void {
  port.openPortByName(name);
  if (!port.isPortOpen()) throw new Error(`${name} cannot be opened`);
}

goFirst();
station.on('message', (message: ToThru) => {
  if (message.type === 'connect') return guard(() => connect(message.ports));
  disconnect();
  say({ type: 'closed' });
});
