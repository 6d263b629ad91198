import { describe, expect, it } from 'vitest';
import { chordOf, keyOf, NO_CHORD, pitchClassOf, symbolOf, type VoicedNote } from '../../music/index.js';
import { createRandom } from '../../random.js';
import { advance, emptyPlan, idleScheduler, type Plan, revisePlan, takePlan } from '../../timing/index.js';
import type { GeneratedStep, ModeEvent, ModeGenerationRequest } from '../mode.js';
import { beginMode } from '../run.js';
import {
  accompany,
  inOrder,
  key,
  type Performance,
  perform,
  type Scene,
  type TimedEvent,
} from '../virtual-time.js';
import { recurrenceOf } from './recurrence.js';

type ScriptedModel = (request: ModeGenerationRequest) => GeneratedStep[];

const BEAT_MS = 500;
const START_MS = 1000;
const C_MAJOR = [60, 62, 64, 65, 67, 69, 71, 72];

/** One note a beat, each held for most of it. */
function steady(pitches: readonly number[], { beatMs = BEAT_MS, velocity = 100, startMs = START_MS } = {}) {
  return pitches.flatMap((pitch, i) =>
    key(pitch, startMs + i * beatMs, startMs + (i + 0.9) * beatMs, velocity),
  );
}

const scale = (notes: number, up = 0) =>
  Array.from({ length: notes }, (_, i) => (C_MAJOR[i % C_MAJOR.length] as number) + up);

const randomModel = (seed: number): ScriptedModel => {
  const random = createRandom(seed);
  return (request) => accompany(request, random.next);
};

/** The tonic of what was played of late, struck anew in every beat of the bass. */
const tonicModel: ScriptedModel = ({ prompt, steps, chords = [], bass = [] }) => {
  const latest = prompt.filter((event) => event >= 0).slice(-8);
  const { tonic } = keyOf(latest.map((pitch) => ({ pitch, weight: 1 })));
  return Array.from({ length: steps }, (_, i) => ({
    event: -2,
    chord: chords[prompt.length + i] ?? symbolOf(tonic, [0, 4, 7]),
    bass: bass[prompt.length + i] ?? ((prompt.length + i) % 8 === 0 ? 36 + tonic : -2),
  }));
};

function play(params: Record<string, unknown>, events: TimedEvent[], options: Partial<Performance> = {}) {
  return perform(() => beginMode('accompaniment', { tempo: 'fixed', ...params }), events, {
    seed: 1,
    generationMs: 30,
    untilMs: 200_000,
    model: tonicModel,
    ...options,
  });
}

/** The plan in force after each revision. */
function plansOf({ effects }: Scene): { atMs: number; plan: Plan }[] {
  const plans: { atMs: number; plan: Plan }[] = [];
  let plan = emptyPlan;
  for (const { atMs, effect } of effects) {
    if (effect.type !== 'plan') continue;
    const { fromMs, notes } = effect;
    plan = revisePlan(plan, { revision: plan.revision + 1, fromMs, commitUntilMs: atMs, notes });
    plans.push({ atMs, plan });
  }
  return plans;
}

const heard = (scene: Scene): VoicedNote[] => plansOf(scene).at(-1)?.plan.notes ?? [];

/** What a station plays whose messages arrive when `arrivalMs` says. */
function playedAtStation(
  { effects }: Scene,
  arrivalMs: (atMs: number) => number,
  untilMs: number,
): VoicedNote[] {
  const arriving = effects.flatMap(({ atMs, effect }) =>
    effect.type === 'plan' ? [{ atMs, arrivesMs: arrivalMs(atMs), effect }] : [],
  );
  let scheduler = idleScheduler;
  const played: VoicedNote[] = [];
  for (let nowMs = 0; nowMs < untilMs; nowMs += 5) {
    const later = arriving.findIndex(({ arrivesMs }) => arrivesMs > nowMs);
    for (const { atMs, effect } of arriving.splice(0, later < 0 ? arriving.length : later)) {
      const { fromMs, notes } = effect;
      const revision = scheduler.plan.revision + 1;
      scheduler = takePlan(scheduler, { revision, fromMs, commitUntilMs: atMs, notes });
    }
    const { state, actions } = advance(scheduler, nowMs);
    scheduler = state;
    for (const { type, voice, pitch, atMs } of actions) {
      const sounding = played.findLast((note) => note.voice === voice && note.pitch === pitch);
      if (type === 'noteOn') played.push({ voice, pitch, velocity: 1, onsetMs: nowMs, durationMs: 0 });
      else if (sounding) sounding.durationMs = Math.max(0, atMs - sounding.onsetMs);
    }
  }
  return played;
}

const chordNotes = (notes: VoicedNote[]) => notes.filter(({ voice }) => voice === 'chords');
const requestsOf = ({ effects }: Scene) =>
  effects.flatMap(({ atMs, effect }) => (effect.type === 'generate' ? [{ atMs, ...effect.request }] : []));

/** The stretches in which no chord sounds, between the first and the last. */
function gaps(notes: VoicedNote[]): number[] {
  const found: number[] = [];
  let untilMs: number | null = null;
  for (const { onsetMs, durationMs } of notes) {
    if (untilMs !== null && onsetMs > untilMs + 20) found.push(onsetMs - untilMs);
    untilMs = Math.max(untilMs ?? 0, onsetMs + durationMs);
  }
  return found;
}

describe('accompaniment', () => {
  it('is silent for as long as it listens, then enters on the beat', () => {
    for (const listenBeats of [4, 8, 16]) {
      const notes = heard(play({ listenBeats }, steady(scale(32))));
      expect(notes[0]?.onsetMs).toBeCloseTo(START_MS + listenBeats * BEAT_MS, 6);
      expect(new Set(notes.map(({ voice }) => voice))).toEqual(new Set(['chords', 'bass']));
    }
  });

  it('tells the model plain chords under what was played while it listened', () => {
    const {
      prompt,
      chords = [],
      bass = [],
    } = requestsOf(play({}, steady([60, 62, 64, 65, 71, 74, 72, 72, 72])))[0] ?? {
      prompt: [],
    };
    expect(prompt).toHaveLength(24);
    expect([0, 8, 16].map((step) => chords[step])).toEqual(['C', 'C', 'G']);
    expect([0, 8, 16].map((step) => bass[step])).toEqual([36, 36, 43]);
  });

  it('asks at every 16th, half a step ahead, and tells the model one step more than before', () => {
    const requests = requestsOf(play({}, steady(scale(32))));
    const firstStep = 8 * 4 - 2 * 4; // two beats before it joins in
    for (const [i, request] of requests.entries()) {
      const step = firstStep + i;
      expect(request.atMs).toBeCloseTo(START_MS + (step - 0.5) * 125, 6);
      expect(request.prompt).toHaveLength(step);
      if (i > 0) expect(request.prompt.slice(0, -1)).toEqual(requests[i - 1]?.prompt);
      expect(request.steps).toBeGreaterThanOrEqual(16);
    }
    expect(requests.at(-1)?.prompt.slice(0, 8)).toEqual([60, -2, -2, -2, 62, -2, -2, -2]);
  });

  it('tells the model what was played and what is committed, and never otherwise later', () => {
    const requests = requestsOf(play({}, steady(scale(48)), { model: randomModel(1) }));
    for (const [i, { prompt, chords = [], bass = [] }] of requests.entries()) {
      expect(chords.length).toBeGreaterThanOrEqual(prompt.length);
      expect(bass).toHaveLength(chords.length);
      const next = requests[i + 1];
      if (prompt.length < 32 || !next) continue; // before that nothing of it sounds
      expect(next.chords?.slice(0, chords.length)).toEqual(chords);
      expect(next.bass?.slice(0, bass.length)).toEqual(bass);
    }
  });

  it('keeps what the model is told within 512 steps, cut on bar lines in blocks', () => {
    const requests = requestsOf(play({}, steady(scale(400)), { untilMs: 210_000 }));
    let cuts = 0;
    for (const [i, { prompt, chords = [] }] of requests.entries()) {
      expect(prompt.length).toBeLessThanOrEqual(512);
      expect(chords.length).toBeLessThan(512 + 32);
      const before = requests[i - 1]?.prompt ?? [];
      if (prompt.length > before.length) continue;
      cuts++;
      expect(before.length + 1 - prompt.length).toBe(256);
      expect(prompt.slice(0, -1)).toEqual(before.slice(256));
    }
    expect(cuts).toBe(5);
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

  it.each([2, 4, 8])(
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

  it('is softer than the visitor and follows how loud they play', () => {
    const loudnessAt = (velocity: number) => {
      const notes = heard(play({}, steady(scale(32), { velocity })));
      return Math.max(...notes.map((note) => note.velocity));
    };
    expect(loudnessAt(120)).toBeLessThan(120);
    expect(loudnessAt(40)).toBeLessThan(40);
    expect(loudnessAt(120)).toBeGreaterThan(2 * loudnessAt(40));
  });

  it.each([-24, -12, 0, 12, 24])('keeps its chords out of the hands, %d semitones from the middle', (up) => {
    const events = steady(scale(48, up));
    const notes = chordNotes(heard(play({}, events)));
    expect(notes.length).toBeGreaterThan(0);
    for (const { pitch } of notes) expect(pitch < 60 + up || pitch > 72 + up).toBe(true);
  });

  it('comes home at the end of the form', () => {
    const model: ScriptedModel = ({ prompt, steps, chords = [], bass = [] }) =>
      Array.from({ length: steps }, (_, i) => ({
        event: -2,
        chord: chords[prompt.length + i] ?? 'Dm7',
        bass: bass[prompt.length + i] ?? (i % 8 === 0 ? 38 : -2),
      }));
    const notes = heard(play({ formBars: 8 }, steady(scale(64)), { model }));
    const tones = (beat: number, voice: string) =>
      notes
        .filter((note) => note.voice === voice && Math.abs(note.onsetMs - START_MS - beat * BEAT_MS) < 1)
        .map(({ pitch }) => pitchClassOf(pitch))
        .sort((a, b) => a - b);
    for (const end of [28, 60]) {
      expect(tones(end - 4, 'chords')).toEqual(chordOf('Dm7')?.pitchClasses);
      expect(tones(end - 2, 'chords')).toEqual(chordOf('G7')?.pitchClasses);
      expect(tones(end, 'chords')).toEqual(chordOf('C')?.pitchClasses);
    }
  });

  it.each(['block', 'broken', 'boomChuck'])('plays denser when told to: %s', (texture) => {
    const counts = [0, 0.5, 1].map((density) => {
      const notes = heard(play({ texture, density }, steady(scale(64))));
      for (const { onsetMs } of notes) expect((onsetMs - START_MS) % 125).toBeCloseTo(0, 6);
      return chordNotes(notes).length;
    });
    expect(counts[0]).toBeLessThan(counts[1] as number);
    expect(counts[1]).toBeLessThan(counts[2] as number);
  });

  it.each([
    ['4/4', { chordBeats: 2 }, [0, 8]],
    ['2/4', { chordBeats: 2 }, [0]],
    ['3/4', { chordBeats: 3 }, [0]],
    ['6/8', { chordBeats: 1 }, [0, 6]],
    ['6/8', { chordBeats: 2 }, [0]],
    ['6/8', { chordBeats: 2, density: 0.5 }, [0, 6]],
    ['6/8', { chordBeats: 2, texture: 'boomChuck', density: 0.5 }, [4, 10]],
    ['4/4', { chordBeats: 4, texture: 'boomChuck', density: 0.5 }, [4, 12]],
    ['3/4', { chordBeats: 3, texture: 'boomChuck', density: 0.5 }, [4, 8]],
  ])('in %s changes and strikes its chords on the beats that are counted: %o', (metre, params, places) => {
    const barMs = { '4/4': 2000, '3/4': 1500, '6/8': 1500, '2/4': 1000 }[metre] as number;
    const notes = chordNotes(heard(play({ metre, ...params }, steady(scale(48)))));
    const found = new Set(notes.map(({ onsetMs }) => Math.round(((onsetMs - START_MS) % barMs) / 125)));
    expect([...found].sort((a, b) => a - b)).toEqual(places);
  });

  it('swings the second eighth of a beat and leaves the beats', () => {
    const notes = heard(play({ texture: 'broken', density: 0.5, swing: 66 }, steady(scale(32))));
    const places = new Set(notes.map(({ onsetMs }) => Math.round((onsetMs - START_MS) % BEAT_MS)));
    expect(places).toEqual(new Set([0, 330]));
  });

  it('finds the visitor’s beat while it listens, and keeps it', () => {
    const beatMs = 60_000 / 104;
    const rhythm = [0, 1, 1.5, 2, 3, 4, 5, 5.5, 6, 6.5, 7];
    const events = Array.from({ length: 6 }, (_, bars) => bars * 8).flatMap((offset) =>
      rhythm.flatMap((beat, i) => {
        const onMs = START_MS + (offset + beat) * beatMs;
        return key(C_MAJOR[i % 8] as number, onMs, onMs + 200);
      }),
    );
    const notes = chordNotes(heard(play({ tempo: 'followed' }, events)));
    expect(notes.length).toBeGreaterThan(20);
    for (const { onsetMs } of notes) {
      const beats = (onsetMs - START_MS) / beatMs;
      expect(Math.abs(beats - 2 * Math.round(beats / 2))).toBeLessThan(0.15);
    }
  });

  it('takes over a pulse from outside without a note lost or bunched', () => {
    const pulse = { type: 'pulse', pulse: { tempoBpm: 122, originMs: 40 }, atMs: 9_010 } as const;
    const events = [...steady(scale(64)), pulse].sort((a, b) => a.atMs - b.atMs);
    const notes = chordNotes(heard(play({ tempo: 'midiClock' }, events)));
    const onsets = [...new Set(notes.map(({ onsetMs }) => onsetMs))];
    const beatMs = 60_000 / 122;
    for (const onsetMs of onsets.filter((each) => each > 13_000))
      expect((onsetMs - 40 + 1e-6) % beatMs).toBeLessThan(1);
    for (const [i, onsetMs] of onsets.entries())
      if (i > 0) expect(onsetMs - (onsets[i - 1] as number)).toBeGreaterThan(700);
    expect(Math.max(...gaps(notes), 0)).toBeLessThan(beatMs);
  });

  it('strikes nothing twice while the beat wavers', () => {
    for (const commitBeats of [0, 1]) {
      const pulses = Array.from(
        { length: 120 },
        (_, i): TimedEvent => ({
          type: 'pulse',
          pulse: { tempoBpm: 120 + Math.sin(i) / 2, originMs: START_MS + 12 * Math.sin(i / 3) },
          atMs: START_MS + i * 260,
        }),
      );
      const events = inOrder(steady(scale(64)), pulses);
      const notes = chordNotes(
        heard(play({ tempo: 'midiClock', commitBeats, density: 0.5 }, events, { model: randomModel(2) })),
      );
      expect(notes.length).toBeGreaterThan(50);
      for (const note of notes) {
        const again = notes.filter(
          (other) =>
            other !== note && other.pitch === note.pitch && Math.abs(other.onsetMs - note.onsetMs) < 60,
        );
        expect(again).toEqual([]);
      }
    }
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
