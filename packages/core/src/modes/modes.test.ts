/** What every mode promises, whatever it does: checked with seeded random players over all of them. */
import { describe, expect, it } from 'vitest';
import type { Action } from './action.js';
import { beginMode, completeParams, describeModes } from './index.js';
import { type ModeId, modes } from './registry.js';
import { heard, inOrder, key, meddler, notesOf, perform, type TimedEvent, visitor } from './virtual-time.js';

const ids = Object.keys(modes) as ModeId[];

const UNTIL_MS = 60_000;
const seeds = Array.from({ length: 25 }, (_, i) => i + 1);

describe.each(ids)('%s', (id) => {
  const scenes = (generationMs: number) =>
    seeds.map((seed) =>
      perform(() => beginMode(id, {}), crowd(seed, UNTIL_MS * 0.8), {
        seed,
        generationMs,
        untilMs: UNTIL_MS,
      }),
    );
  /** Every other seed is a visitor alone. */
  const crowd = (seed: number, untilMs: number) =>
    inOrder(visitor(seed, untilMs), seed % 2 ? meddler(seed, modes[id].actions, untilMs) : []);

  it('can be described and begun with its defaults', () => {
    const description = describeModes().find((mode) => mode.id === id);
    expect(completeParams(id, {})).toEqual(description?.defaults);
    const properties = Object.values(description?.paramsSchema.properties ?? {}) as {
      title?: string;
      description?: string;
      default?: unknown;
    }[];
    expect(properties.length).toBeGreaterThan(0);
    for (const property of properties) {
      expect(property.title).toBeTruthy();
      expect(property.description).toBeTruthy();
      expect(property.default).toBeDefined();
    }
  });

  it('answers, whoever plays', () => {
    for (const { effects } of scenes(30)) {
      const planned = effects.flatMap(({ effect }) => (effect.type === 'plan' ? effect.notes : []));
      expect(planned.length).toBeGreaterThan(0);
    }
  });

  it.each([5, 400, 6000])(
    'plans no note in the past, out of order or out of range when generation takes %d ms',
    (generationMs) => {
      for (const { effects } of scenes(generationMs))
        for (const { atMs, effect } of effects) {
          if (effect.type !== 'plan') continue;
          let beforeMs = effect.fromMs;
          for (const note of effect.notes) {
            expect(note.onsetMs).toBeGreaterThanOrEqual(Math.max(beforeMs, atMs) - 1e-6);
            expect(note.durationMs).toBeGreaterThan(0);
            expect(note.pitch).toBeGreaterThanOrEqual(0);
            expect(note.pitch).toBeLessThanOrEqual(127);
            expect(Number.isInteger(note.velocity) && note.velocity >= 1 && note.velocity <= 127).toBe(true);
            beforeMs = note.onsetMs;
          }
        }
    },
  );

  it('leaves no note hanging when its plans are played', () => {
    for (const scene of scenes(400)) {
      const held = new Map<string, number>();
      for (const { type, voice, pitch } of heard(scene, 2 * UNTIL_MS)) {
        const key = `${voice}${pitch}`;
        held.set(key, (held.get(key) ?? 0) + (type === 'noteOn' ? 1 : -1));
        expect(held.get(key)).toBeGreaterThanOrEqual(0);
        expect(held.get(key)).toBeLessThanOrEqual(1);
      }
      expect([...held.values()].filter((count) => count !== 0)).toEqual([]);
    }
  });

  it.each([
    { metre: '2/4', swing: 66 },
    { metre: '3/4', metronome: 'on' },
    { metre: '6/8', tempo: 'followed' },
    { metre: '6/8', metronome: 'countIn', tempoBpm: 200 },
  ])('keeps time with %o: nothing late, out of order or left hanging', (params) => {
    for (const seed of seeds.slice(0, 6)) {
      const scene = perform(() => beginMode(id, params), crowd(seed, UNTIL_MS * 0.8), {
        seed,
        generationMs: 400,
        untilMs: UNTIL_MS,
      });
      expect(notesOf(scene).length).toBeGreaterThan(0);
      for (const { atMs, effect } of scene.effects)
        if (effect.type === 'plan')
          for (const note of effect.notes)
            expect(note.onsetMs).toBeGreaterThanOrEqual(Math.max(effect.fromMs, atMs) - 1e-6);
      const down = new Set<string>();
      for (const { type, voice, pitch } of heard(scene, 2 * UNTIL_MS)) {
        expect(down.has(`${voice}${pitch}`)).toBe(type === 'noteOff');
        if (type === 'noteOn') down.add(`${voice}${pitch}`);
        else down.delete(`${voice}${pitch}`);
      }
      expect(down).toEqual(new Set());
    }
  });

  it('does the same again, also when it is stopped and resumed between any two events', () => {
    for (const seed of seeds.slice(0, 8)) {
      const once = (revive: boolean) =>
        perform(() => beginMode(id, {}), crowd(seed, 30_000), {
          seed,
          generationMs: 50,
          untilMs: UNTIL_MS,
          revive,
        });
      expect(once(true)).toEqual(once(false));
    }
  });

  it.each([{}, { passes: 0 }])('ends when nobody plays any more, or says that it does not (%o)', (params) => {
    for (const seed of seeds.slice(0, 10)) {
      const mode = beginMode(id, params);
      const options = { seed, generationMs: 30, untilMs: 10 * UNTIL_MS };
      const { effects } = perform(() => mode, crowd(seed, 30_000), options);
      const turns = effects.flatMap(({ effect }) => (effect.type === 'turn' ? [effect.turn] : []));
      const isPlaying = effects.some(
        ({ atMs, effect }) => effect.type === 'plan' && effect.notes.length > 0 && atMs > 9 * UNTIL_MS,
      );
      if (isPlaying || turns.at(-1) !== 'visitor') expect(mode.isEndless, `seed ${seed}`).toBe(true);
    }
  });

  it('gives the turn back when it has answered', () => {
    const phrase = visitor(3, 1500);
    const { effects } = perform(() => beginMode(id, {}), phrase, {
      seed: 1,
      generationMs: 30,
      untilMs: UNTIL_MS,
    });
    const turns = effects.flatMap(({ effect }) => (effect.type === 'turn' ? [effect.turn] : []));
    expect(turns.at(0)).toBe('listening');
    expect(turns.at(-1)).toBe('visitor');
  });
});

describe.each(ids)('%s: an action', (id) => {
  const atMs = 30_040;
  const press = (action: Action, atMs: number): TimedEvent => ({ type: 'action', action, atMs });
  const onsets = (events: TimedEvent[]) => {
    const options = { seed: 1, generationMs: 30, untilMs: UNTIL_MS };
    const scene = perform(() => beginMode(id, { tempo: 'fixed' }), events, options);
    return heard(scene, UNTIL_MS).flatMap(({ type, atMs }) => (type === 'noteOn' ? [atMs] : []));
  };
  const isWithin = (fromMs: number, untilMs: number) => (onset: number) => onset >= fromMs && onset < untilMs;

  it('mute: the machine is not heard but goes on, and is heard again where it is by then', () => {
    const isMuted = isWithin(atMs, atMs + 8000);
    const silenced = seeds.filter((seed) => {
      const playing = visitor(seed, UNTIL_MS * 0.8);
      const all = onsets(playing);
      const muted = onsets(inOrder(playing, [press('mute', atMs), press('mute', atMs + 8000)]));
      expect(muted).toEqual(all.filter((onset) => !isMuted(onset)));
      return muted.length < all.length;
    });
    expect(silenced.length).toBeGreaterThan(5);
  });

  it('clear: nothing more is heard until somebody plays', () => {
    for (const seed of seeds) {
      const playing = visitor(seed, atMs);
      const isAfter = isWithin(atMs, UNTIL_MS);
      expect(onsets(inOrder(playing, [press('clear', atMs)])).some(isAfter)).toBe(false);
    }
    expect(seeds.some((seed) => onsets(visitor(seed, atMs)).some(isWithin(atMs, UNTIL_MS)))).toBe(true);
  });
});

describe('the sustain pedal', () => {
  const BAR_MS = 2000;
  const tune = [60, 64, 67, 72, 71, 67, 64, 62];
  const pitches = Array.from({ length: 24 }, (_, i) => tune[i % tune.length] as number);
  const onMs = (i: number) => 1000 + i * 500;
  /** The bar line on which the pedal is changed. */
  const changeMs = (i: number) => 1000 + (Math.floor((onMs(i) - 1000) / BAR_MS) + 1) * BAR_MS - 50;
  const notes = (offMs: (i: number) => number) =>
    inOrder(pitches.flatMap((pitch, i) => key(pitch, onMs(i), offMs(i))));
  const pedal = (value: number, atMs: number): TimedEvent => ({
    type: 'control',
    controller: 64,
    value,
    atMs,
  });
  /** All but the last, so that the playing is over at the same time. */
  const staccato = notes((i) => (i < pitches.length - 1 ? onMs(i) + 100 : changeMs(i)));
  /** Every key is let go when the pedal is. */
  const held = notes(changeMs);
  const changes = [0, 4, 8, 12, 16, 20].flatMap((i) => [pedal(0, changeMs(i)), pedal(127, changeMs(i) + 10)]);

  /** What comes of it: what models are asked, and what is planned. */
  const played = (id: ModeId, events: TimedEvent[]) =>
    perform(() => beginMode(id, { tempo: 'fixed' }), events, {
      seed: 1,
      generationMs: 30,
      untilMs: 60_000,
    }).effects.filter(({ effect: { type } }) => type === 'plan' || type === 'generate');

  it.each(ids)('%s: holds notes as keys do, from before the first note on', (id) => {
    const expected = played(id, held);
    expect(played(id, staccato)).not.toEqual(expected);
    expect(played(id, inOrder([pedal(127, 500)], staccato, changes))).toEqual(expected);
  });
});

describe('echo', () => {
  it('repeats the phrase as it was played, moved to the next bar line', () => {
    const phrase = [...key(60, 1000, 1130), ...key(64, 1333, 2001)];
    const notes = notesOf(
      perform(() => beginMode('echo', {}), phrase, { seed: 1, generationMs: 0, untilMs: 20_000 }),
    );
    expect(notes).toEqual([
      { pitch: 60, velocity: 100, onsetMs: 3000, durationMs: 130, voice: 'melody' },
      { pitch: 64, velocity: 100, onsetMs: 3333, durationMs: 668, voice: 'melody' },
    ]);
  });
});
