/**
 * Plays plans to the millisecond: a thread of its own that sleeps until just before a note and spins the rest, so that whatever the
 * station is busy with does not delay the music.
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { PlayedEvent } from '@antiphon/core/music';
import {
  advance,
  advanceClock,
  type ClockSender,
  giveWay,
  hush,
  idleScheduler,
  isOfDuet,
  joinPlan,
  keepPulse,
  type PlayerAction,
  type SchedulerState,
  silence,
  silentSender,
  takePlan,
} from '@antiphon/core/timing';
import { goFirst } from '../go-first.js';
import { machineMs } from '../machine-clock.js';
import type { FromPlayer, ToPlayer } from './messages.js';
import { MidiOutput } from './output.js';

/** Sleep is only so exact; the last stretch is spun. */
const SPIN_MS = 1;
const LONGEST_SLEEP_MS = 1_000;

if (!parentPort) throw new Error('the player is a thread of the station');
const inbox = parentPort;
const bell = workerData as Int32Array;
const say = (message: FromPlayer) => inbox.postMessage(message);

let scheduler: SchedulerState = idleScheduler;
let clock: ClockSender = silentSender;
let offsetMs = 0;
let output: MidiOutput | null = null;
let open = true;

function perform(actions: PlayerAction[]): void {
  if (actions.length === 0) return;
  const latenessMs: number[] = [];
  const events = actions.flatMap((action): PlayedEvent[] => {
    withOutput((port) => port.perform(action));
    const atMs = machineMs() + offsetMs;
    latenessMs.push(atMs - action.atMs);
    if (!isOfDuet(action)) return [];
    const who = { player: 'machine', voice: action.voice, pitch: action.pitch, atMs } as const;
    return action.type === 'noteOn'
      ? [{ ...who, type: 'noteOn', velocity: action.velocity }]
      : [{ ...who, type: 'noteOff' }];
  });
  say({ type: 'played', events, latenessMs });
}

function change(how: typeof silence): void {
  const { state, actions } = how(scheduler, machineMs() + offsetMs);
  scheduler = state;
  perform(actions);
}

/** Releases all that sounds, by way of `silence` or `hush`. */
function stop(how: typeof silence): void {
  change(how);
  withOutput((port) => port.allNotesOff());
}

/** An output that fails is given up; the plan goes on, so that it is heard again from the next output on. */
function withOutput(act: (port: MidiOutput) => void): void {
  if (!output) return;
  try {
    act(output);
  } catch (error) {
    output = null;
    say({ type: 'output', name: null, problem: (error as Error).message });
  }
}

function changeOutput(name: string | null): void {
  let problem: string | null = null;
  withOutput((port) => {
    for (const note of scheduler.sounding) port.release(note);
    port.allNotesOff();
    port.close();
  });
  try {
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
    case 'join':
      scheduler = joinPlan(scheduler, message.plan);
      return;
    case 'clock':
      offsetMs = message.offsetMs;
      return;
    case 'output':
      changeOutput(message.name);
      return;
    case 'beat':
      clock = keepPulse(clock, message.pulse, machineMs() + offsetMs);
      return;
    case 'panic':
      stop(silence);
      return;
    case 'hush':
      stop(hush);
      return;
    case 'giveWay':
      change(giveWay);
      return;
    case 'close':
      open = false;
      return;
    default:
      message satisfies never;
  }
}

function playUntilClosed(): void {
  say({ type: 'ready' });
  for (;;) {
    const heard = Atomics.load(bell, 0);
    for (let next = receiveMessageOnPort(inbox); next; next = receiveMessageOnPort(inbox))
      take(next.message as ToPlayer);
    if (!open) return;
    const { state, actions, nextMs } = advance(scheduler, machineMs() + offsetMs);
    scheduler = state;
    perform(actions);
    const ticked = advanceClock(clock, machineMs() + offsetMs);
    clock = ticked.sender;
    for (const message of ticked.messages) withOutput((port) => port.clock(message));
    const waitMs = Math.min(
      LONGEST_SLEEP_MS,
      Math.min(nextMs ?? Number.POSITIVE_INFINITY, ticked.nextMs ?? Number.POSITIVE_INFINITY) -
        (machineMs() + offsetMs) -
        SPIN_MS,
    );
    if (waitMs > 0) Atomics.wait(bell, 0, heard, waitMs);
  }
}

goFirst();
try {
  playUntilClosed();
} finally {
  stop(silence); // also when the thread fails: no note is left sounding
  if (clock.pulse) withOutput((port) => port.clock({ type: 'stop', atMs: machineMs() + offsetMs }));
  withOutput((port) => port.close());
  say({ type: 'closed' });
}
