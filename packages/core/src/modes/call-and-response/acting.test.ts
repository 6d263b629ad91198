import { describe, expect, it } from 'vitest';
import { heard, inOrder, key, type Scene, type TimedEvent } from '../virtual-time.js';
import { all, beats, between, call, onsets, play, press, requests, UNTIL_MS } from './scene.fixture.js';

describe('actions', () => {
  const bar = (scene: Scene, fromMs: number) =>
    between(onsets(scene), fromMs, fromMs + 2000).map((onset) => onset - fromMs);

  it('loop: the last answer comes again and again, until it is pressed once more', () => {
    const scene = play({}, inOrder(call, press('loop', 5500), press('loop', 13_500)), { model: beats() });
    expect(requests(scene)).toHaveLength(1);
    for (const fromMs of [5000, 7000, 9000, 11_000, 13_000]) expect(bar(scene, fromMs)).toHaveLength(4);
    expect(bar(scene, 15_000)).toEqual([]);
    expect(all(scene, 'turn').at(-1)).toMatchObject({ turn: 'visitor', atMs: 15_000 });
    expect(all(scene, 'switch').map(({ action, on }) => ({ action, on }))).toEqual([
      { action: 'loop', on: true },
      { action: 'loop', on: false },
    ]);
  });

  it('loop: yields to a new call and goes on with its answer', () => {
    const scene = play({}, inOrder([...call, ...key(50, 9600, 9700)], press('loop', 5500)), {
      model: (request, id) => beats(60 + id)(request),
    });
    const last = heard(scene, UNTIL_MS).filter(({ type, atMs }) => type === 'noteOn' && atMs > 20_000);
    expect(last.length).toBeGreaterThan(20);
    expect(new Set(last.map(({ pitch }) => pitch))).toEqual(new Set([62 - 12]));
  });

  it('mutate: the last answer is the seed of a new one on the next bar line', () => {
    const scene = play({}, inOrder(call, press('mutate', 9300)), { model: beats() });
    expect(requests(scene)[1]?.prompt).toEqual([
      ...(requests(scene)[0]?.prompt ?? []),
      ...beats()({ steps: 16 }),
    ]);
    expect(bar(scene, 11_000)).toHaveLength(4);
    expect(bar(scene, 13_000)).toEqual([]);
  });

  it('mutate: without an answer before it, nothing', () => {
    expect(play({}, press('mutate', 1000)).effects).toEqual([]);
  });

  it.each<[string, TimedEvent[], number]>([
    ['there was nothing to mutate', inOrder(call, press('mutate', 500)), 7000],
    [
      'the answer to mutate was called off',
      inOrder([...call, ...key(72, 3500, 3700)], press('mutate', 3200)),
      9000,
    ],
  ])('mutate: forgotten where %s, so that the next call has one answer', (_name, events, endMs) => {
    const times = onsets(play({}, events, { model: beats() }));
    expect(between(times, 5000, endMs).length).toBeGreaterThan(0);
    expect(between(times, endMs, UNTIL_MS)).toEqual([]);
  });

  it('solo: the machine stops listening and goes on by itself, until it is pressed once more', () => {
    const scene = play(
      {},
      inOrder([...call, ...key(72, 9600, 9700)], press('solo', 5500), press('solo', 15_500)),
      { model: beats() },
    );
    for (const fromMs of [5000, 7000, 9000, 11_000, 13_000, 15_000])
      expect(bar(scene, fromMs)).toHaveLength(4);
    expect(bar(scene, 17_000)).toEqual([]);
  });

  it('solo: begins from silence where nobody has played', () => {
    const scene = play({}, press('solo', 1000), { model: beats() });
    expect(requests(scene)[0]?.prompt).toEqual([]);
    expect(onsets(scene).length).toBeGreaterThan(30);
  });

  it('mute: the machine is not heard but goes on, and is heard again where it is by then', () => {
    const scene = play({ responseBars: '4' }, inOrder(call, press('mute', 6100), press('mute', 9100)), {
      model: beats(),
    });
    expect(onsets(scene)).toEqual([0, 1, 2, 9, 10, 11, 12, 13, 14, 15].map((beat) => 5000 + beat * 500));
  });

  it('clear: nothing sounds, loops or is remembered', () => {
    const scene = play({}, inOrder(call, press('loop', 5100), press('clear', 8100), press('mutate', 9000)), {
      model: beats(),
    });
    expect(between(onsets(scene), 8100, UNTIL_MS)).toEqual([]);
    expect(all(scene, 'turn').at(-1)).toMatchObject({ turn: 'visitor', atMs: 8100 });
  });
});
