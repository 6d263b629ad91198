import { describe, expect, it } from 'vitest';
import type { Pulse } from '../../timing/index.js';
import { beginMode, completeParams } from '../index.js';
import {
  heard,
  inOrder,
  key,
  type Performance,
  perform,
  type Scene,
  type TimedEvent,
} from '../virtual-time.js';
import { silentMetronome, withClicks } from './metronome.js';

const UNTIL_MS = 30_000;
const play = (
  params: Record<string, unknown>,
  events: TimedEvent[],
  mode: 'echo' | 'call-and-response' = 'echo',
  options: Partial<Performance> = {},
) =>
  perform(() => beginMode(mode, { tempo: 'fixed', ...params }), events, {
    seed: 1,
    generationMs: 20,
    untilMs: UNTIL_MS,
    ...options,
  });
const onsets = (scene: Scene, voice: 'melody' | 'click') =>
  heard(scene, UNTIL_MS).flatMap((action) =>
    action.type === 'noteOn' && action.voice === voice ? [Math.round(action.atMs)] : [],
  );
const pulse = (given: Pulse | null, atMs: number): TimedEvent[] => [{ type: 'pulse', pulse: given, atMs }];
/** Notes at the times of `places`, counted in quarters of `tempoBpm`. */
const tune = (tempoBpm: number, places: number[], fromMs = 1000) =>
  places.flatMap((place) => {
    const atMs = fromMs + (place * 60_000) / tempoBpm;
    return key(60, atMs, atMs + 80);
  });

describe('where the beat comes from', () => {
  const note = key(60, 10_300, 10_400);
  const tunePlaces = [0, 1, 1.5, 2, 3, 3.5, 4, 5, 5.5, 6, 7];
  it.each<[string, Record<string, unknown>, TimedEvent[], number]>([
    ['a fixed tempo: bars begin where the visitor does', { tempoBpm: 100 }, note, 10_300 + 2400],
    ['three beats to a bar', { metre: '3/4' }, note, 10_300 + 1500],
    ['six eighths to a bar', { metre: '6/8' }, note, 10_300 + 1500],
    [
      'taps: bars begin where the visitor does',
      { tempo: 'tapped' },
      [...pulse({ tempoBpm: 150, originMs: 6000 }, 7200), ...note],
      10_300 + 1600,
    ],
    [
      'taps, also with a metronome that nobody has heard yet',
      { tempo: 'tapped', metronome: 'on' },
      [...pulse({ tempoBpm: 150, originMs: 6000 }, 7200), ...note],
      10_300 + 1600,
    ],
    ['no taps yet: the tempo that is set', { tempo: 'tapped', tempoBpm: 100 }, note, 10_300 + 2400],
    [
      'MIDI clock: bars are those of its song, and an early key belongs to the bar to come',
      { tempo: 'midiClock' },
      [...pulse({ tempoBpm: 80, originMs: 1330 }, 5000), ...note],
      10_300 + 3000,
    ],
    [
      'MIDI clock that has stopped: the tempo that is set',
      { tempo: 'midiClock', tempoBpm: 100 },
      [...pulse({ tempoBpm: 80, originMs: 1300 }, 5000), ...pulse(null, 6000), ...note],
      10_300 + 2400,
    ],
    [
      'MIDI clock that is not asked for',
      { tempoBpm: 100 },
      [...pulse({ tempoBpm: 80, originMs: 1300 }, 5000), ...note],
      10_300 + 2400,
    ],
  ])('%s', (_name, params, events, answerMs) => {
    expect(onsets(play(params, events), 'melody')).toEqual([answerMs]);
  });

  it('the playing, once it is plain; and what is found holds for the next phrase', () => {
    const scene = play({ tempo: 'followed', tempoBpm: 110 }, [
      ...tune(97, tunePlaces),
      ...key(60, 20_000, 20_100),
    ]);
    const [first, ...rest] = onsets(scene, 'melody');
    const barMs = (4 * 60_000) / 97;
    expect(first).toBeGreaterThan(1000 + 3 * barMs - 30);
    expect(first).toBeLessThan(1000 + 3 * barMs + 30);
    expect(rest.at(-1)).toBeGreaterThan(20_000 + barMs - 30);
    expect(rest.at(-1)).toBeLessThan(20_000 + barMs + 30);
  });

  it('the playing, where nothing is said of it', () => {
    expect(completeParams('call-and-response', {})).toMatchObject({ tempo: 'followed' });
  });

  it('the tempo that is set, where the playing has none', () => {
    const scene = play({ tempo: 'followed', tempoBpm: 100 }, tune(60, [0, 0.37, 0.5, 1.13, 1.29]));
    expect(onsets(scene, 'melody')[0]).toBe(1000 + 2400);
  });
});

describe('an answer', () => {
  const beats: Performance['model'] = ({ steps }) =>
    Array.from({ length: steps }, (_, i) => (i % 4 ? -2 : 60));

  it('moves with the beat that is kept, at the same place in its bar', () => {
    const scene = play(
      { tempo: 'midiClock', responseBars: '2' },
      inOrder(
        pulse({ tempoBpm: 120, originMs: 0 }, 0),
        key(60, 2000, 2300),
        pulse({ tempoBpm: 100, originMs: 5000 - 2 * 600 }, 5000),
      ),
      'call-and-response',
      { model: beats },
    );
    expect(onsets(scene, 'melody')).toEqual([4000, 4500, 5000, 5600, 6200, 6800, 7400, 8000]);
  });

  it.each([2000, 3370, 5111])('begins on the bar lines that a band shares, to a call at %d', (callMs) => {
    const scene = play(
      { tempo: 'booth' },
      inOrder(pulse({ tempoBpm: 120, originMs: 130 }, 0), key(60, callMs, callMs + 200)),
      'call-and-response',
      { model: beats },
    );
    expect((onsets(scene, 'melody')[0] ?? 0) % 2000).toBe(130);
  });

  it('that was moved by beats because it was late stays where it is in its bar', () => {
    const scene = play(
      { tempo: 'midiClock', responseBars: '1' },
      inOrder(
        pulse({ tempoBpm: 120, originMs: 0 }, 0),
        key(60, 2000, 2300),
        pulse({ tempoBpm: 120, originMs: 40 }, 6100),
      ),
      'call-and-response',
      { model: beats, generationMs: 2800 },
    );
    expect(onsets(scene, 'melody')).toEqual([4500, 6000, 6540, 7040]);
  });

  it('is not planned anew for a clock that only jitters', () => {
    const jitter = Array.from({ length: 20 }, (_, i) =>
      pulse({ tempoBpm: 120 + Math.sin(i) / 200, originMs: Math.cos(i) }, 4000 + i * 100),
    ).flat();
    const scene = play(
      { tempo: 'midiClock', responseBars: '2' },
      inOrder(pulse({ tempoBpm: 120, originMs: 0 }, 0), key(60, 2000, 2300), jitter),
      'call-and-response',
      { model: beats },
    );
    expect(scene.effects.filter(({ effect }) => effect.type === 'plan').length).toBeLessThan(10);
  });

  it('swings', () => {
    const scene = play({ swing: 66 }, key(60, 1000, 1300), 'call-and-response', {
      model: ({ steps }) => Array.from({ length: steps }, (_, i) => (i % 2 ? -2 : 60)),
    });
    expect(onsets(scene, 'melody').slice(0, 4)).toEqual([3000, 3330, 3500, 3830]);
  });
});

describe('the metronome', () => {
  it('clicks on every beat from the first note on, whatever else is planned', () => {
    const scene = play({ metronome: 'on' }, [...tune(120, [0, 0.5, 1]), ...tune(120, [0], 9100)]);
    const clicks = onsets(scene, 'click');
    expect(clicks.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, beat) => 1000 + beat * 500));
    expect(new Set(clicks).size).toBe(clicks.length);
    expect(onsets(scene, 'melody').slice(0, 3)).toEqual([3000, 3250, 3500]);
  });

  it('moves to where the beat is tapped', () => {
    const scene = play({ metronome: 'on', tempo: 'tapped' }, [
      ...tune(120, [0]),
      ...pulse({ tempoBpm: 150, originMs: 2100 }, 2500),
    ]);
    expect(onsets(scene, 'click').slice(0, 7)).toEqual([1000, 1500, 2000, 2500, 2900, 3300, 3700]);
  });

  it('gives the visitor a beat to which their next phrase belongs', () => {
    const scene = play({ metronome: 'on' }, [...tune(120, [0]), ...tune(120, [0], 10_250)]);
    expect(onsets(scene, 'melody')).toEqual([3000, 10_250 + 2000]);
  });

  it.each([
    ['4/4', [0, 500, 1000, 1500], 4],
    ['2/4', [0, 500], 2],
    ['3/4', [0, 500, 1000], 3],
    ['6/8', [0, 750], 2],
  ])('in %s stresses the bar line', (metre, places, beats) => {
    const scene = play({ metronome: 'on', metre }, key(60, 1000, 1100));
    const clicks = heard(scene, 10_000).flatMap((action) =>
      action.type === 'noteOn' && action.voice === 'click' ? [action] : [],
    );
    expect(clicks.slice(0, beats).map(({ atMs }) => atMs - 1000)).toEqual(places);
    clicks.forEach(({ velocity }, i) => {
      expect(velocity).toBe(i % beats === 0 ? 100 : 70);
    });
  });

  it('counts a whole bar in, from a bar line on, when it is the visitor’s turn again', () => {
    const scene = play({ metronome: 'countIn' }, key(60, 1000, 1200));
    const clicks = heard(scene, UNTIL_MS).filter(({ voice, type }) => voice === 'click' && type === 'noteOn');
    expect(clicks.map((click) => [click.atMs, 'velocity' in click && click.velocity])).toEqual([
      [5000, 100],
      [5500, 70],
      [6000, 70],
      [6500, 70],
    ]);
  });

  it('leaves room for a count-in whose turn comes on a bar line, or a little after it', () => {
    const turn = { type: 'turn', turn: 'visitor' } as const;
    const grid = { originMs: 1000, tempoBpm: 120, beatsPerBar: 4 };
    const countIn = (nowMs: number) =>
      withClicks(silentMetronome, [turn], { grid, moved: false, setting: 'countIn', nowMs }).metronome
        .countInMs;
    expect([4900, 4990, 5000, 5002].map(countIn)).toEqual([5000, 7000, 7000, 7000]);
  });

  it('stops counting when the visitor plays', () => {
    const scene = play({ metronome: 'countIn' }, [...key(60, 1000, 1200), ...key(60, 6200, 6300)]);
    expect(onsets(scene, 'click').filter((onset) => onset < 8000)).toEqual([5000, 5500, 6000]);
  });

  it.each([
    ['on its last beat, as an upbeat', 8500, 11_000],
    ['on the beat that it leads to', 9010, 11_000],
    ['off the beat, in the bar after it', 9250, 11_000],
    ['when it is long forgotten: bars begin where the visitor does', 11_250, 13_250],
  ])('counts in the bars of what is played %s', (_name, noteMs, answerMs) => {
    const scene = play(
      { metronome: 'countIn', responseBars: '1' },
      [...key(60, 1000, 1200), ...key(60, noteMs, noteMs + 100)],
      'call-and-response',
      { model: ({ steps }) => Array.from({ length: steps }, (_, i) => (i === 0 ? 60 : -2)) },
    );
    expect(onsets(scene, 'melody')).toEqual([3000, answerMs]);
  });

  it('follows another tempo from the next bar line on, and falls silent when it is turned off', () => {
    const mode = beginMode('echo', { metronome: 'on' });
    const options = { seed: 1, generationMs: 0 };
    const before = perform(() => mode, key(60, 1000, 1100), { ...options, untilMs: 4_100 });
    mode.adjust({ metronome: 'on', tempoBpm: 60 });
    const faster = perform(() => mode, key(60, 6_100, 6_200), { ...options, untilMs: 12_000 });
    mode.adjust({ metronome: 'off', tempoBpm: 60 });
    const after = perform(() => mode, key(60, 30_000, 30_100), { ...options, untilMs: 60_000 });
    const scene = { effects: [...before.effects, ...faster.effects, ...after.effects] };
    const clicks = heard(scene, 60_000).flatMap((action) =>
      action.type === 'noteOn' && action.voice === 'click' ? [action.atMs] : [],
    );
    expect(clicks.filter((atMs) => atMs > 6_100 && atMs < 12_000)).toEqual([
      6500, 7000, 8000, 9000, 10_000, 11_000,
    ]);
    expect(clicks.filter((atMs) => atMs > 30_000)).toEqual([]);
  });
});
