import { describe, expect, it } from 'vitest';
import {
  advanceClock,
  type ClockMessage,
  type ClockSender,
  hearClock,
  keepPulse,
  pulseOfClock,
  silentSender,
  stoppedClock,
} from './index.js';

/** Asks for what is due every `everyMs`. */
function send(from: ClockSender, fromMs: number, untilMs: number, everyMs: number) {
  let sender = from;
  const messages: ClockMessage[] = [];
  for (let nowMs = fromMs; nowMs < untilMs; nowMs += everyMs) {
    const advanced = advanceClock(sender, nowMs);
    sender = advanced.sender;
    messages.push(...advanced.messages);
    expect(advanced.nextMs ?? Number.POSITIVE_INFINITY).toBeGreaterThan(nowMs);
  }
  return { sender, messages };
}

const follow = (messages: ClockMessage[]) => pulseOfClock(messages.reduce(hearClock, stoppedClock));

describe('a clock that is sent', () => {
  const pulse = { tempoBpm: 97, originMs: 123 };
  it.each([1, 7, 90])('is followed at its tempo and bars, also when it is asked every %d ms', (everyMs) => {
    const { messages } = send(keepPulse(silentSender, pulse, 5000), 5000, 8000, everyMs);
    expect(follow(messages)?.tempoBpm).toBeCloseTo(97, 6);
    expect(follow(messages)?.originMs).toBeCloseTo(123, 3);
    const times = messages.flatMap(({ type, atMs }) => (type === 'clock' ? [atMs] : []));
    times.forEach((atMs, i) => {
      if (i > 0) expect(atMs - (times[i - 1] as number)).toBeCloseTo(60_000 / 97 / 24, 6);
    });
  });

  it('asks to be woken for every message', () => {
    let sender = keepPulse(silentSender, pulse, 5000);
    let nowMs = 5000;
    for (let i = 0; i < 100; i++) {
      const { messages, nextMs, ...advanced } = advanceClock(sender, nowMs);
      for (const { atMs } of messages) expect(atMs).toBeCloseTo(nowMs, 6);
      sender = advanced.sender;
      nowMs = nextMs as number;
    }
    expect(nowMs).toBeGreaterThan(5000 + 90 * (60_000 / 97 / 24));
  });

  it('drifts without a word, and jumps with a new place in the song', () => {
    const before = send(keepPulse(silentSender, pulse, 5000), 5000, 8000, 5);
    const near = keepPulse(before.sender, { tempoBpm: 97.1, originMs: 128 }, 8000);
    const drifted = send(near, 8000, 10_000, 5);
    expect(new Set(drifted.messages.map(({ type }) => type))).toEqual(new Set(['clock']));
    const far = send(keepPulse(before.sender, { tempoBpm: 140, originMs: 7900 }, 8000), 8000, 10_000, 5);
    expect(far.messages.slice(0, 3).map(({ type }) => type)).toEqual(['stop', 'position', 'continue']);
    expect(follow([...before.messages, ...far.messages])?.tempoBpm).toBeCloseTo(140, 6);
    expect(follow([...before.messages, ...far.messages])?.originMs).toBeCloseTo(7900, 3);
  });

  it('tells a place that fits into its message, however long the song, and in the same place of its bar', () => {
    for (const hours of [0.1, 1, 5, 24]) {
      const atMs = hours * 3_600_000;
      const { messages } = send(keepPulse(silentSender, pulse, atMs), atMs, atMs + 700, 10);
      const position = messages.find((message) => message.type === 'position');
      const begun = messages.find(({ type }) => type === 'continue');
      expect(position?.sixteenths).toBeLessThan(16_384);
      const played = ((begun?.atMs ?? 0) - pulse.originMs) / (60_000 / pulse.tempoBpm / 4);
      for (const bar of [8, 12, 16]) expect((position?.sixteenths ?? 0) % bar).toBe(Math.round(played) % bar);
    }
  });

  it('stops', () => {
    const before = send(keepPulse(silentSender, pulse, 5000), 5000, 8000, 5);
    const { messages } = send(keepPulse(before.sender, null, 8000), 8000, 10_000, 5);
    expect(messages).toEqual([{ type: 'stop', atMs: 8000 }]);
  });
});
