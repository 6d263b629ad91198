import type { KeyEvent } from '@antiphon/core/music';
import type { Plan } from '@antiphon/core/timing';
import { describe, expect, it } from 'vitest';
import type { Sound } from '../sound/sampler.js';
import { MachinePart } from './machine-part.js';
import { happenedMs, VisitorPart } from './visitor-part.js';

/** Writes down what it is asked to play. */
class FakeSampler {
  readonly calls: string[] = [];

  press({ part, pitch, instrument }: Sound, atSeconds: number): void {
    this.calls.push(`press ${part} ${pitch} ${instrument} ${atSeconds}`);
  }

  release(part: string, pitch: number, atSeconds: number): void {
    this.calls.push(`release ${part} ${pitch} ${atSeconds}`);
  }

  secondsAt(performanceMs: number): number {
    return performanceMs / 1000;
  }
}

describe('the visitor’s part', () => {
  function visitor() {
    const sampler = new FakeSampler();
    const events: KeyEvent[] = [];
    return { sampler, events, part: new VisitorPart(sampler, (event) => events.push(event)) };
  }

  it('strikes a key again that is down already, and releases it once', () => {
    const { part, events } = visitor();
    part.press({ pitch: 60 }, 80, 0);
    part.press({ pitch: 60 }, 90, 10);
    part.release({ pitch: 60 }, 20);
    part.release({ pitch: 60 }, 30);
    expect(events.map(({ type, atMs }) => `${type} ${atMs}`)).toEqual([
      'noteOn 0',
      'noteOff 10',
      'noteOn 10',
      'noteOff 20',
    ]);
  });

  it('tells a pad’s release from that of the key of its number', () => {
    const { part, events } = visitor();
    part.press({ pitch: 36, channel: 9 }, 80, 0);
    part.press({ pitch: 36, channel: 0 }, 80, 1);
    part.release({ pitch: 36, channel: 9 }, 2);
    part.release({ pitch: 36, channel: 0 }, 3);
    expect(events.map(({ type, channel, atMs }) => `${type} ${channel} ${atMs}`)).toEqual([
      'noteOn 9 0',
      'noteOff 9 1',
      'noteOn 0 1',
      'noteOff 0 3',
    ]);
  });

  it('sounds on under the pedal, and stops when it is lifted', () => {
    const { part, sampler, events } = visitor();
    part.pedal(127, 0);
    part.press({ pitch: 60 }, 80, 1);
    part.release({ pitch: 60 }, 2);
    expect(sampler.calls).toEqual(['press visitor 60 piano 0']);
    part.pedal(0, 3);
    expect(sampler.calls.at(-1)).toBe('release visitor 60 0');
    expect(events.map(({ type }) => type)).toEqual(['control', 'noteOn', 'noteOff', 'control']);
  });

  it('lets go of everything at once', () => {
    const { part, sampler, events } = visitor();
    part.pedal(127, 0);
    part.press({ pitch: 60 }, 80, 1);
    part.press({ pitch: 64 }, 80, 1);
    part.releaseAll(5);
    expect(sampler.calls.filter((call) => call.startsWith('release'))).toHaveLength(2);
    expect(events.filter(({ type }) => type === 'noteOff')).toHaveLength(2);
  });

  it('believes an event’s own time unless it cannot be right', () => {
    expect(happenedMs(995, 1_000)).toBe(995);
    expect(happenedMs(0, 1_000)).toBe(1_000);
    expect(happenedMs(1_700_000_000_000, 1_000)).toBe(1_000);
  });
});

describe('the machine’s part', () => {
  const OFFSET_MS = 100_000;
  const plan: Plan = {
    revision: 1,
    fromMs: OFFSET_MS,
    commitUntilMs: OFFSET_MS,
    notes: [0, 500].map((onsetMs) => ({
      voice: 'melody',
      pitch: 72,
      velocity: 80,
      onsetMs: OFFSET_MS + 1_000 + onsetMs,
      durationMs: 400,
    })),
  };

  function machine() {
    const sampler = new FakeSampler();
    const played: string[] = [];
    const part = new MachinePart(sampler, (actions) =>
      played.push(...actions.map(({ type, atMs }) => `${type} ${atMs - OFFSET_MS}`)),
    );
    return { sampler, played, part };
  }

  it('hands notes over shortly before they sound, for their exact time', () => {
    const { part, sampler, played } = machine();
    part.take(plan);
    part.playDue(900, OFFSET_MS);
    expect(sampler.calls).toEqual([]);
    part.playDue(930, OFFSET_MS);
    expect(sampler.calls).toEqual(['press melody 72 vibraphone 1']);
    part.playDue(1_600, OFFSET_MS);
    expect(played).toEqual(['noteOn 1000', 'noteOff 1400', 'noteOn 1500']);
  });

  it('stays silent once hushed, also when more of the answer arrives, until the visitor plays', () => {
    const { part, played } = machine();
    part.take(plan);
    part.playDue(1_000, OFFSET_MS);
    part.hush(OFFSET_MS + 1_100);
    part.take({ ...plan, revision: 2 });
    part.playDue(1_600, OFFSET_MS);
    expect(played).toEqual(['noteOn 1000', 'noteOff 1100']);
    part.giveWay(1_900, OFFSET_MS);
    const later = plan.notes.map((note) => ({ ...note, onsetMs: note.onsetMs + 2_000 }));
    part.take({ ...plan, revision: 3, notes: later });
    part.playDue(3_000, OFFSET_MS);
    expect(played.at(-1)).toBe('noteOn 3000');
  });

  it('stops what it plays to an empty room at the first key, and no duet', () => {
    const { part, sampler, played } = machine();
    part.take({ ...plan, alone: true });
    part.playDue(1_100, OFFSET_MS);
    part.giveWay(1_200, OFFSET_MS);
    part.playDue(1_600, OFFSET_MS);
    expect(sampler.calls).toEqual(['press melody 72 vibraphone 1', 'release melody 72 1.2']);
    expect(played).toEqual(['noteOn 1000', 'noteOff 1200']);
    part.take({
      ...plan,
      revision: 2,
      notes: plan.notes.map((note) => ({ ...note, onsetMs: note.onsetMs + 1_000 })),
    });
    part.playDue(2_000, OFFSET_MS);
    part.giveWay(2_100, OFFSET_MS);
    expect(played.at(-1)).toBe('noteOn 2000');
  });

  it('says how late notes were handed over', () => {
    const { part } = machine();
    part.take(plan);
    expect(part.takeLatenessP99()).toBeNull();
    part.playDue(1_030, OFFSET_MS);
    expect(part.takeLatenessP99()).toBe(30);
    expect(part.takeLatenessP99()).toBeNull();
  });
});
