import { describe, expect, it } from 'vitest';
import { AppError } from '../../app-error.js';
import { HOLD, type MelodyEvent, OFF } from '../../music/index.js';
import { modes } from '../registry.js';
import {
  heard,
  inOrder,
  key,
  meddler,
  notesOf,
  type Performance,
  type TimedEvent,
  visitor,
} from '../virtual-time.js';
import { all, beats, between, call, notices, onsets, play, requests, UNTIL_MS } from './scene.fixture.js';

describe('an answer that the engine has no time for', () => {
  const shed = new AppError('shed', 'too many requests');

  it('is asked for again a bar later, the same', () => {
    const model: Performance['model'] = (request, id) => (id === 1 ? shed : beats()(request));
    const scene = play({}, call, { model });
    const [first, second, ...more] = requests(scene);
    expect(second).toEqual({ ...first, deadlineMs: (first?.deadlineMs ?? 0) + 2000 });
    expect(more).toEqual([]);
    expect(onsets(scene)[0]).toBe(7000);
    expect(notices(scene)).toEqual([expect.stringMatching(/too many requests.*a bar later/)]);
  });

  it('is the call itself, a bar later, when there is no time for it then either', () => {
    const scene = play({}, call, { model: () => shed });
    expect(requests(scene)).toHaveLength(2);
    expect(onsets(scene)).toEqual([7000, 7500, 8000]);
  });

  it('is the call itself at once where the engine does not work', () => {
    const scene = play({}, call, { model: () => new AppError('runnerFailed', 'no runner is left') });
    expect(requests(scene)).toHaveLength(1);
    expect(onsets(scene)).toEqual([5000, 5500, 6000]);
  });
});

describe('an answer', () => {
  it('begins on the first bar line that can be reached, and keeps to the grid', () => {
    const times = notesOf(play({}, call)).map(({ onsetMs }) => onsetMs);
    expect(times[0]).toBeGreaterThanOrEqual(5000);
    expect(times[0]).toBeLessThan(7000);
    for (const onsetMs of times) expect((onsetMs - 1000) % 125).toBeCloseTo(0, 6);
  });

  it('is planned while it is still generated', () => {
    const scene = play({ responseBars: '4' }, call, { generationMs: 1000, model: beats() });
    expect(all(scene, 'plan')[0]?.atMs).toBeLessThan(3300);
    expect(onsets(scene)).toHaveLength(16);
  });

  it('that is late is moved by whole beats, and operators are told', () => {
    const scene = play({}, call, { generationMs: 3300 });
    expect(notices(scene)).toContainEqual(expect.stringMatching(/moved by \d beats/));
    const times = notesOf(scene).map(({ onsetMs }) => onsetMs);
    expect(new Set(times).size).toBe(times.length);
    for (const onsetMs of times) expect((onsetMs - 1000) % 125).toBeCloseTo(0, 6);
  });

  it('holds no note for longer than a bar, or than the call does', () => {
    const held: Performance['model'] = ({ steps }) =>
      Array.from({ length: steps }, (_, i) => (i < 12 && i % 4 === 0 ? 60 : HOLD));
    const longest = (events: TimedEvent[]) =>
      Math.max(
        ...notesOf(play({ responseBars: '4' }, events, { model: held })).map(({ durationMs }) => durationMs),
      );
    expect(longest(call)).toBe(2000);
    expect(longest([...call, ...key(72, 3000, 6000)])).toBe(3000);
  });

  it('swells and stresses as the call did', () => {
    const phrase = (velocities: number[]) =>
      velocities.flatMap((velocity, i) => key(60 + i, 1000 + i * 250, 1200 + i * 250, velocity));
    const velocities = (played: number[]) =>
      notesOf(
        play({}, phrase(played), {
          model: () => Array.from({ length: 16 }, (_, i) => (i % 2 ? HOLD : 60)),
        }),
      ).map(({ velocity }) => velocity);
    const growing = velocities([30, 40, 50, 60, 70, 80, 90, 100]);
    expect(growing.at(-1)).toBeGreaterThan((growing[0] as number) + 30);
    const accented = velocities([110, 50, 110, 50, 110, 50, 110, 50]);
    for (let i = 0; i < 8; i += 2) expect(accented[i]).toBeGreaterThan((accented[i + 1] as number) + 20);
    const even = velocities(Array(8).fill(70));
    expect(Math.min(...even)).toBeGreaterThan(60);
    expect(Math.max(...even)).toBeLessThan(80);
  });

  it('with almost no notes is asked for once more, a little hotter, before any of it sounds', () => {
    const bare = [62, ...Array(15).fill(HOLD)];
    const busy = Array.from({ length: 8 }, (_, i) => key(60, 1000 + i * 200, 1100 + i * 200)).flat();
    const scene = play({}, busy, {
      model: (request, id) => (id === 1 ? bare : beats()(request)),
    });
    expect(requests(scene).map(({ temperature }) => temperature)).toEqual([1, 1.25]);
    expect(all(scene, 'info').map(({ message }) => message)).toEqual([expect.stringMatching(/asked again/)]);
    expect(notices(scene)).toEqual([]);
    expect(onsets(scene)).toHaveLength(4);
  });

  it.each<[string, (id: number) => MelodyEvent[] | Error, RegExp]>([
    ['silent twice', () => Array(16).fill(OFF), /silence/],
    ['impossible', () => new Error('too slow'), /too slow/],
  ])('that is %s is the call again, and operators are told why', (_name, says, why) => {
    const scene = play({}, call, { model: (_request, id) => says(id) });
    expect(onsets(scene)).toEqual([5000, 5500, 6000]);
    expect(notesOf(scene).map(({ pitch }) => pitch)).toEqual([60, 64, 67]);
    expect(notices(scene)).toContainEqual(expect.stringMatching(why));
  });

  it('yields to a visitor who plays into it, and goes on beside them when told to', () => {
    const into = [...call, ...key(72, 5600, 5700)];
    const yielding = play({}, into, { model: beats() });
    expect(between(onsets(yielding), 5600, 7000)).toEqual([]);
    const together = play({ overlap: true }, into, { model: beats() });
    expect(between(onsets(together), 5000, 7000)).toEqual([5000, 5500, 6000, 6500]);
    for (const scene of [yielding, together]) {
      expect(requests(scene)).toHaveLength(2);
      expect(new Set(requests(scene)[1]?.prompt.filter((event) => event >= 0))).toEqual(new Set([72]));
    }
  });

  it('waits for the one that sounds when the next call is over before it', () => {
    const into = [...call, ...key(72, 5000, 5100)];
    const scene = play({ overlap: true, responseBars: '4' }, into, { model: beats() });
    expect(onsets(scene)).toEqual(Array.from({ length: 32 }, (_, beat) => 5000 + beat * 500));
  });

  it('is called off by a key before its first note, which belongs to the call', () => {
    for (const overlap of [false, true]) {
      const scene = play({ overlap }, [...call, ...key(72, 3500, 3700)]);
      expect(requests(scene)).toHaveLength(2);
      expect(requests(scene)[1]?.prompt).toEqual(expect.arrayContaining([60, 64, 67, 72]));
    }
  });
});

describe('whoever plays and presses what', () => {
  const settings: Record<string, unknown>[] = [
    { overlap: true },
    { overlap: true, endOfCall: 'silentBar', responseBars: '1' },
    { callBars: '1', responseBars: '2' },
    { overlap: true, callBars: '2', shortestCall: 2 },
    { endOfCall: 'control', metre: '3/4', tempoBpm: 171, tempo: 'tapped' },
    { metre: '6/8', swing: 60, metronome: 'on', tempo: 'followed' },
    { metronome: 'countIn', swing: 66, overlap: true },
  ];
  const crowd = (seed: number) =>
    inOrder(visitor(seed, 30_000), meddler(seed, modes['call-and-response'].actions, 30_000));
  const seeds = Array.from({ length: 12 }, (_, i) => i + 1);
  /** Fails and falls silent now and then. */
  const moody: Performance['model'] = ({ steps, allowedPitches }, id) =>
    id % 5 === 0
      ? new Error('shed')
      : Array.from({ length: steps }, (_, i) =>
          id % 4 === 0 || i % 3 ? HOLD : (allowedPitches?.[(id * 7 + i) % allowedPitches.length] as number),
        );

  it.each(settings)('%o: notes lie within a piano, in time and apart, and all end', (params) => {
    for (const seed of seeds) {
      const scene = play(params, crowd(seed), { seed, model: moody, generationMs: (seed % 4) * 700 });
      const held = new Set<string>();
      const actions = heard(scene, 4 * UNTIL_MS);
      for (const { type, voice, pitch } of actions) {
        expect(pitch).toBeGreaterThanOrEqual(21);
        expect(pitch).toBeLessThanOrEqual(108);
        expect(held.has(`${voice}${pitch}`)).toBe(type === 'noteOff');
        if (type === 'noteOn') held.add(`${voice}${pitch}`);
        else held.delete(`${voice}${pitch}`);
      }
      expect(held).toEqual(new Set());
      for (const { atMs, fromMs } of all(scene, 'plan')) expect(fromMs).toBeGreaterThanOrEqual(atMs - 1e-6);
      const times = onsets(scene);
      times.forEach((onset, i) => {
        if (i > 0) expect(onset - (times[i - 1] as number)).toBeGreaterThan(50);
      });
    }
  });

  it.each(settings)('%o: the same again when it is resumed between any two events', (params) => {
    for (const seed of seeds.slice(0, 4)) {
      const once = (revive: boolean) => play(params, crowd(seed), { seed, model: moody, revive });
      expect(once(true)).toEqual(once(false));
    }
  });
});
