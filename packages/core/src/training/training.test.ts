import { describe, expect, it } from 'vitest';
import { createOneHotEncoding } from '../models/encoding-of-config.js';
import { HOLD, type MelodyEvent, OFF } from '../music/melody.js';
import { createRandom } from '../random.js';
import { initialParameters } from './parameters.js';
import { Trainer } from './trainer.js';
import { transposed, windowsOf } from './windows.js';

const range = { minPitch: 60, maxPitch: 72 };
const encoding = createOneHotEncoding(range, 3);
const network = { inputSize: encoding.inputSize, units: [6, 5], classes: encoding.classes };
const shape = { steps: 5, batch: 3 };

function melody(length: number, seed: number): MelodyEvent[] {
  const random = createRandom(seed);
  return Array.from({ length }, () => {
    const coin = random.next();
    return coin < 0.3 ? HOLD : coin < 0.4 ? OFF : 60 + Math.floor(random.next() * 13);
  });
}

describe('training', () => {
  it('moves each weight as finite differences of the loss say', async () => {
    const [window] = [...windowsOf([melody(6, 1), melody(4, 2), melody(6, 3)], encoding, shape)];
    if (!window) throw new Error('no window');
    const parameters = initialParameters(network, createRandom(3));
    const lossAt = async (changed: typeof parameters) => {
      const trainer = await Trainer.create(network, shape, changed);
      return (await trainer.measure(window)).loss / window.tokens;
    };
    const rate = 1e-3;
    const trainer = await Trainer.create(network, shape, parameters);
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
      initialParameters({ ...network, units: [24] }, createRandom(1)),
    );
    let loss = Number.POSITIVE_INFINITY;
    for (let epoch = 0; epoch < 150; epoch++) {
      let sum = 0;
      for (const window of windowsOf([tune], encoding, { steps: 10, batch: 1 }))
        sum += (await trainer.train(window, 0.02)).loss;
      loss = sum / (tune.length - 1);
    }
    expect(loss).toBeLessThan(0.1);
  });
});

describe('windows', () => {
  it('predict every event of every piece but its first exactly once, and begin each piece from zero', () => {
    const pieces = [melody(12, 1), melody(5, 2), melody(30, 3), melody(2, 4), melody(7, 5)];
    const windows = [...windowsOf(pieces, encoding, shape)];
    expect(windows.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(12 + 5 + 30 + 2 + 7 - pieces.length);
    expect(
      windows.flatMap(({ begins, target }) =>
        begins.filter(
          (begin, b) =>
            begin &&
            target.some((value, i) => value === 1 && Math.floor(i / encoding.classes) % shape.batch === b),
        ),
      ),
    ).toHaveLength(pieces.length);
  });

  it('transpose within the range and leave rests alone', () => {
    const random = createRandom(2);
    for (let i = 0; i < 50; i++) {
      const moved = transposed([62, HOLD, OFF, 70], range, random);
      expect(Number(moved[3]) - Number(moved[0])).toBe(8);
      expect(moved.slice(1, 3)).toEqual([HOLD, OFF]);
      expect(moved[0]).toBeGreaterThanOrEqual(60);
      expect(moved[3]).toBeLessThanOrEqual(72);
    }
  });
});
