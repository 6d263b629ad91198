/** What every keyboard promises, as checks that run in any test runner, also beside a real keyboard. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import type { KeyEvent } from '@antiphon/core/music';
import { machineMs } from '../machine-clock.js';
import type { Keyboard, KeyboardStatus } from './keyboard.js';

/** A keyboard to be checked, and the fingers on it. */
export interface KeyboardSubject {
  keyboard: Keyboard;
  /** Plays PHRASE from the moment it is asked, the last key of it held down. */
  play(): void | Promise<void>;
  /** Null where there is no plug. */
  cable: { unplug(): void; plug(): void } | null;
}

export const PHRASE = [60, 64, 67];
export const PHRASE_VELOCITY = 90;

const PATIENCE_MS = 30_000;

export interface KeyboardCheck {
  title: string;
  needsCable: boolean;
  check(subject: KeyboardSubject): Promise<void>;
}

export const keyboardContract: KeyboardCheck[] = [
  {
    title: 'says that it is connected, and its name',
    needsCable: false,
    async check(subject) {
      const { statuses } = opened(subject);
      await until(() => statuses.at(-1)?.status === 'connected');
      const status = statuses.at(-1);
      ok(status?.status === 'connected' && status.name.length > 0);
      subject.keyboard.close();
    },
  },
  {
    title: 'tells what is played in order, with velocities and true times',
    needsCable: false,
    async check(subject) {
      const { events, startMs } = await played(subject);
      const presses = events.flatMap((event) => (event.type === 'noteOn' ? [event] : []));
      deepEqual(
        presses.map(({ pitch, velocity }) => [pitch, velocity]),
        PHRASE.map((pitch) => [pitch, PHRASE_VELOCITY]),
      );
      const times = events.map(({ atMs }) => atMs);
      deepEqual(
        times,
        [...times].sort((a, b) => a - b),
      );
      for (const atMs of times)
        ok(atMs >= startMs - 1 && atMs <= machineMs(), `${atMs} is not a time of now`);
      subject.keyboard.close();
    },
  },
  {
    title: 'releases every key once when it is closed, and is silent then',
    needsCable: false,
    async check(subject) {
      const { events } = await played(subject);
      subject.keyboard.close();
      for (const pitch of PHRASE) equal(count(events, 'noteOff', pitch), 1, `releases of ${pitch}`);
      const sofar = events.length;
      await sleep(200);
      equal(events.length, sofar);
    },
  },
  {
    title: 'releases a held key when it is unplugged, before it is said to be missing, and plays again after',
    needsCable: true,
    async check(subject) {
      const { events, statuses } = await played(subject);
      const held = PHRASE.at(-1) as number;
      equal(count(events, 'noteOff', held), 0);
      subject.cable?.unplug();
      await until(() => statuses.at(-1)?.status === 'missing');
      equal(count(events, 'noteOff', held), 1);
      subject.cable?.plug();
      await until(() => statuses.at(-1)?.status === 'connected');
      const before = count(events, 'noteOn', held);
      await subject.play();
      await until(() => count(events, 'noteOn', held) > before);
      subject.keyboard.close();
    },
  },
];

function opened({ keyboard }: KeyboardSubject) {
  const events: KeyEvent[] = [];
  const statuses: KeyboardStatus[] = [];
  const startMs = machineMs();
  keyboard.open({
    onEvent: (event) => events.push(event),
    onStatus: (status) => {
      if (status.status === 'missing') equal(down(events), 0, 'keys were down when it went missing');
      statuses.push(status);
    },
    onInput: () => {},
    onOutput: () => {},
    onClock: () => {},
    onEnd: () => {},
  });
  return { events, statuses, startMs };
}

async function played(subject: KeyboardSubject) {
  const heard = opened(subject);
  await until(() => heard.statuses.at(-1)?.status === 'connected');
  await subject.play();
  await until(() => count(heard.events, 'noteOn', PHRASE.at(-1) as number) === 1);
  return heard;
}

function count(events: readonly KeyEvent[], type: 'noteOn' | 'noteOff', pitch: number): number {
  return events.filter((event) => event.type === type && event.pitch === pitch).length;
}

function down(events: readonly KeyEvent[]): number {
  return events.reduce(
    (sum, { type }) => sum + (type === 'noteOn' ? 1 : 0) - (type === 'noteOff' ? 1 : 0),
    0,
  );
}

async function until(reached: () => boolean): Promise<void> {
  const endMs = machineMs() + PATIENCE_MS;
  while (!reached()) {
    ok(machineMs() < endMs, `waited ${PATIENCE_MS / 1000} s in vain`);
    await sleep(20);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
