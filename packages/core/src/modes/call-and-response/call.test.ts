import { describe, expect, it } from 'vitest';
import { beginMode } from '../index.js';
import { inOrder, key, notesOf, perform, type TimedEvent } from '../virtual-time.js';
import { all, beats, call, onsets, play, press, requests, UNTIL_MS } from './scene.fixture.js';

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

  it('counts the quarters that a call fills, however staccato it is or unevenly played', () => {
    const quarters = [1000, 1510, 1990, 2490].flatMap((atMs, i) => key(60 + i, atMs, atMs + 150));
    expect(requests(play({ shortestCall: 4 }, quarters))).toHaveLength(1);
    expect(requests(play({ shortestCall: 5 }, quarters))).toEqual([]);
  });

  it('counts a key that is still down when the bars are over', () => {
    const on = key(60, 1000, 10_000);
    expect(requests(play({ shortestCall: 8, callBars: '2' }, on))).toHaveLength(1);
    expect(requests(play({ shortestCall: 9, callBars: '2' }, on))).toEqual([]);
  });

  it('comes with the control however short the call is', () => {
    const scene = play({ shortestCall: 16 }, inOrder(call, press('endCall', 2200)));
    expect(all(scene, 'generate').map(({ atMs }) => atMs)).toEqual([2200]);
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
