import { describe, expect, it } from 'vitest';
import { createRandom, type RandomStream } from '../random.js';
import {
  alignMelodies,
  type Key,
  type KeyedMelody,
  keyOf,
  relativeDistance,
  type Sound,
  soundsOfLine,
} from './index.js';

const C_MAJOR: Key = { tonic: 0, scale: 'major' };
const inC = (...sounds: [pitch: number | null, steps: number][]): KeyedMelody => ({
  sounds: sounds.map(([pitch, steps]) => ({ pitch, steps })),
  key: C_MAJOR,
});
const distance = (a: KeyedMelody, b: KeyedMelody) => alignMelodies(a, b).distance;

function randomMelody(random: RandomStream, notes: number): KeyedMelody {
  const sounds = Array.from({ length: notes }, (): Sound => {
    const pitch = random.next() < 0.15 ? null : 55 + Math.floor(random.next() * 25);
    return { pitch, steps: 1 + Math.floor(random.next() * 8) };
  });
  return {
    sounds,
    key: { tonic: Math.floor(random.next() * 12), scale: random.next() < 0.5 ? 'major' : 'minor' },
  };
}

/** Every way to turn one into the other, tried in turn; each group costs what it costs alone. */
function leastByTrying(a: KeyedMelody, b: KeyedMelody): number {
  if (a.sounds.length === 0 && b.sounds.length === 0) return 0;
  const alone = (down: number, right: number) => {
    const [as, bs] = [a.sounds.slice(0, down), b.sounds.slice(0, right)];
    const { operations } = alignMelodies({ ...a, sounds: as }, { ...b, sounds: bs });
    const whole = operations.length === 1 ? operations[0]?.weight : undefined;
    return whole ?? Infinity;
  };
  let least = Infinity;
  for (let down = 0; down <= a.sounds.length; down++)
    for (let right = 0; right <= b.sounds.length; right++) {
      if (down + right === 0 || Math.min(down, right) > 1) continue;
      if (Math.min(down, right) === 0 && down + right > 1) continue;
      const rest = leastByTrying(
        { ...a, sounds: a.sounds.slice(down) },
        { ...b, sounds: b.sounds.slice(right) },
      );
      least = Math.min(least, alone(down, right) + rest);
    }
  return least;
}

describe('the distance of melodies', () => {
  const tune = inC([60, 4], [62, 4], [64, 4], [null, 2], [67, 2]);

  it('is 0 for the same melody, and for its transposition in its own key', () => {
    expect(distance(tune, tune)).toBe(0);
    const sounds = tune.sounds.map(({ pitch, steps }) => ({
      pitch: pitch === null ? null : pitch + 5,
      steps,
    }));
    expect(distance(tune, { sounds, key: { tonic: 5, scale: 'major' } })).toBe(0);
    expect(distance(tune, { sounds, key: C_MAJOR })).toBeGreaterThan(1);
  });

  it('is 0 for the same melody also where its notes are outside the scale', () => {
    const chromatic = inC([60, 4], [61, 4], [63, 2], [66, 2]);
    expect(distance(chromatic, chromatic)).toBe(0);
    const random = createRandom(9);
    for (let round = 0; round < 50; round++) {
      const melody = randomMelody(random, 12);
      expect(relativeDistance(melody, melody)).toBe(0);
    }
  });

  it.each<[string, KeyedMelody, KeyedMelody, number]>([
    ['a second', inC([60, 4]), inC([62, 4]), 0.9],
    ['a fifth', inC([60, 4]), inC([67, 4]), 0.1],
    ['an octave', inC([60, 4]), inC([72, 4]), 0],
    ['a semitone out of the scale', inC([60, 1]), inC([61, 1]), 2 * 0.348],
    ['a long note a tritone away', inC([60, 16]), inC([66, 16]), 1.8],
    ['twice as long', inC([60, 4]), inC([60, 8]), 4 * 0.348],
    ['a note more', inC([60, 4]), inC([60, 4], [62, 2]), 2 * 0.348],
    ['a note less', inC([60, 4], [62, 2]), inC([60, 4]), 2 * 0.348],
    ['one note in four parts', inC([60, 16]), inC([60, 4], [60, 4], [60, 4], [60, 4]), 0],
    ['four parts in one note', inC([60, 4], [64, 4], [67, 4], [60, 4]), inC([60, 16]), 0.2 + 0.1],
    ['silence', inC(), inC([60, 4], [64, 4]), 8 * 0.348],
  ])('of %s is as the paper weighs it', (_, a, b, expected) => {
    expect(distance(a, b)).toBeCloseTo(expected, 9);
  });

  it('is the least of all ways that there are, the same both ways, and at most all of both', () => {
    const random = createRandom(7);
    for (let round = 0; round < 60; round++) {
      const a = randomMelody(random, Math.floor(random.next() * 5));
      const b = randomMelody(random, Math.floor(random.next() * 5));
      expect(distance(a, b)).toBeCloseTo(leastByTrying(a, b), 9);
      expect(distance(b, a)).toBeCloseTo(distance(a, b), 9);
      expect(relativeDistance(a, b)).toBeLessThanOrEqual(1 + 1e-9);
    }
  });

  it('comes with operations that make the second from the first and weigh as much', () => {
    const random = createRandom(8);
    for (let round = 0; round < 50; round++) {
      const a = randomMelody(random, 12);
      const b = randomMelody(random, 9);
      const { distance: sum, operations } = alignMelodies(a, b);
      expect(operations.reduce((total, { weight }) => total + weight, 0)).toBeCloseTo(sum, 9);
      expect(operations.flatMap(({ from }) => a.sounds.slice(...from))).toEqual(a.sounds);
      expect(operations.flatMap(({ to }) => b.sounds.slice(...to))).toEqual(b.sounds);
    }
  });

  it('is taken from a line with its rests', () => {
    const line = [
      { pitch: 60, velocity: 80, startStep: 2, endStep: 4 },
      { pitch: 62, velocity: 80, startStep: 4, endStep: 5 },
      { pitch: 64, velocity: 80, startStep: 8, endStep: 9 },
    ];
    expect(soundsOfLine(line, 0)).toEqual(inC([null, 2], [60, 2], [62, 1], [null, 3], [64, 1]).sounds);
  });
});

describe('the key', () => {
  it('is C major before anything was played, and where a phrase begins on its third', () => {
    expect(keyOf([])).toEqual({ tonic: 0, scale: 'major' });
    const phrase = [64, 64, 65, 67, 67, 65, 64, 62, 60, 60, 62, 64, 64];
    expect(keyOf(phrase.map((pitch) => ({ pitch, weight: 1 })))).toEqual({ tonic: 0, scale: 'major' });
  });

  const scale = (tonic: number, steps: number[]) =>
    [...steps, steps[0] as number].map((step, i) => ({ pitch: 60 + tonic + step, weight: i === 0 ? 2 : 1 }));

  it.each(Array.from({ length: 12 }, (_, tonic) => tonic))('of the scales on %d is found', (tonic) => {
    expect(keyOf(scale(tonic, [0, 2, 4, 5, 7, 9, 11]))).toEqual({ tonic, scale: 'major' });
    expect(keyOf(scale(tonic, [0, 2, 3, 5, 7, 8, 11]))).toEqual({ tonic, scale: 'minor' });
  });
});
