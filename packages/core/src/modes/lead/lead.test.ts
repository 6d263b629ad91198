import { describe, expect, it } from 'vitest';
import { chordOf, type MelodyEvent, pitchClassOf } from '../../music/index.js';
import type { ModeGenerationRequest } from '../mode.js';
import { beginMode } from '../run.js';
import {
  heard,
  inOrder,
  key,
  notesOf,
  type Performance,
  perform,
  type Scene,
  type TimedEvent,
} from '../virtual-time.js';
import { filled } from './filling.js';
import { polish } from './polish.js';
import { chordHeld, expectedChords } from './progression.js';

const BEAT_MS = 500;
const BAR_MS = 4 * BEAT_MS;
const START_MS = 1000;
const VOICED: Record<string, number[]> = {
  C: [48, 52, 55],
  Am: [45, 52, 57],
  F: [41, 48, 57],
  G7: [43, 53, 59],
};

/** Each chord for a bar, struck on every beat or held. */
function chordsPlayed(
  symbols: string[],
  { strikes = 1, velocity = 90, startMs = START_MS } = {},
): TimedEvent[] {
  return inOrder(
    ...symbols.flatMap((symbol, bar) =>
      Array.from({ length: strikes }, (_, i) => {
        const onMs = startMs + (bar + i / strikes) * BAR_MS;
        return (VOICED[symbol] as number[]).flatMap((pitch) =>
          key(pitch, onMs, onMs + (BAR_MS / strikes) * 0.95, velocity),
        );
      }),
    ),
  );
}

/** A 16th on the root of each step's chord, in every step. */
const roots = ({ prompt, steps, chords = [] }: ModeGenerationRequest): MelodyEvent[] =>
  Array.from({ length: steps }, (_, i) => 72 + (chordOf(chords[prompt.length + i] ?? '')?.root ?? 0));

function play(
  params: Record<string, unknown>,
  events: TimedEvent[],
  options: Partial<Performance> = {},
): Scene {
  return perform(() => beginMode('lead', { tempo: 'fixed', density: 1, ...params }), events, {
    seed: 1,
    generationMs: 30,
    untilMs: 120_000,
    model: roots,
    ...options,
  });
}

const grid = { originMs: 0, tempoBpm: 120, beatsPerBar: 4 };
const requestsOf = ({ effects }: Scene) =>
  effects.flatMap(({ atMs, effect }) => (effect.type === 'generate' ? [{ atMs, ...effect.request }] : []));
const ROUND = ['C', 'Am', 'F', 'G7'];

describe('lead', () => {
  it('is silent while it listens, and then plays tones of the chord', () => {
    const notes = notesOf(play({ listenBeats: 8 }, chordsPlayed(['C', 'C', 'C', 'C'])));
    expect(notes[0]?.onsetMs).toBeCloseTo(START_MS + 2 * BAR_MS, 6);
    expect(new Set(notes.map(({ pitch }) => pitchClassOf(pitch)))).toEqual(new Set([0]));
    expect(new Set(notes.map(({ voice }) => voice))).toEqual(new Set(['melody']));
  });

  it('follows another chord within a beat', () => {
    const scene = play({}, chordsPlayed(['C', 'C', 'C', 'F', 'F']));
    const onMs = START_MS + 3 * BAR_MS;
    let melody = notesOf({ effects: [] });
    for (const { effect } of scene.effects)
      if (effect.type === 'plan')
        melody = [...melody.filter(({ onsetMs }) => onsetMs < effect.fromMs), ...effect.notes];
    const tones = (fromMs: number, untilMs: number) =>
      new Set(
        melody
          .filter(({ onsetMs }) => onsetMs >= fromMs && onsetMs < untilMs)
          .map(({ pitch }) => pitchClassOf(pitch)),
      );
    expect(tones(onMs - BAR_MS, onMs)).toEqual(new Set([0]));
    expect(tones(onMs + BEAT_MS, onMs + BAR_MS)).toEqual(new Set([5]));
  });

  it('knows a round of chords when it comes again, and has its melody ready', () => {
    const rounds = play({}, chordsPlayed([...ROUND, ...ROUND, ...ROUND, ...ROUND], { strikes: 4 }));
    const at = (bar: number) => START_MS + bar * BAR_MS;
    const asked = (fromBar: number, untilBar: number) =>
      requestsOf(rounds).filter(({ atMs }) => atMs >= at(fromBar) && atMs < at(untilBar)).length;
    expect(asked(1, 4)).toBeGreaterThan(4);
    expect(asked(8, 15)).toBeLessThanOrEqual(8);
    const late = requestsOf(rounds).find(({ atMs }) => atMs > at(9));
    expect(new Set(late?.chords?.slice(late.prompt.length)).size).toBe(1);
  });

  it('tells the model its own melody and the chords of each step, in bounded blocks', () => {
    const long = Array.from({ length: 20 }, () => ROUND).flat();
    const requests = requestsOf(play({}, chordsPlayed(long, { strikes: 2 }), { untilMs: 200_000 }));
    for (const { prompt, chords = [], steps } of requests) {
      expect(prompt.length).toBeLessThan(128 + 16);
      expect(chords).toHaveLength(prompt.length + steps);
    }
    const last = requests.at(-10);
    const sounding = last?.prompt.slice(-16).filter((event) => event >= 0) ?? [];
    expect(sounding.length).toBeGreaterThan(8);
  });

  it('trades fours: four bars of its own, four of the visitor, who is heard', () => {
    const theme = Array.from({ length: 64 }, (_, i) =>
      key(84 + (i % 3), START_MS + i * BEAT_MS, START_MS + i * BEAT_MS + 300),
    );
    const events = inOrder(chordsPlayed(Array(16).fill('C')), ...theme);
    const scene = play({ tradeBars: 4, listenBeats: 4 }, events);
    const bars = new Set(
      notesOf(scene).map(({ onsetMs }) => Math.floor((onsetMs - START_MS) / BAR_MS + 1e-6)),
    );
    expect([...bars].filter((bar) => bar < 16).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 9, 10, 11, 12]);
    const turnAt = (bar: number) =>
      scene.effects
        .flatMap(({ atMs, effect }) =>
          effect.type === 'turn' && atMs < START_MS + bar * BAR_MS ? [effect.turn] : [],
        )
        .at(-1);
    expect([0.5, 2, 4.5, 6, 8.5, 10].map(turnAt)).toEqual([
      'listening',
      'machine',
      'machine',
      'listening',
      'listening',
      'machine',
    ]);
    const second = requestsOf(scene).find(({ atMs }) => atMs > START_MS + 8.5 * BAR_MS);
    expect(second?.prompt.slice(-32)).toEqual(expect.arrayContaining([84, 85, 86]));
  });

  /** Bars from `START_MS` in which the machine begins notes; parts of a bar are told. */
  const barsOf = (scene: Scene, inBars = 1) =>
    new Set(notesOf(scene).map(({ onsetMs }) => Math.floor((inBars * (onsetMs - START_MS)) / BAR_MS + 1e-6)));

  it.each([0.3, 4.3, 6.7])('trades from a bar line on when it is told to in the middle of bar %d', (bar) => {
    const setMs = START_MS + bar * BAR_MS;
    const mode = beginMode('lead', { tempo: 'fixed', density: 1, listenBeats: 1 });
    let isSet = false;
    const step: typeof mode.step = (event, context) => {
      if (!isSet && context.nowMs >= setMs)
        mode.adjust({ tempo: 'fixed', density: 1, listenBeats: 1, tradeBars: 2 });
      isSet = context.nowMs >= setMs;
      return mode.step(event, context);
    };
    const scene = perform(() => ({ ...mode, role: mode.role, step }), chordsPlayed(Array(16).fill('C')), {
      seed: 1,
      generationMs: 30,
      untilMs: 120_000,
      model: roots,
    });
    const first = Math.ceil(bar) + 2;
    const quarters = barsOf(scene, 4);
    for (let quarter = 1; quarter < 4 * 16; quarter++) {
      const isMachines = quarter < 4 * first || Math.floor((quarter / 4 - first) / 2) % 2 === 1;
      expect(quarters.has(quarter), `quarter ${quarter}`).toBe(isMachines);
    }
  });

  it('trades whole bars after a pause in the middle of its listening, too', () => {
    const pausedMs = START_MS + 8 * BAR_MS;
    const events = inOrder(chordsPlayed(['C']), chordsPlayed(Array(9).fill('C'), { startMs: pausedMs }));
    const scene = play({ tradeBars: 1, listenBeats: 14, stopBeats: 2 }, events);
    const quarters = [...barsOf(scene, 4)].sort((a, b) => a - b);
    expect(quarters.length).toBeGreaterThan(8);
    const parts = quarters.filter((quarter, i) => quarters[i - 1] !== quarter - 1);
    for (const quarter of parts) expect(quarter % 4).toBe(0);
  });

  it('stays over the hands and is as loud as they are', () => {
    for (const velocity of [40, 110]) {
      const notes = notesOf(play({}, chordsPlayed(['C', 'F', 'C', 'F'], { velocity })));
      for (const note of notes) {
        expect(note.pitch).toBeGreaterThan(57);
        expect(note.velocity).toBeLessThanOrEqual(velocity);
        expect(note.velocity).toBeGreaterThan(velocity / 2);
      }
    }
  });

  it('plays denser when told to', () => {
    const count = (density: number) => notesOf(play({ density }, chordsPlayed(Array(8).fill('C')))).length;
    expect(count(0.2)).toBeLessThan(count(0.5) / 1.5);
    expect(count(0.5)).toBeLessThan(count(1) / 1.5);
  });

  it('plays over chords of the key of who plays none, also when they modulate', () => {
    const tune = [0, 2, 4, 5, 7, 5, 4, 2, 0, 4, 7, 4, 2, 5, 2, 0];
    const inKey = (tonic: number, startMs: number) =>
      tune.flatMap((degree, i) => key(tonic + degree, startMs + i * BEAT_MS, startMs + (i + 0.9) * BEAT_MS));
    const scene = play(
      {},
      [64, 69].flatMap((tonic, i) =>
        [0, 1].flatMap((again) => inKey(tonic, START_MS + (2 * i + again) * 4 * BAR_MS)),
      ),
    );
    for (const [tonic, fromBar] of [
      [64, 4],
      [69, 12],
    ] as const) {
      const wanted = requestsOf(scene).filter(
        ({ atMs }) => atMs > START_MS + fromBar * BAR_MS && atMs < START_MS + (fromBar + 4) * BAR_MS,
      );
      const classes = wanted.flatMap(({ prompt, chords = [] }) =>
        chords.slice(prompt.length).flatMap((chord) => chordOf(chord)?.pitchClasses ?? []),
      );
      const degrees = new Set(classes.map((each) => pitchClassOf(each - tonic)));
      expect([...degrees].sort((a, b) => a - b)).toEqual(
        [0, 2, 4, 5, 7, 9, 11].filter((degree) => degrees.has(degree)),
      );
      expect(degrees.size).toBeGreaterThan(4);
    }
  });

  it('goes back to the chords of the key when a visitor has left off playing chords', () => {
    const tune = Array.from({ length: 32 }, (_, i) =>
      key(
        [72, 76, 79, 77, 76, 74, 71, 72][i % 8] as number,
        START_MS + 2 * BAR_MS + i * BEAT_MS,
        START_MS + 2 * BAR_MS + (i + 0.9) * BEAT_MS,
      ),
    ).flat();
    const scene = play({}, inOrder(chordsPlayed(['Am', 'Am']), tune));
    const last = requestsOf(scene).findLast(({ atMs }) => atMs < START_MS + 10 * BAR_MS);
    expect(['C', 'F', 'G']).toContain(last?.chords?.at(-1));
  });

  it('is as busy as the visitor', () => {
    const count = (strikes: number) =>
      notesOf(play({ density: 0.6 }, chordsPlayed(Array(8).fill('C'), { strikes }))).length;
    expect(count(8)).toBeGreaterThan(1.5 * count(1));
  });

  it('plays only what is in the key or in the chords', () => {
    const requests = requestsOf(play({}, chordsPlayed([...ROUND, ...ROUND])));
    const classes = new Set(
      requests.slice(6).flatMap(({ allowedPitches }) => allowedPitches?.map((pitch) => pitch % 12)),
    );
    expect([...classes].sort((a, b) => (a ?? 0) - (b ?? 0))).toEqual([0, 2, 4, 5, 7, 9, 11]);
  });

  it('asks for the style that is set', () => {
    const styles = ['folk', 'pop', 'any'].map(
      (style) => requestsOf(play({ style }, chordsPlayed(['C', 'C'])))[0]?.style,
    );
    expect(styles).toEqual(['folk', 'pop', undefined]);
  });

  it('strikes nothing twice while the beat wavers', () => {
    const pulses = Array.from(
      { length: 120 },
      (_, i): TimedEvent => ({
        type: 'pulse',
        pulse: { tempoBpm: 120 + Math.sin(i) / 20, originMs: START_MS + 12 * Math.sin(i / 3) },
        atMs: START_MS + i * 260,
      }),
    );
    const round = ['C', 'F', 'Am', 'G7', 'C', 'Am', 'F', 'G7', 'F', 'C', 'G7', 'Am'];
    const scene = play({ tempo: 'midiClock' }, inOrder(chordsPlayed(round, { strikes: 2 }), pulses));
    const onsets = heard(scene, 60_000).flatMap(({ type, atMs }) => (type === 'noteOn' ? [atMs] : []));
    expect(onsets.length).toBeGreaterThan(60);
    for (const [i, onset] of onsets.entries())
      if (i > 0) expect(onset - (onsets[i - 1] as number)).toBeGreaterThan(60);
  });

  it('stops when the visitor stops', () => {
    const scene = play({}, chordsPlayed(['C', 'C', 'C']));
    const endMs = START_MS + 3 * BAR_MS;
    let lastMs = 0;
    for (const { effect } of scene.effects)
      if (effect.type === 'plan') lastMs = effect.notes.at(-1)?.onsetMs ?? Math.min(lastMs, effect.fromMs);
    expect(lastMs).toBeLessThanOrEqual(endMs + 8 * BEAT_MS);
    expect(scene.effects.at(-1)?.effect).toEqual({ type: 'turn', turn: 'visitor' });
  });
});

describe('the progression', () => {
  it('keeps a chord while nothing or one key is held, and hears the lower hand only', () => {
    expect(chordHeld([], 'Am')).toBe('Am');
    expect(chordHeld([60], 'Am')).toBe('Am');
    expect(chordHeld([48, 52, 55, 74, 77], 'Am')).toBe('C');
  });

  it('goes on in rounds that were heard, else stays', () => {
    const bars = (symbols: string[]) => symbols.flatMap((symbol) => Array<string>(16).fill(symbol));
    expect(expectedChords(bars(['C', 'F', 'C']), 32, 16)).toEqual(bars(['F', 'C']));
    expect(expectedChords(bars(['C', 'F', 'G']), 16, 16)).toEqual(bars(['G']));
    expect(expectedChords([], 2, 16)).toEqual(['N.C.', 'N.C.']);
  });
});

describe('filling', () => {
  const allowed = [60, 62, 64, 65, 67, 69, 71, 72, 74, 76, 77, 79];
  const filling = { startStep: 0, grid, onsetsPerBeat: 2, allowed, before: 72 };
  const bare = Array<number>(16).fill(-2);
  const inC = Array<string>(16).fill('C');

  it('puts chord tones on the beats of a bare bar, none of them twice in a row', () => {
    const events = filled(bare, inC, filling);
    expect(events.flatMap((event, step) => (event >= 0 ? [step] : []))).toEqual([0, 4, 8, 12]);
    const pitches = events.filter((event) => event >= 0);
    for (const [i, pitch] of pitches.entries()) {
      expect([0, 4, 7]).toContain(pitch % 12);
      expect(pitch).not.toBe(pitches[i - 1] ?? 72);
    }
  });

  it('goes half way to the next note, and touches nothing that was there', () => {
    const events = [72, ...Array<number>(11).fill(-2), 60, -2, -2, -2];
    const fill = filled(events, inC, { ...filling, onsetsPerBeat: 1.5 });
    expect([fill[0], fill[12]]).toEqual([72, 60]);
    expect(fill[8]).toBe(67);
    expect(filled(events, inC, { ...filling, onsetsPerBeat: 1 })).toEqual(events);
  });

  it('leaves the end of every fourth bar to breathe', () => {
    const events = filled(bare, inC, { ...filling, startStep: 3 * 16, onsetsPerBeat: 4 });
    expect(events.slice(8)).toEqual(Array(8).fill(-2));
    expect(events.slice(0, 8).filter((event) => event >= 0).length).toBeGreaterThan(1);
  });
});

describe('polishing', () => {
  const bounds = { lowest: 60, highest: 79, onsetsPerBeat: 4 };
  it('moves notes on beats to the nearest chord tone, and all within the bounds', () => {
    const chords = Array<string>(8).fill('C');
    expect(polish([61, 61, -2, -1, 90, 40, 66, -2], chords, { startStep: 0, grid, bounds })).toEqual([
      60, 61, -2, -1, 79, 64, 66, -2,
    ]);
  });

  it('drops what repeats the note before it rather than what moves', () => {
    const events = [60, -2, 60, -2, 64, -2, 65, -2];
    expect(polish(events, [], { startStep: 0, grid, bounds: { ...bounds, onsetsPerBeat: 1.5 } })).toEqual([
      60, -2, -2, -2, 64, -2, 65, -2,
    ]);
  });

  it.each([
    ['4/4', {}, [0, 4, 8, 12]],
    ['3/4', { beatsPerBar: 3 }, [0, 4, 8]],
    ['6/8', { beatsPerBar: 3, countedSteps: 6 }, [0, 6]],
  ])('keeps the beats of %s longest', (_metre, metre, kept) => {
    const bar = 4 * { ...grid, ...metre }.beatsPerBar;
    const events = Array.from({ length: bar }, (_, step) => 60 + (step % 7));
    const onsetsPerBeat = (kept.length / bar) * 4;
    const sparse = polish(events, [], {
      startStep: bar,
      grid: { ...grid, ...metre },
      bounds: { ...bounds, onsetsPerBeat },
    });
    expect(sparse.flatMap((event, step) => (event >= 0 ? [step] : []))).toEqual(kept);
  });

  it('drops the weakest onsets first', () => {
    const events = Array<number>(8).fill(60);
    const sparse = polish(events, [], { startStep: 0, grid, bounds: { ...bounds, onsetsPerBeat: 1 } });
    expect(sparse).toEqual([60, -2, -2, -2, 60, -2, -2, -2]);
  });
});
