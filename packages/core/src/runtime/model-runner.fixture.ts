/** One suite over every runner, wherever it runs: each must compute what the plain network computes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Architecture, Attention } from '../models/architecture.js';
import { stepNetwork, zeroState } from '../models/network.js';
import { createRandom } from '../random.js';
import type { ModelRunner, StepInput } from './model-runner.js';

const INPUTS = 11;
const random = createRandom(1);
const weights = (length: number, scale = 0.4) =>
  Float32Array.from({ length }, () => (random.next() * 2 - 1) * scale);

function network(units: number[], classes: number[], attention: Attention | null = null): Architecture {
  return {
    inputSize: INPUTS,
    layers: units.map((width, depth) => {
      const inputs = depth === 0 ? INPUTS : (units[depth - 1] as number);
      return { units: width, kernel: weights((inputs + width) * 4 * width), bias: weights(4 * width) };
    }),
    attention,
    heads: classes.map((count, i) => ({
      name: `head${i}`,
      classes: count,
      kernel: weights((units.at(-1) as number) * count, 2),
      bias: weights(count),
    })),
  };
}

function attentionOf(length: number, inner: number[]): Attention {
  const units = inner.at(-1) as number;
  return {
    layers: inner.length,
    length,
    inputKernel: weights((INPUTS + units) * INPUTS),
    inputBias: weights(INPUTS),
    queryKernel: weights(2 * inner.reduce((a, b) => a + b) * units),
    queryBias: weights(units),
    keyKernel: weights(units * units),
    scoreVector: weights(units, 2),
    outputKernel: weights(2 * units * units),
    outputBias: weights(units),
  };
}

const networks = {
  'one layer': network([16], [5]),
  'two layers': network([24, 16], [7]),
  'three layers, two heads': network([8, 12, 8], [5, 9]),
  'attention around the first of two layers': network([12, 10], [6], attentionOf(5, [12])),
  'attention around both layers': network([12, 10], [6], attentionOf(4, [12, 10])),
  'one layer with attention': network([10], [6], attentionOf(3, [10])),
};

const sequence = (length: number, seed: number): StepInput[] => {
  const coin = createRandom(seed);
  return Array.from({ length }, (_, t) =>
    t % 2 === 0
      ? { indices: [Math.floor(coin.next() * INPUTS)] }
      : { indices: [0, 3, 10], values: [coin.next(), -1, coin.next()] },
  );
};

function expected(architecture: Architecture, inputs: StepInput[]): number[][] {
  let state = zeroState(architecture);
  let logits: Float64Array[] = [];
  for (const input of inputs) ({ state, logits } = stepNetwork(architecture, state, input));
  return logits.map((values) => [...values]);
}

const row = (logits: Float32Array[], b: number, batch: number) =>
  logits.map((values) => [
    ...values.subarray((b * values.length) / batch, ((b + 1) * values.length) / batch),
  ]);

/** `tolerance`: by how much a logit may differ. */
export function describeRunner(name: string, createRunner: () => ModelRunner, tolerance: number): void {
  function expectClose(actual: number[][], wanted: number[][]): void {
    expect(actual.map(({ length }) => length)).toEqual(wanted.map(({ length }) => length));
    const worst = Math.max(
      ...actual.flatMap((values, i) =>
        values.map((value, j) => Math.abs(value - (wanted[i]?.[j] ?? Number.NaN))),
      ),
    );
    expect(worst).toBeLessThan(tolerance);
  }

  describe(name, () => {
    describe.each(Object.entries(networks))('%s', (_shape, architecture) => {
      let runner: ModelRunner;
      beforeAll(async () => {
        runner = createRunner();
        await runner.load(architecture);
      });
      afterAll(() => runner.close());

      it('computes what the plain network computes, step by step', async () => {
        const inputs = sequence(12, 7);
        await runner.reset(0);
        for (let t = 0; t < inputs.length; t++) {
          const logits = await runner.step({ slots: [0], inputs: [[inputs[t] as StepInput]] });
          expectClose(row(logits, 0, 1), expected(architecture, inputs.slice(0, t + 1)));
        }
      });

      it('takes sequences of unequal lengths in one batch, each as if it were alone', async () => {
        const inputs = [sequence(9, 1), sequence(1, 2), sequence(4, 3)];
        const slots = [5, 1, 3];
        for (const slot of slots) await runner.reset(slot);
        const logits = await runner.step({ slots, inputs });
        inputs.forEach((one, b) => {
          expectClose(row(logits, b, 3), expected(architecture, one));
        });
        const more = sequence(1, 9);
        const next = await runner.step({ slots: [3, 5], inputs: [more, more] });
        expectClose(row(next, 0, 2), expected(architecture, [...(inputs[2] as StepInput[]), ...more]));
        expectClose(row(next, 1, 2), expected(architecture, [...(inputs[0] as StepInput[]), ...more]));
      });

      it('copies, snapshots, restores and resets one slot without touching another', async () => {
        const [begin, a, b] = [sequence(5, 11), sequence(3, 12), sequence(3, 13)];
        await runner.reset(2);
        await runner.step({ slots: [2], inputs: [begin] });
        await runner.copy(2, 4);
        const snapshot = await runner.snapshot(2);
        const forks = await runner.step({ slots: [2, 4], inputs: [a, b] });
        expectClose(row(forks, 0, 2), expected(architecture, [...begin, ...a]));
        expectClose(row(forks, 1, 2), expected(architecture, [...begin, ...b]));
        await runner.restore(2, snapshot);
        expectClose(
          row(await runner.step({ slots: [2], inputs: [b] }), 0, 1),
          expected(architecture, [...begin, ...b]),
        );
        await runner.reset(2);
        expectClose(row(await runner.step({ slots: [2], inputs: [a] }), 0, 1), expected(architecture, a));
      });

      it('steps whoever comes and goes, at any time and in any order, each as if it were alone', async () => {
        const coin = createRandom(21);
        const heard = Array.from({ length: 9 }, (): StepInput[] => []);
        for (const slot of heard.keys()) await runner.reset(slot);
        for (let round = 0; round < 25; round++) {
          const present = [...heard.keys()].filter(() => coin.next() < 0.6);
          const slots = (coin.next() < 0.5 ? present : present.reverse()).slice(0, 8);
          if (slots.length === 0) continue;
          const isPriming = coin.next() < 0.2;
          const inputs = slots.map((slot) => sequence(isPriming ? 1 + (slot % 3) : 1, 100 * round + slot));
          const logits = await runner.step({ slots, inputs });
          slots.forEach((slot, b) => {
            heard[slot]?.push(...(inputs[b] as StepInput[]));
            expectClose(row(logits, b, slots.length), expected(architecture, heard[slot] ?? []));
          });
          if (coin.next() < 0.2) {
            const left = slots[0] as number;
            await runner.reset(left);
            heard[left] = [];
          }
        }
      });

      it('refuses what cannot be stepped, and goes on', async () => {
        await expect(
          runner.step({ slots: [0, 0], inputs: [sequence(1, 1), sequence(1, 2)] }),
        ).rejects.toMatchObject({ code: 'badStep' });
        await expect(runner.step({ slots: [0], inputs: [[{ indices: [INPUTS] }]] })).rejects.toMatchObject({
          code: 'badStep',
        });
        await expect(runner.step({ slots: [0], inputs: [[]] })).rejects.toMatchObject({ code: 'badStep' });
        await runner.reset(0);
        const one = sequence(1, 5);
        expectClose(row(await runner.step({ slots: [0], inputs: [one] }), 0, 1), expected(architecture, one));
      });
    });

    it('refuses to step once it is closed', async () => {
      const runner = createRunner();
      await runner.load(networks['one layer']);
      await runner.close();
      await expect(runner.step({ slots: [0], inputs: [sequence(1, 1)] })).rejects.toMatchObject({
        code: 'runnerClosed',
      });
    });
  });
}
