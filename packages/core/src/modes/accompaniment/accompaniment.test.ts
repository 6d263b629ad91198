import { describe, expect, it } from 'vitest';
import { NO_CHORD, pitchClassOf, symbolOf } from '../../music/index.js';
import type { ModeEvent } from '../mode.js';
import { beginMode } from '../run.js';
import { perform } from '../virtual-time.js';
import { recurrenceOf } from './recurrence.js';
import {
  BEAT_MS,
  chordNotes,
  gaps,
  heard,
  plansOf,
  play,
  playedAtStation,
  randomModel,
  requestsOf,
  type ScriptedModel,
  START_MS,
  scale,
  steady,
} from './scene.fixture.js';

describe('accompaniment', () => {
  it('is silent for as long as it listens, then enters on the beat', () => {
    for (const listenBeats of [4, 8, 16]) {
      const notes = heard(play({ listenBeats }, steady(scale(32))));
      expect(notes[0]?.onsetMs).toBeCloseTo(START_MS + listenBeats * BEAT_MS, 6);
      expect(new Set(notes.map(({ voice }) => voice))).toEqual(new Set(['chords', 'bass']));
    }
  });

  it.each([0, 1, 4, 8])('never changes what is committed: %d beats', (commitBeats) => {
    const params = { commitBeats, lookaheadBeats: 12 };
    let changes = 0;
    for (let seed = 1; seed <= 6; seed++) {
      const scene = play(params, steady(scale(64)), {
        model: randomModel(seed),
        untilMs: START_MS + 64 * BEAT_MS,
      });
      const plans = plansOf(scene);
      for (const [i, { atMs, plan }] of plans.entries()) {
        const next = plans[i + 1]?.plan.notes;
        if (!next) continue;
        const horizonMs = atMs + commitBeats * BEAT_MS;
        const committed = plan.notes.filter(({ onsetMs }) => onsetMs < horizonMs);
        expect(next.filter(({ onsetMs }) => onsetMs < horizonMs)).toEqual(committed);
        if (plan.notes.some((note) => !next.includes(note))) changes++;
      }
    }
    expect(changes).toBeGreaterThan(0);
  });

  it('follows a change of key within two bars', () => {
    const broken = (root: number) => Array.from({ length: 32 }, (_, i) => root + ([0, 4, 7, 4][i % 4] ?? 0));
    const events = steady([...broken(60), ...broken(66)]);
    const changeMs = START_MS + 32 * BEAT_MS;
    const model: ScriptedModel = ({ prompt, steps, chords = [] }) => {
      const root = Math.min(...prompt.filter((event) => event >= 0).slice(-4)) % 12;
      return Array.from({ length: steps }, (_, i) => ({
        event: -2,
        chord: chords[prompt.length + i] ?? symbolOf(root, [0, 4, 7]),
        bass: -2,
      }));
    };
    const notes = chordNotes(heard(play({}, events, { model, untilMs: changeMs + 32 * BEAT_MS })));
    const tonesBetween = (fromMs: number, untilMs: number) =>
      new Set(
        notes
          .filter(({ onsetMs }) => onsetMs >= fromMs && onsetMs < untilMs)
          .map(({ pitch }) => pitchClassOf(pitch)),
      );
    expect(tonesBetween(START_MS + 16 * BEAT_MS, changeMs)).toEqual(new Set([0, 4, 7]));
    expect(tonesBetween(changeMs + 8 * BEAT_MS, changeMs + 30 * BEAT_MS)).toEqual(new Set([6, 10, 1]));
  });

  it.each([1, 2, 4, 8])(
    'bridges a gap in the network shorter than the lookahead of %d beats',
    (lookaheadBeats) => {
      const untilMs = START_MS + 40 * BEAT_MS;
      const scene = play({ lookaheadBeats, commitBeats: 0 }, steady(scale(64)), { untilMs });
      const cut = (fromMs: number, gapMs: number) => {
        const arrivalMs = (atMs: number) => (atMs > fromMs && atMs < fromMs + gapMs ? fromMs + gapMs : atMs);
        return gaps(chordNotes(playedAtStation(scene, arrivalMs, untilMs)));
      };
      for (let fromMs = 9_000; fromMs < 10_000; fromMs += 110)
        expect(cut(fromMs, lookaheadBeats * BEAT_MS - 130)).toEqual([]);
      expect(cut(9_000, (lookaheadBeats + 4) * BEAT_MS).length).toBeGreaterThan(0);
    },
  );

  it('stops when the visitor stops, and plays on at once when they do', () => {
    const first = steady(scale(24));
    const backMs = START_MS + 24 * BEAT_MS + 5_137;
    const scene = play({}, [...first, ...steady(scale(24), { startMs: backMs })]);
    const endMs = START_MS + 23.9 * BEAT_MS;
    const notes = heard(scene);
    const before = notes.filter(({ onsetMs }) => onsetMs < backMs);
    const lastMs = Math.max(...before.map(({ onsetMs, durationMs }) => onsetMs + durationMs));
    expect(lastMs).toBeLessThanOrEqual(endMs + (4 + 2 + 2 + 0.25) * BEAT_MS);
    const after = notes.filter(({ onsetMs }) => onsetMs >= backMs);
    expect(after[0]?.onsetMs).toBeCloseTo(backMs + 2 * BEAT_MS, 6);
    const turns = scene.effects.flatMap(({ effect }) => (effect.type === 'turn' ? [effect.turn] : []));
    expect(turns.filter((turn, i) => turn !== turns[i - 1])).toEqual([
      'listening',
      'together',
      'visitor',
      'listening',
      'together',
      'visitor',
    ]);
  });

  it('listens anew when somebody begins after a long pause', () => {
    const backMs = 60_000;
    const scene = play({}, [...steady(scale(24)), ...steady(scale(24), { startMs: backMs })]);
    const after = heard(scene).find(({ onsetMs }) => onsetMs >= backMs);
    expect(after?.onsetMs).toBeCloseTo(backMs + 8 * BEAT_MS, 6);
  });

  it('gives up on a key that stays down', () => {
    const scene = play({}, [{ type: 'noteOn', pitch: 60, velocity: 90, atMs: START_MS }]);
    expect(requestsOf(scene).at(-1)?.atMs).toBeLessThanOrEqual(START_MS + 32 * BEAT_MS);
    expect(scene.effects.at(-1)?.effect).toEqual({ type: 'turn', turn: 'visitor' });
  });

  it('is not heard while it is muted, and is there again afterwards', () => {
    const mute = (atMs: number) => ({ type: 'action', action: 'mute', atMs }) as const;
    const events = [...steady(scale(64)), mute(12_050), mute(18_050)].sort((a, b) => a.atMs - b.atMs);
    const notes = heard(play({}, events));
    expect(notes.filter(({ onsetMs }) => onsetMs > 12_050 && onsetMs < 18_050)).toEqual([]);
    expect(notes.filter(({ onsetMs }) => onsetMs < 12_050).length).toBeGreaterThan(0);
    expect(notes.filter(({ onsetMs }) => onsetMs > 18_050).length).toBeGreaterThan(0);
  });

  it('takes other parameters while it plays, without a gap, an overlap or a change of what is committed', () => {
    const changes = [
      { chordBeats: 4, texture: 'broken', density: 0.5 },
      { chordBeats: 1, texture: 'block', commitBeats: 4 },
      { chordBeats: 3, lookaheadBeats: 1, commitBeats: 0, swing: 66 },
      { chordBeats: 2, texture: 'boomChuck', density: 1, lookaheadBeats: 8 },
    ];
    const turning = () => {
      const mode = beginMode('accompaniment', { tempo: 'fixed' });
      let turned = 0;
      const step: typeof mode.step = (event, context) => {
        if (context.nowMs > 8_137 * (turned + 1))
          mode.adjust({ tempo: 'fixed', ...changes[turned++ % changes.length] });
        return mode.step(event, context);
      };
      return { ...mode, step };
    };
    const untilMs = START_MS + 128 * BEAT_MS;
    const model = randomModel(3);
    const scene = perform(turning, steady(scale(128)), { seed: 1, generationMs: 30, untilMs, model });
    const plans = plansOf(scene);
    for (const [i, { atMs, plan }] of plans.entries()) {
      const next = plans[i + 1]?.plan.notes;
      const sounding = plan.notes.filter(({ onsetMs }) => onsetMs < atMs);
      if (next) expect(next.slice(0, sounding.length)).toEqual(sounding);
    }
    const notes = chordNotes(heard(scene));
    expect(notes.length).toBeGreaterThan(50);
    for (const note of notes) {
      const same = notes.filter(
        (other) =>
          other !== note && other.pitch === note.pitch && Math.abs(other.onsetMs - note.onsetMs) < 20,
      );
      expect(same).toEqual([]);
    }
  });

  it('says once that a model fails, and asks again', () => {
    const mode = beginMode('accompaniment', {});
    const random = () => 0.5;
    mode.step({ type: 'noteOn', pitch: 60, velocity: 90, atMs: 0 }, { nowMs: 0, random });
    const notices: string[] = [];
    let requests = 0;
    for (let nowMs = 62.5; nowMs < 8_000; nowMs += 125)
      for (const effect of mode.step({ type: 'wake', atMs: nowMs }, { nowMs, random })) {
        if (effect.type !== 'generate') continue;
        requests++;
        const { requestId } = effect;
        for (const told of mode.step(
          { type: 'generationFailed', requestId, code: 'runnerFailed', reason: 'shed' },
          { nowMs, random },
        ))
          if (told.type === 'notice') notices.push(told.message);
      }
    expect(requests).toBeGreaterThan(20);
    expect(notices).toEqual([expect.stringContaining('shed')]);
  });

  it('says that a model which failed answers again', () => {
    let asked = 0;
    const answer = randomModel(1);
    const model: ScriptedModel = (...request) => (++asked <= 10 ? new Error('shed') : answer(...request));
    const said = play({}, steady(scale(32)), { model }).effects.flatMap(({ effect }) =>
      effect.type === 'notice' || effect.type === 'recovered' ? [effect.type] : [],
    );
    expect(said).toEqual(['notice', 'recovered']);
  });

  it('asks for no more than it commits while the engine is too slow, and looks ahead again once it is not', () => {
    const mode = beginMode('accompaniment', { commitBeats: 1, lookaheadBeats: 8, listenBeats: 0 });
    const random = () => 0.5;
    mode.step({ type: 'noteOn', pitch: 60, velocity: 90, atMs: 0 }, { nowMs: 0, random });
    const asked = (nowMs: number, answer: (requestId: number) => ModeEvent) => {
      for (const effect of mode.step({ type: 'wake', atMs: nowMs }, { nowMs, random }))
        if (effect.type === 'generate') {
          mode.step(answer(effect.requestId), { nowMs, random });
          return effect.request.steps;
        }
      return null;
    };
    const shed = (requestId: number): ModeEvent => ({
      type: 'generationFailed',
      requestId,
      code: 'shed',
      reason: 'too much',
    });
    const answered = (requestId: number): ModeEvent => ({
      type: 'generated',
      requestId,
      fromStep: 0,
      steps: Array.from({ length: 8 }, () => ({ event: -2, chord: 'C', bass: 36 })),
      done: true,
    });
    const steps = [asked(62.5, shed), asked(187.5, shed), asked(312.5, answered), asked(437.5, shed)];
    expect(steps).toEqual([39, 6, 5, 36]);
  });

  it('plays nothing to a model that hears no chord', () => {
    const model: ScriptedModel = ({ steps }) =>
      Array.from({ length: steps }, () => ({ event: -2, chord: NO_CHORD, bass: -1 }));
    expect(heard(play({}, steady(scale(32)), { model }))).toEqual([]);
  });
});

describe('a tune that comes back', () => {
  const bar = (...pitches: number[]) => pitches.flatMap((pitch) => [pitch, -2, -2, -2]);
  const [first, second] = [bar(60, 64, 67, 64), bar(62, 65, 69, 65)];
  it.each<[string, number[], number | null]>([
    ['is known a bar later', [...first, ...second, ...first], 32],
    ['is known by its latest time', [...first, ...first, ...first], 16],
    ['is known with a wrong note in it', [...first, ...second, ...bar(60, 64, 66, 64)], 32],
    ['is not known with two of them', [...first, ...second, ...bar(60, 63, 66, 64)], null],
    [
      'is not known by a long note',
      [...bar(60), ...Array(12).fill(-2), ...bar(60), ...Array(12).fill(-2)],
      null,
    ],
    ['was not there yet', first, null],
  ])('%s', (_name, melody, ago) => {
    expect(recurrenceOf(melody, 16)).toBe(ago);
  });

  it('gets the chord that suits what came then, where the model is of two minds', () => {
    const tune = [60, 64, 67, 64, 62, 65, 69, 65];
    const model: ScriptedModel = ({ prompt, steps, chords = [] }) =>
      Array.from({ length: steps }, (_, i) => ({
        event: -1,
        chord: chords[prompt.length + i] ?? (i % 2 === 0 ? 'C' : 'Dm'),
        bass: -2,
      }));
    const notes = chordNotes(heard(play({ chordBeats: 4 }, steady(Array(6).fill(tune).flat()), { model })));
    const toneAt = (bar: number) =>
      notes.filter(({ onsetMs }) => onsetMs === START_MS + bar * 2000).map(({ pitch }) => pitch % 12);
    for (let bar = 4; bar < 12; bar++)
      expect(toneAt(bar).sort((a, b) => a - b)).toEqual(bar % 2 === 0 ? [0, 4, 7] : [2, 5, 9]);
  });
});

describe('beats', () => {
  it.each([
    ['4/4', 500],
    ['6/8', 750],
  ])('are those that are counted, in %s', (metre, beatMs) => {
    const beats = { listenBeats: 4, stopBeats: 2, commitBeats: 2, lookaheadBeats: 6, chordBeats: 1 };
    const events = steady(scale(16), { beatMs });
    const scene = play({ metre, ...beats }, events, { generationMs: 0 });
    expect(heard(scene)[0]?.onsetMs).toBeCloseTo(START_MS + 4 * beatMs, 6);
    const lastMs = events.at(-1)?.atMs ?? 0;
    const stopMs = scene.effects.findLast(({ effect }) => effect.type === 'turn')?.atMs ?? 0;
    expect(stopMs - lastMs).toBeGreaterThanOrEqual(2 * beatMs - 1);
    expect(stopMs - lastMs).toBeLessThan(2 * beatMs + 126);
    const beatSteps = beatMs / 125;
    for (const { steps } of requestsOf(scene)) expect(steps / beatSteps).toBeGreaterThanOrEqual(6);
    for (const { steps } of requestsOf(scene)) expect(steps / beatSteps).toBeLessThan(7);
    for (const { atMs, effect } of scene.effects)
      if (effect.type === 'plan' && effect.notes.length > 0 && atMs > START_MS + 6 * beatMs && atMs < lastMs)
        expect(effect.fromMs - atMs).toBeGreaterThan(1 * beatMs);
  });
});
