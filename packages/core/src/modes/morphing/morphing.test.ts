import { describe, expect, it } from 'vitest';
import {
  type KeyedMelody,
  keyOf,
  lengthOf,
  melodyOf,
  quantize,
  relativeDistance,
  type Sound,
  soundsOfLine,
  stepMs,
  topLine,
  type VoicedNote,
} from '../../music/index.js';
import { createRandom } from '../../random.js';
import { beginMode } from '../run.js';
import { inOrder, key, type Performance, perform, type Scene, type TimedEvent } from '../virtual-time.js';
import { between } from './between.js';
import { boundOf } from './bound.js';
import { vary } from './vary.js';

const TUNE: [pitch: number | null, steps: number][] = [
  [60, 4],
  [62, 4],
  [64, 4],
  [60, 4],
  [65, 2],
  [64, 2],
  [62, 4],
  [60, 6],
  [null, 2],
  [67, 4],
  [69, 4],
  [67, 2],
  [65, 2],
  [64, 4],
  [60, 8],
  [null, 8],
];
const OTHER: typeof TUNE = [
  [76, 2],
  [74, 2],
  [72, 4],
  [null, 4],
  [71, 4],
  [72, 12],
  [null, 4],
];
const keyed = (sounds: readonly Sound[]): KeyedMelody => ({
  sounds,
  key: keyOf(sounds.flatMap(({ pitch, steps }) => (pitch === null ? [] : [{ pitch, weight: steps }]))),
});
const melody = (tune: typeof TUNE) => keyed(tune.map(([pitch, steps]) => ({ pitch, steps })));
const START_MS = 1000;
const STEP_MS = 125;
const GRID = { originMs: START_MS, tempoBpm: 120, beatsPerBar: 4 };

/** A visitor who plays a tune. */
function played(tune: typeof TUNE, startMs = START_MS): TimedEvent[] {
  let step = 0;
  return tune.flatMap(([pitch, steps]) => {
    const onMs = startMs + step * STEP_MS;
    step += steps;
    return pitch === null ? [] : key(pitch, onMs, onMs + steps * STEP_MS - 5);
  });
}

const play = (
  params: Record<string, unknown>,
  events: TimedEvent[],
  options: Partial<Performance> = {},
): Scene =>
  perform(() => beginMode('morphing', { tempo: 'fixed', ...params }), inOrder(events), {
    seed: 1,
    generationMs: 10,
    untilMs: 100_000,
    ...options,
  });

/** All that sounds in the end, by voice. */
function soundOf({ effects }: Scene, voice: string): VoicedNote[] {
  let notes: VoicedNote[] = [];
  for (const { effect } of effects)
    if (effect.type === 'plan')
      notes = [...notes.filter(({ onsetMs }) => onsetMs < effect.fromMs), ...effect.notes];
  return notes.filter((note) => note.voice === voice);
}

/** The melody of each pass of four bars. */
function passesOf(scene: Scene, bars = 4): KeyedMelody[] {
  const notes = soundOf(scene, 'melody');
  const firstMs = Math.floor(((notes[0]?.onsetMs ?? 0) - START_MS) / 2000 + 1e-6) * 2000 + START_MS;
  const passMs = bars * 2000;
  const count = Math.ceil(((notes.at(-1)?.onsetMs ?? 0) - firstMs) / passMs);
  return Array.from({ length: count }, (_, i) => {
    const originMs = firstMs + i * passMs;
    const own = notes.filter(({ onsetMs }) => onsetMs >= originMs - 1 && onsetMs < originMs + passMs - 1);
    const sounds = soundsOfLine(topLine(quantize(own, { ...GRID, originMs })), 0);
    const rest = bars * 16 - lengthOf(sounds);
    return keyed(rest > 0 ? [...sounds, { pitch: null, steps: rest }] : sounds);
  });
}

/** Which note begins where. */
const placed = (sounds: readonly Sound[]) => {
  let at = 0;
  return sounds.flatMap(({ pitch, steps }) => {
    at += steps;
    return pitch === null ? [] : [`${pitch} at ${at - steps}`];
  });
};

const even = { ornament: 1, rhythm: 1, pitch: 1 };
const usual = { ornament: 0.6, rhythm: 0.4, pitch: 0.4 };

describe('varying', () => {
  const theme = melody(TUNE);
  const long = melody([
    ...TUNE,
    ...TUNE.map(([pitch, steps]): (typeof TUNE)[number] => [pitch && pitch + 7, steps]),
  ]);
  const varied = (closeness: number, seed: number, { strengths = even, of = theme } = {}) =>
    vary(of, {
      reference: of,
      atMost: boundOf({ closeness }),
      strengths,
      grid: GRID,
      random: createRandom(seed).next,
    });
  const mean = (closeness: number, options: Parameters<typeof varied>[2] = {}) => {
    const seeds = Array.from({ length: 40 }, (_, i) => i + 1);
    return seeds.reduce((sum, seed) => sum + varied(closeness, seed, options).distance, 0) / seeds.length;
  };
  const lengths = [
    ['four', theme],
    ['eight', long],
  ] as const;

  it.each([1, 0.95, 0.9, 0.75, 0.5, 0.25, 0])(
    'stays within the distance that a closeness of %d allows, and uses it',
    (closeness) => {
      const bound = boundOf({ closeness });
      for (const [, of] of lengths) {
        for (let seed = 1; seed <= 40; seed++) {
          const { sounds, distance } = varied(closeness, seed, { of });
          expect(distance).toBeCloseTo(relativeDistance(of, { sounds, key: of.key }), 9);
          expect(distance).toBeLessThanOrEqual(bound + 1e-9);
          expect(lengthOf(sounds)).toBe(lengthOf(of.sounds));
          for (const { steps } of sounds) expect(steps).toBeGreaterThan(0);
        }
        expect(mean(closeness, { of })).toBeGreaterThanOrEqual(0.75 * bound);
      }
    },
  );

  it.each(lengths)('goes further with less closeness, from end to end, in a melody of %s bars', (_, of) => {
    const away = [1, 0.75, 0.5, 0.25, 0].map((closeness) => mean(closeness, { of, strengths: usual }));
    expect(away[0]).toBe(0);
    for (let i = 1; i < 4; i++) expect((away[i] as number) - (away[i - 1] as number)).toBeGreaterThan(0.04);
    expect((away[4] as number) - (away[2] as number)).toBeGreaterThan(0.05);
  });

  it.each(['ornament', 'rhythm', 'pitch'])('goes further the stronger its %s is', (name) => {
    const none = { ornament: 0, rhythm: 0, pitch: 0 };
    for (const [, of] of lengths) {
      const away = [0, 0.1, 0.4, 1].map((strength) =>
        mean(0, { of, strengths: { ...none, [name]: strength } }),
      );
      expect(away[0]).toBe(0);
      for (let i = 1; i < 4; i++)
        expect((away[i] as number) - (away[i - 1] as number)).toBeGreaterThan(0.015);
      expect(away[1]).toBeLessThan((away[3] as number) / 2);
    }
  });

  it('keeps the ends of phrases longest', () => {
    const kept = (step: number, pitch: number) =>
      Array.from({ length: 60 }, (_, i) => varied(0.7, i + 1)).filter(({ sounds }) => {
        let at = 0;
        return sounds.some((sound) => {
          const isThere = at === step && sound.pitch === pitch;
          at += sound.steps;
          return isThere;
        });
      }).length;
    const ends = kept(24, 60) + kept(48, 60);
    const within = kept(18, 64) + kept(42, 65);
    expect(ends).toBeGreaterThan(within);
  });

  it('keeps the turns of the contour longer than what lies between them', () => {
    const line: [number, number][] = [60, 62, 64, 65, 67, 65, 64, 62, 60, 62, 64, 65, 67, 65, 64, 62].map(
      (pitch) => [pitch, 4],
    );
    const wave = melody(line);
    const turns = [16, 32, 48];
    const between = [24, 40, 56];
    const kept = (steps: number[]) =>
      Array.from({ length: 60 }, (_, seed) =>
        vary(wave, {
          reference: wave,
          atMost: 0.12,
          strengths: even,
          grid: GRID,
          random: createRandom(seed + 1).next,
        }),
      ).reduce((sum, { sounds }) => {
        const there = placed(sounds);
        return sum + steps.filter((step) => there.includes(`${line[step / 4]?.[0]} at ${step}`)).length;
      }, 0);
    expect(kept(turns)).toBeGreaterThan(kept(between));
  });

  it('only puts notes between the others when nothing but ornament is strong', () => {
    let more = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const { sounds } = varied(0, seed, { strengths: { ornament: 1, rhythm: 0, pitch: 0 } });
      expect(placed(sounds)).toEqual(expect.arrayContaining(placed(theme.sounds)));
      more += placed(sounds).length - placed(theme.sounds).length;
    }
    expect(more).toBeGreaterThan(40);
  });

  it.each([
    ['pitch', (tune: readonly Sound[]) => tune.map(({ steps }) => steps)],
    ['rhythm', (tune: readonly Sound[]) => new Set(tune.map(({ pitch }) => pitch))],
  ] as const)('changes nothing but the %s when only that is strong', (name, essence) => {
    for (let seed = 1; seed <= 20; seed++) {
      const { sounds } = varied(0, seed, { strengths: { ornament: 0, rhythm: 0, pitch: 0, [name]: 1 } });
      if (name === 'pitch') expect(essence(sounds)).toEqual(essence(theme.sounds));
      else for (const pitch of essence(sounds)) expect(essence(theme.sounds)).toContain(pitch);
    }
  });

  it('leaves the melody alone when nothing is strong', () => {
    expect(varied(0, 1, { strengths: { ornament: 0, rhythm: 0, pitch: 0 } }).sounds).toEqual(theme.sounds);
  });
});

describe('the way between two melodies', () => {
  const [first, second] = [melody(TUNE), melody(OTHER)];
  it('begins with the one, ends with the other, and comes nearer all the time', () => {
    expect(between(first, second, 0).sounds).toEqual(first.sounds);
    expect(between(first, second, 1).sounds).toEqual(second.sounds);
    const away = [0, 0.25, 0.5, 0.75, 1].map((share) =>
      relativeDistance({ ...between(first, second, share), key: second.key }, second),
    );
    for (let i = 1; i < away.length; i++) expect(away[i]).toBeLessThanOrEqual((away[i - 1] as number) + 1e-9);
    expect(away[2]).toBeLessThan(away[0] as number);
  });
});

describe('morphing', () => {
  it.each([
    [{ passes: 0 }, true],
    [{ passes: 3 }, false],
  ])('with %o is endless: %s', (params, isEndless) => {
    const mode = beginMode('morphing', params);
    expect(mode.isEndless).toBe(false);
    perform(() => mode, played(TUNE), { seed: 1, generationMs: 20, untilMs: 300_000 });
    expect(mode.isEndless).toBe(isEndless);
  });

  it('brings the melody back on the bar line, as often as it was told, with a bass beneath', () => {
    const scene = play({ passes: 3 }, played(TUNE));
    const passes = passesOf(scene);
    expect(passes).toHaveLength(3);
    const onsets = soundOf(scene, 'melody').map(({ onsetMs }) => onsetMs);
    expect(onsets[0]).toBeCloseTo(START_MS + 8000, 6);
    const bass = soundOf(scene, 'bass');
    expect(bass.length).toBeGreaterThan(12);
    for (const { pitch } of bass) expect(pitch).toBeLessThan(60);
    for (const onsetMs of bass.map((note) => note.onsetMs))
      expect((onsetMs - START_MS) % STEP_MS).toBeCloseTo(0, 6);
    const told = scene.effects.flatMap(({ effect }) => (effect.type === 'info' ? [effect.message] : []));
    expect(told).toHaveLength(3);
    expect(told[0]).toMatch(/^pass 1: \d+ % from the melody, at most 12 %$/);
  });

  it('is as loud as the visitor was at the same place, and the bass as much softer as it is told', () => {
    const growing = played(TUNE).map((event, i) =>
      event.type === 'noteOn' ? { ...event, velocity: 30 + i * 3 } : event,
    );
    const theirs = growing.flatMap((event) => (event.type === 'noteOn' ? [event.velocity] : []));
    const scene = play({ closeness: 1, passes: 2, bassLoudness: 0.5 }, growing);
    const melodyOnce = soundOf(scene, 'melody').slice(0, theirs.length);
    expect(melodyOnce.map(({ velocity }) => velocity)).toEqual(theirs);
    const bass = soundOf(scene, 'bass').slice(0, 3);
    for (const { velocity } of bass) expect(velocity).toBeLessThan(30);
  });

  it('changes its plain bass with the beats of 6/8', () => {
    const notes = [60, 64, 67, 65, 69, 72, 67, 71, 74, 60, 64, 67];
    const jig = notes.flatMap((pitch, i) => key(pitch, START_MS + i * 250, START_MS + i * 250 + 240));
    const scene = play({ metre: '6/8', passes: 1, closeness: 1 }, jig, { model: () => new Error('none') });
    const startMs = soundOf(scene, 'melody')[0]?.onsetMs ?? 0;
    const bass = soundOf(scene, 'bass').map(({ pitch, onsetMs }) => [(onsetMs - startMs) / 125, pitch % 12]);
    expect(bass).toEqual([
      [0, 0],
      [6, 5],
      [12, 7],
      [18, 0],
    ]);
  });

  it('plays the melody itself when closeness is 1', () => {
    const theme = melody(TUNE);
    for (const pass of passesOf(play({ closeness: 1, passes: 2 }, played(TUNE))))
      expect(relativeDistance(theme, pass)).toBeCloseTo(0, 2);
  });

  it('stays near the melody around it, and drifts away from it otherwise', () => {
    const theme = melody(TUNE);
    const away = (path: string) => {
      const passes = passesOf(
        play({ path, closeness: 0.72, passes: 10 }, played(TUNE), { untilMs: 200_000 }),
      );
      return passes.map((pass) => relativeDistance(theme, { ...pass, key: theme.key }));
    };
    for (const distance of away('around')) expect(distance).toBeLessThan(0.09);
    expect(Math.max(...away('drift').slice(-3))).toBeGreaterThan(0.1);
  });

  it('goes from one visitor’s melody to the next one’s', () => {
    const secondMs = 40_000;
    const scene = play({ path: 'between', passes: 4 }, [...played(TUNE), ...played(OTHER, secondMs)]);
    const later = {
      effects: scene.effects
        .filter(({ atMs }) => atMs > secondMs)
        .map(({ atMs, effect }) => ({ atMs, effect })),
    };
    const notes = soundOf(later, 'melody');
    const last = notes.slice(-5).map(({ pitch }) => pitch);
    expect(last).toEqual([76, 74, 72, 71, 72]);
    expect(notes.slice(0, 5).map(({ pitch }) => pitch)).not.toEqual(last);
  });

  it('asks for the bass a beat at a time, under the melody that is played', () => {
    const requests = play({ closeness: 1, passes: 1 }, played(TUNE)).effects.flatMap(({ effect }) =>
      effect.type === 'generate' ? [effect.request] : [],
    );
    const events = melodyOf(
      topLine(
        quantize(soundOf(play({ closeness: 1, passes: 1 }, played(TUNE)), 'melody'), {
          ...GRID,
          originMs: 9000,
        }),
      ),
      64,
    );
    expect(requests).toHaveLength(16);
    for (const [i, { role, prompt, steps, chords = [], bass = [] }] of requests.entries()) {
      expect(role).toBe('accompaniment');
      expect(prompt.filter((event) => event >= 0)).toEqual(
        events.slice(0, 4 * i).filter((event) => event >= 0),
      );
      expect(steps).toBe(4);
      expect([chords.length, bass.length]).toEqual(i === 0 ? [4, 1] : [4 * i, 4 * i]);
    }
  });

  it('plays a plain bass when no model gives one, and says why', () => {
    const cadence = [60, 64, 65, 69, 67, 71, 72, 60].map((pitch): (typeof TUNE)[number] => [pitch, 4]);
    const scene = play({ passes: 1, closeness: 1 }, played([...cadence, ...cadence]), {
      model: () => new Error('no model accompanies'),
    });
    const bass = soundOf(scene, 'bass');
    expect(bass.length).toBeGreaterThanOrEqual(7);
    expect(new Set(bass.map(({ pitch }) => pitch % 12))).toEqual(new Set([0, 5, 7]));
    expect(
      scene.effects.some(
        ({ effect }) => effect.type === 'notice' && /no model accompanies/.test(effect.message),
      ),
    ).toBe(true);
  });

  it('is silent at once when the visitor plays, and takes up the new melody', () => {
    const intoMs = START_MS + 8_000 + 3_000;
    const scene = play({ passes: 2 }, [...played(TUNE), ...played(OTHER, intoMs)]);
    const notes = soundOf(scene, 'melody');
    const endMs = intoMs + 32 * STEP_MS;
    expect(notes.filter(({ onsetMs }) => onsetMs > intoMs && onsetMs < endMs - 1000)).toEqual([]);
    expect(notes.filter(({ onsetMs }) => onsetMs > endMs - 1000).length).toBeGreaterThan(8);
  });

  it('goes on until somebody plays when it is told to', () => {
    const scene = play({ passes: 0 }, played(TUNE), { untilMs: 90_000 });
    expect(passesOf(scene).length).toBeGreaterThanOrEqual(9);
    expect(stepMs(GRID)).toBe(STEP_MS);
  });
});
