/** What every mode promises, whatever it does: checked with seeded random players over all of them. */
import { describe, expect, it } from 'vitest';
import type { VoicedNote } from '../music/index.js';
import { advance, idleScheduler, takePlan } from '../timing/index.js';
import { beginMode, completeParams, describeModes } from './index.js';
import { type ModeId, modes } from './registry.js';
import { keyStroke, perform, randomVisitor, type Scene, type TimedEvent } from './virtual-session.js';

const ids = Object.keys(modes) as ModeId[];

const UNTIL_MS = 60_000;
const seeds = Array.from({ length: 25 }, (_, i) => i + 1);

describe.each(ids)('%s', (id) => {
  const scenes = (generationMs: number) =>
    seeds.map((seed) =>
      perform(() => beginMode(id, {}), randomVisitor(seed, UNTIL_MS * 0.8), {
        seed,
        generationMs,
        untilMs: UNTIL_MS,
      }),
    );

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
    for (const { effects } of scenes(400)) {
      let scheduler = idleScheduler;
      let revision = 0;
      const held = new Map<string, number>();
      const play = (nowMs: number) => {
        const advanced = advance(scheduler, nowMs);
        scheduler = advanced.state;
        for (const action of advanced.actions) {
          const key = `${action.voice}${action.pitch}`;
          held.set(key, (held.get(key) ?? 0) + (action.type === 'noteOn' ? 1 : -1));
          expect(held.get(key)).toBeGreaterThanOrEqual(0);
          expect(held.get(key)).toBeLessThanOrEqual(1);
        }
      };
      for (const { atMs, effect } of effects) {
        if (effect.type !== 'plan') continue;
        play(atMs);
        scheduler = takePlan(scheduler, {
          revision: ++revision,
          fromMs: effect.fromMs,
          commitUntilMs: 0,
          notes: effect.notes,
        });
      }
      for (let nowMs = 0; nowMs < 2 * UNTIL_MS; nowMs += 20) play(nowMs);
      expect([...held.values()].filter((count) => count !== 0)).toEqual([]);
    }
  });

  it('does the same again, also when it is stopped and resumed between any two events', () => {
    for (const seed of seeds.slice(0, 8)) {
      const once = (revive: boolean) =>
        perform(() => beginMode(id, {}), randomVisitor(seed, 30_000), {
          seed,
          generationMs: 50,
          untilMs: UNTIL_MS,
          revive,
        });
      expect(once(true)).toEqual(once(false));
    }
  });

  it('gives the turn back when it has answered', () => {
    const phrase = randomVisitor(3, 1500);
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

const notesOf = ({ effects }: Scene): VoicedNote[] =>
  effects.flatMap(({ effect }) => (effect.type === 'plan' ? effect.notes : []));

describe('echo', () => {
  it('repeats the phrase as it was played, moved to the next bar line', () => {
    const phrase = [...keyStroke(60, 1000, 1130), ...keyStroke(64, 1333, 2001)];
    const notes = notesOf(
      perform(() => beginMode('echo', {}), phrase, { seed: 1, generationMs: 0, untilMs: 20_000 }),
    );
    expect(notes).toEqual([
      { pitch: 60, velocity: 100, onsetMs: 3000, durationMs: 130, voice: 'melody' },
      { pitch: 64, velocity: 100, onsetMs: 3333, durationMs: 668, voice: 'melody' },
    ]);
  });
});

describe('call and response', () => {
  const call = [...keyStroke(60, 1000, 1200), ...keyStroke(64, 1500, 1700), ...keyStroke(67, 2000, 2400)];
  const play = (params: Record<string, unknown>, events: TimedEvent[], generationMs = 30) =>
    perform(() => beginMode('call-and-response', params), events, { seed: 4, generationMs, untilMs: 60_000 });
  const request = (scene: Scene) =>
    scene.effects.flatMap(({ effect }) => (effect.type === 'generate' ? [effect.request] : []))[0];

  it('asks 600 ms after the last release for as many bars as were played', () => {
    const scene = play({}, call);
    const asked = scene.effects.find(({ effect }) => effect.type === 'generate');
    expect(asked?.atMs).toBe(3000);
    expect(request(scene)?.steps).toBe(16);
    expect(request(scene)?.prompt).toEqual([60, -2, -1, -2, 64, -2, -1, -2, 67, -2, -2, -1, -2, -2, -2, -2]);
  });

  it('begins its answer on the first bar line that can be reached', () => {
    const notes = notesOf(play({}, call));
    expect(notes[0]?.onsetMs).toBeGreaterThanOrEqual(5000);
    expect(notes[0]?.onsetMs).toBeLessThan(7000);
    for (const { onsetMs } of notes) expect((onsetMs - 1000) % 125).toBeCloseTo(0, 6);
  });

  it('waits for a silent bar when told to', () => {
    const asked = play({ endOfCall: 'silentBar' }, call).effects.find(
      ({ effect }) => effect.type === 'generate',
    );
    expect(asked?.atMs).toBe(3000 + 2000 - 60);
  });

  it('never listens for longer than eight bars, even to a key that stays down', () => {
    const asked = play({}, [{ type: 'noteOn', pitch: 60, velocity: 90, atMs: 1000 }]).effects.find(
      ({ effect }) => effect.type === 'generate',
    );
    expect(asked?.atMs).toBe(1000 + 8 * 2000);
  });

  it('answers with the bars it was given', () => {
    expect(request(play({ responseBars: '3' }, call))?.steps).toBe(48);
  });

  it('answers in the octave of the call, however low or high', () => {
    for (const octave of [-36, 36]) {
      const moved = call.map((event) =>
        'pitch' in event ? { ...event, pitch: event.pitch + octave } : event,
      );
      const scene = play({}, moved);
      expect(Math.min(...(request(scene)?.allowedPitches ?? []))).toBeGreaterThanOrEqual(48);
      const pitches = notesOf(scene).map(({ pitch }) => pitch);
      expect(Math.min(...pitches)).toBeGreaterThanOrEqual(60 + octave - 5);
      expect(Math.max(...pitches)).toBeLessThanOrEqual(67 + octave + 7);
    }
  });

  it('moves a late answer by whole beats and says so', () => {
    const scene = play({}, call, 3300);
    const notice = scene.effects.find(({ effect }) => effect.type === 'notice')?.effect;
    expect(notice).toMatchObject({ message: expect.stringMatching(/moved by \d beats/) });
    const onsets = notesOf(scene).map(({ onsetMs }) => onsetMs);
    expect(new Set(onsets).size).toBe(onsets.length);
    for (const onsetMs of onsets) expect((onsetMs - 1000) % 125).toBeCloseTo(0, 6);
  });

  it('takes a key before its first note as more of the same call', () => {
    const scene = play({}, [...call, ...keyStroke(72, 3500, 3700)]);
    const asked = scene.effects.filter(({ effect }) => effect.type === 'generate');
    expect(asked).toHaveLength(2);
    expect(asked[1]?.effect).toMatchObject({ request: { prompt: expect.arrayContaining([60, 64, 67, 72]) } });
  });

  it('yields to a visitor who plays into its answer, and plays on when told to', () => {
    const into = [...call, ...keyStroke(72, 5600, 5700)];
    const yielding = play({}, into);
    expect(yielding.effects.filter(({ effect }) => effect.type === 'generate')).toHaveLength(2);
    expect(
      yielding.effects.some(
        ({ atMs, effect }) => atMs === 5600 && effect.type === 'plan' && effect.notes.length === 0,
      ),
    ).toBe(true);
    expect(
      play({ overlap: true }, into).effects.filter(({ effect }) => effect.type === 'generate'),
    ).toHaveLength(1);
  });

  it('repeats the call when generation fails, and says why', () => {
    const mode = beginMode('call-and-response', {});
    const context = { nowMs: 1000, random: () => 0.5 };
    for (const event of call) mode.step(event, { ...context, nowMs: event.atMs });
    mode.step({ type: 'wake', atMs: 3000 }, { ...context, nowMs: 3000 });
    const effects = mode.step(
      { type: 'generationFailed', requestId: 1, reason: 'too slow' },
      { ...context, nowMs: 3010 },
    );
    const plan = effects.find(({ type }) => type === 'plan');
    expect(plan).toMatchObject({ notes: [{ pitch: 60, onsetMs: 5000 }, { pitch: 64 }, { pitch: 67 }] });
    expect(effects).toContainEqual({ type: 'notice', message: expect.stringContaining('too slow') });
  });

  it('is as loud as the call was', () => {
    expect(new Set(notesOf(play({}, call)).map(({ velocity }) => velocity))).toEqual(new Set([100]));
  });

  it('names the parameter that is wrong', () => {
    expect(() => beginMode('call-and-response', { temperature: 'hot' })).toThrow(/temperature/);
    expect(() => beginMode('call-and-response', { tempoBpm: 1e9 })).toThrow(/tempoBpm/);
    expect(() => beginMode('waltz', {})).toThrow(
      /no mode "waltz"; there are call-and-response, accompaniment, echo/,
    );
  });
});
