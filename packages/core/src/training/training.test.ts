import { describe, expect, it } from 'vitest';
import { NO_CONDITION } from '../models/encoding.js';
import { createOneHotEncoding } from '../models/encoding-of-config.js';
import { chordOf } from '../music/chord.js';
import { HOLD, type MelodyEvent, OFF } from '../music/melody.js';
import { createRandom } from '../random.js';
import { initialParameters } from './parameters.js';
import { type Sequence, sequenceOf, targetsOf, variedSequence } from './sequence.js';
import { Trainer } from './trainer.js';
import { type Windowing, windowsOf } from './windows.js';

const range = { minPitch: 60, maxPitch: 72 };
const encoding = createOneHotEncoding(range, 3);
const network = {
  inputSize: encoding.inputSize,
  units: [6, 5],
  heads: [{ name: 'melody', classes: encoding.classes }],
};
const shape: Windowing = {
  steps: 5,
  batch: 3,
  encoding,
  targets: targetsOf(encoding, null),
  classes: [encoding.classes],
};

function melody(length: number, seed: number): MelodyEvent[] {
  const random = createRandom(seed);
  return Array.from({ length }, () => {
    const coin = random.next();
    return coin < 0.3 ? HOLD : coin < 0.4 ? OFF : 60 + Math.floor(random.next() * 13);
  });
}

const sequence = (events: MelodyEvent[]): Sequence => ({
  melody: events,
  condition: NO_CONDITION,
  chords: null,
  bass: null,
});

describe('training', () => {
  it('moves each weight as finite differences of the loss say', async () => {
    const [window] = [...windowsOf([melody(6, 1), melody(4, 2), melody(6, 3)].map(sequence), shape)];
    if (!window) throw new Error('no window');
    const parameters = initialParameters(network, createRandom(3));
    const lossAt = async (changed: typeof parameters) => {
      const trainer = await Trainer.create(network, shape, { weights: changed, updates: 0 });
      return ((await trainer.measure(window)).losses[0] as number) / window.tokens;
    };
    const rate = 1e-3;
    const trainer = await Trainer.create(network, shape, { weights: parameters, updates: 0 });
    await trainer.train(window, rate);
    const moved = trainer.parameters();
    const random = createRandom(5);
    for (const [name, { values, shape: dims }] of parameters)
      for (let trial = 0; trial < 3; trial++) {
        const place = Math.floor(random.next() * values.length);
        const nudge = 5e-3;
        const nudged = (by: number) =>
          new Map([
            ...parameters,
            [name, { shape: dims, values: values.map((value, i) => (i === place ? value + by : value)) }],
          ]);
        const slope = ((await lossAt(nudged(nudge))) - (await lossAt(nudged(-nudge)))) / (2 * nudge);
        // Adam's first update is the learning rate against the sign of the gradient
        const step = ((moved.get(name)?.values[place] ?? 0) - (values[place] ?? 0)) / rate;
        if (Math.abs(slope) > 1e-3)
          expect(step, `${name}[${place}], slope ${slope}`).toBeCloseTo(-Math.sign(slope), 2);
      }
  });

  it('learns a melody by heart', async () => {
    const tune = melody(41, 9);
    const trainer = await Trainer.create(
      { ...network, units: [24] },
      { steps: 10, batch: 1 },
      { weights: initialParameters({ ...network, units: [24] }, createRandom(1)), updates: 0 },
    );
    let loss = Number.POSITIVE_INFINITY;
    for (let epoch = 0; epoch < 150; epoch++) {
      let sum = 0;
      for (const window of windowsOf([sequence(tune)], { ...shape, steps: 10, batch: 1 }))
        sum += (await trainer.train(window, 0.02)).losses[0] as number;
      loss = sum / (tune.length - 1);
    }
    expect(loss).toBeLessThan(0.1);
  });
});

describe('windows', () => {
  it('predict every event of every piece but its first exactly once, and begin each piece from zero', () => {
    const pieces = [melody(12, 1), melody(5, 2), melody(30, 3), melody(2, 4), melody(7, 5)];
    const windows = [...windowsOf(pieces.map(sequence), shape)];
    expect(windows.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(12 + 5 + 30 + 2 + 7 - pieces.length);
    expect(
      windows.flatMap(({ begins, targets: [target] }) =>
        begins.filter(
          (begin, b) =>
            begin &&
            target?.some((value, i) => value === 1 && Math.floor(i / encoding.classes) % shape.batch === b),
        ),
      ),
    ).toHaveLength(pieces.length);
  });
});

describe('sequences', () => {
  const piece = {
    id: 'made/up#1',
    style: 'pop' as const,
    stepsPerBar: 4,
    melody: [62, HOLD, OFF, 70, 65, HOLD, HOLD, HOLD],
    chords: ['C', 'C', 'G', 'G', 'Am', 'Am', 'F', 'F'],
    bass: [36, HOLD, 43, HOLD, 45, HOLD, 41, HOLD],
  };

  it('are moved as a whole, within the range, and rests are left alone', () => {
    const random = createRandom(2);
    const seen = new Set<number>();
    for (let i = 0; i < 50; i++) {
      const { melody: moved, chords, bass } = variedSequence(piece, { range, random, isMisheard: false });
      const semitones = Number(moved[0]) - 62;
      seen.add(semitones);
      expect(moved).toEqual(piece.melody.map((event) => (event >= 0 ? event + semitones : event)));
      expect(Math.min(...moved.filter((event) => event >= 0))).toBeGreaterThanOrEqual(range.minPitch);
      expect(Math.max(...moved)).toBeLessThanOrEqual(range.maxPitch);
      expect(chordOf(chords?.[4] as string)?.root).toBe((9 + semitones + 12) % 12);
      expect(bass?.[0]).toBe(36 + semitones);
    }
    expect([...seen].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2]);
  });

  it('misheard change what is heard of the chords, never what should be said to a melody', () => {
    const random = createRandom(4);
    let wrong = 0;
    for (let i = 0; i < 200; i++) {
      const {
        melody: heard,
        condition,
        chords,
        bass,
      } = variedSequence(piece, { range, random, isMisheard: true });
      heard.forEach((event, step) => {
        if (event < 0) return;
        const semitones = event - (piece.melody[step] as number);
        const root = chordOf(piece.chords[step] as string)?.root as number;
        expect(chordOf(chords?.[step] as string)?.root).toBe((root + semitones + 24) % 12);
        expect(Math.abs(((bass?.[4] ?? 0) - 45 - (Number(heard[4]) - 65)) % 12)).toBe(0);
        if (condition.chords[step] !== chords?.[step]) wrong++;
      });
    }
    expect(wrong).toBeGreaterThan(50);
  });

  it('as they are keep their key, and only move by octaves into the range', () => {
    const low = { ...piece, melody: piece.melody.map((event) => (event >= 0 ? event - 24 : event)) };
    expect(sequenceOf(low, range).melody).toEqual(piece.melody);
    expect(sequenceOf(low, range).chords).toEqual(piece.chords);
  });
});
