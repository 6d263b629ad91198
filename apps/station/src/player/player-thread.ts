/**
 * Plays plans to the millisecond: a thread of its own that sleeps until just before a note and spins the rest, so that whatever the
 * station is busy with does not delay the music.
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { PlayedEvent } from '@antiphon/core/music';
import {
  advance,
  idleScheduler,
  type PlayerAction,
  type SchedulerState,
  silence,
  takePlan,
} from '@antiphon/core/timing';
import { machineMs } from '../machine-clock.js';
import type { FromPlayer, ToPlayer } from './messages.js';
import { MidiOutput } from './output.js';

/** Sleep is only so exact; the last stretch is spun. */
const SPIN_MS = 1;
const LONGEST_SLEEP_MS = 1_000;

const port = parentPort;
const bell = workerData as Int32Array;
if (!port) throw new Error('the player is a thread of the station');
const say = (message: FromPlayer) => port.postMessage(message);

let scheduler: SchedulerState = idleScheduler;
let offsetMs = 0;
let output: MidiOutput | null = null;
let open = true;

function perform(actions: PlayerAction[]): void {
  if (actions.length === 0) return;
  const latenessMs: number[] = [];
  const events = actions.map((action): PlayedEvent => {
    output?.perform(action);
    const atMs = machineMs() + offsetMs;
    latenessMs.push(atMs - action.atMs);
    const who = { player: 'machine', voice: action.voice, pitch: action.pitch, atMs } as const;
    return action.type === 'noteOn'
      ? { ...who, type: 'noteOn', velocity: action.velocity }
      : { ...who, type: 'noteOff' };
  });
  say({ type: 'played', events, latenessMs });
}

function hush(): void {
  const silenced = silence(scheduler, machineMs() + offsetMs);
  scheduler = silenced.state;
  perform(silenced.actions);
  output?.allNotesOff();
}

function changeOutput(name: string | null): void {
  let problem: string | null = null;
  try {
    output?.close();
    output = name ? new MidiOutput(name) : null;
  } catch (error) {
    output = null;
    problem = (error as Error).message;
  }
  say({ type: 'output', name: output ? name : null, problem });
}

function take(message: ToPlayer): void {
  switch (message.type) {
    case 'plan':
      scheduler = takePlan(scheduler, message.plan);
      return;
    case 'clock':
      offsetMs = message.offsetMs;
      return;
    case 'output':
      changeOutput(message.name);
      return;
    case 'thru':
      output?.thru(message.message);
      return;
    case 'panic':
      hush();
      return;
    case 'close':
      hush();
      output?.close();
      open = false;
      return;
    default:
      message satisfies never;
  }
}

while (open) {
  const heard = Atomics.load(bell, 0);
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port))
    take(next.message as ToPlayer);
  if (!open) break;
  const { state, actions, nextMs } = advance(scheduler, machineMs() + offsetMs);
  scheduler = state;
  perform(actions);
  const waitMs = Math.min(
    LONGEST_SLEEP_MS,
    (nextMs ?? Number.POSITIVE_INFINITY) - (machineMs() + offsetMs) - SPIN_MS,
  );
  if (waitMs > 0) Atomics.wait(bell, 0, heard, waitMs);
}
say({ type: 'closed' });
