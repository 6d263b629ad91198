import { describe, expect, it } from 'vitest';
import { AppError } from '../../app-error.js';
import { HOLD, type MelodyEvent, OFF } from '../../music/index.js';
import type { Action } from '../action.js';
import { beginMode } from '../index.js';
import type { Effect } from '../mode.js';
import {
  heard,
  inOrder,
  key,
  meddler,
  notesOf,
  type Performance,
  perform,
  type Scene,
  type TimedEvent,
  visitor,
} from '../virtual-time.js';
import { actions } from './acting.js';

/** One bar at 120 BPM: its bar lines are at 1000, 3000, 5000 and so on. */
const call = [...key(60, 1000, 1200), ...key(64, 1500, 1700), ...key(67, 2000, 2400)];
const press = (action: Action, atMs: number): TimedEvent[] => [{ type: 'action', action, atMs }];
const UNTIL_MS = 40_000;

const play = (params: Record<string, unknown>, events: TimedEvent[], options: Partial<Performance> = {}) =>
  perform(() => beginMode('call-and-response', { tempo: 'fixed', ...params }), events, {
    seed: 4,
    generationMs: 30,
    untilMs: UNTIL_MS,
    ...options,
  });
type Of<Type extends Effect['type']> = Extract<Effect, { type: Type }> & { atMs: number };
const all = <Type extends Effect['type']>(scene: Scene, type: Type): Of<Type>[] =>
  scene.effects.flatMap(({ atMs, effect }) =>
    effect.type === type ? [{ ...effect, atMs } as Of<Type>] : [],
  );
const requests = (scene: Scene) => all(scene, 'generate').map(({ request }) => request);
const notices = (scene: Scene) => all(scene, 'notice').map(({ message }) => message);
const onsets = (scene: Scene) =>
  heard(scene, UNTIL_MS).flatMap((action) =>
    action.type === 'noteOn' && action.voice === 'melody' ? [action.atMs] : [],
  );
const between = (times: number[], fromMs: number, untilMs: number) =>
  times.filter((time) => time >= fromMs && time < untilMs);
/** A note on each beat. */
const beats =
  (pitch = 62) =>
  ({ steps }: { steps: number }): MelodyEvent[] =>
    Array.from({ length: steps }, (_, step) => (step % 4 === 0 ? pitch : HOLD));

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

describe('the end of a call', () => {
  const one = (until: number): TimedEvent[] => key(60, 1000, until);
  it.each<[string, Record<string, unknown>, TimedEvent[], number]>([
    ['comes 600 ms after the last release', {}, call, 3000],
    ['comes with a silent bar', { endOfCall: 'silentBar' }, call, 5000 - 120],
    [
      'comes with the control, whatever is held',
      { endOfCall: 'control' },
      inOrder(call, press('endCall', 2200)),
      2200,
    ],
    [
      'comes with the control before a pause does',
      {},
      inOrder([...call, ...key(72, 2500, 2700)], press('endCall', 2750)),
      2750,
    ],
    ['comes after eight bars, even while a key is down', {}, one(60_000), 17_000 - 120],
    ['comes after eight bars when the control is not used', { endOfCall: 'control' }, call, 17_000 - 120],
    ['comes after the bars it is given', { callBars: '2' }, call, 5000 - 120],
  ])('%s', (_name, params, events, atMs) => {
    expect(all(play(params, events), 'generate')[0]?.atMs).toBe(atMs);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'comes after %d bars, whatever is played, and the answer has as many as it is told',
    (bars) => {
      const on = Array.from({ length: 40 }, (_, i) =>
        key(60 + (i % 5), 1000 + i * 500, 1400 + i * 500),
      ).flat();
      const asked = all(play({ callBars: `${bars}`, responseBars: `${9 - bars}` }, on), 'generate')[0];
      expect(asked?.atMs).toBe(1000 + bars * 2000 - 120);
      expect(asked?.request.prompt).toHaveLength(bars * 16);
      expect(asked?.request.steps).toBe((9 - bars) * 16);
    },
  );

  it('is in the tempo of the playing, and so is the answer, where that is followed', () => {
    const beatMs = 60_000 / 93;
    const places = [0, 1, 1.5, 2, 3, 3.5, 4, 5, 5.5, 6, 7];
    const tune = places.flatMap((place, i) =>
      key(60 + (i % 5), 1000 + place * beatMs, 1000 + (place + 0.4) * beatMs),
    );
    const scene = play({ tempo: 'followed' }, tune, { model: beats() });
    const prompt = requests(scene)[0]?.prompt ?? [];
    expect(prompt.flatMap((event, step) => (event >= 0 ? [step / 4] : []))).toEqual(places);
    const times = onsets(scene);
    expect(times).toHaveLength(8);
    times.forEach((onset, i) => {
      expect(Math.abs(onset - (1000 + (12 + i) * beatMs))).toBeLessThan(25);
    });
  });

  it('is politely passed over when the call is too short', () => {
    const scene = play({ shortestCall: 4 }, call);
    expect(requests(scene)).toEqual([]);
    expect(all(scene, 'turn').map(({ turn }) => turn)).toEqual(['listening', 'visitor']);
  });
});

describe('what a model is asked', () => {
  it('is to go on from the call, for as many bars', () => {
    expect(requests(play({}, call))[0]).toMatchObject({
      steps: 16,
      prompt: [60, -2, -1, -2, 64, -2, -1, -2, 67, -2, -2, -1, -2, -2, -2, -2],
    });
  });

  it('follows the bars and the temperature that are set, also while it plays', () => {
    const mode = beginMode('call-and-response', { responseBars: '3' });
    const scene = perform(() => mode, call, { seed: 1, generationMs: 30, untilMs: 20_000 });
    mode.adjust({ temperature: 0.3 });
    const next = perform(
      () => mode,
      key(60, 21_000, 21_200).map((event) => event),
      { seed: 1, generationMs: 30, untilMs: UNTIL_MS },
    );
    expect(requests(scene)[0]).toMatchObject({ steps: 48, temperature: 1 });
    expect(requests(next)[0]).toMatchObject({ steps: 16, temperature: 0.3 });
  });

  it('is to go on from a call that fills its bar, again and again where it was short', () => {
    const prompt = (events: TimedEvent[]) => requests(play({}, events))[0]?.prompt;
    const beat = [64, -2, -1, -2];
    expect(prompt(key(64, 1000, 1250))).toEqual([...beat, ...beat, ...beat, ...beat]);
    const half = [64, -2, -1, -2, -2, 67, -1, -2];
    expect(prompt([...key(64, 1000, 1250), ...key(67, 1625, 1750)])).toEqual([...half, ...half]);
  });

  it('is the top line of chords, in their harmony', () => {
    const chords = [
      [60, 64, 67],
      [65, 69, 72],
      [67, 71, 74],
    ].flatMap((pitches, i) =>
      pitches.flatMap((pitch) => key(pitch, 1000 + i * 500 + (pitch % 3) * 8, 1400 + i * 500)),
    );
    const request = requests(play({}, inOrder(chords)))[0];
    expect(request?.prompt.filter((event) => event >= 0)).toEqual([67, 72, 74].map((pitch) => pitch));
    const classes = new Set(request?.allowedPitches?.map((pitch) => pitch % 12));
    expect([...classes].sort((a, b) => a - b)).toEqual([0, 2, 4, 5, 7, 9, 11]);
  });

  it('holds notes that the sustain pedal holds, also from before the call', () => {
    const pedal = (value: number, atMs: number): TimedEvent[] => [
      { type: 'control', controller: 64, value, atMs },
    ];
    const prompt = (...pedals: TimedEvent[][]) => requests(play({}, inOrder(call, ...pedals)))[0]?.prompt;
    expect(prompt(pedal(127, 500), pedal(0, 2900))).toEqual([
      ...[60, -2, -2, -2, 64, -2, -2, -2, 67, -2, -2, -2, -2, -2, -2, -1],
    ]);
    expect(prompt(pedal(127, 1600), pedal(0, 1800))).toEqual([
      ...[60, -2, -1, -2, 64, -2, -1, -2, 67, -2, -2, -1, -2, -2, -2, -2],
    ]);
  });

  it('is moved by octaves to where models are at home, and back', () => {
    for (const octave of [-36, 36]) {
      const moved = call.map((event) =>
        'pitch' in event ? { ...event, pitch: event.pitch + octave } : event,
      );
      const scene = play({}, moved);
      expect(Math.min(...(requests(scene)[0]?.allowedPitches ?? []))).toBeGreaterThanOrEqual(48);
      const pitches = notesOf(scene).map(({ pitch }) => pitch);
      expect(Math.min(...pitches)).toBeGreaterThanOrEqual(60 + octave - 5);
      expect(Math.max(...pitches)).toBeLessThanOrEqual(67 + octave + 7);
    }
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
    expect(notices(scene)).toEqual([expect.stringMatching(/asked again/)]);
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
  const crowd = (seed: number) => inOrder(visitor(seed, 30_000), meddler(seed, actions, 30_000));
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
