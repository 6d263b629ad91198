/** The bench measures what it says, on the smallest of networks: that it runs is proved here, how fast anything is is not. */
import type { Backend } from '@antiphon/core/runtime';
import { describe, expect, it } from 'vitest';
import type { Extent } from './extent.js';
import { seekLimit } from './limit.js';
import { describeMachine } from './machine.js';
import { measureResponseTime } from './response-time.js';
import { measureStepsPerSecond } from './steps-per-second.js';
import { measureSustainedSessions } from './sustained-sessions.js';

const ONNX: Backend = { library: 'onnx', provider: 'cpu' };

const TENSORFLOW: Backend = { library: 'tensorflow' };

const extent: Extent = {
  networks: [[8, 8]],
  sessions: [2],
  turnMs: 100,
  restMs: 0,
  rounds: 1,
  warmUpRounds: 0,
  network: [8],
  concurrent: [3],
  answers: 1,
  fewest: 2,
  most: 4,
  steps: 6,
};

/** Every figure of every row is one. */
function expectFigures(rows: object[]): void {
  for (const row of rows)
    for (const [name, value] of Object.entries(row))
      if (typeof value === 'number') expect([name, value >= 0]).toEqual([name, true]);
}

describe('the bench', () => {
  it('names the machine, its GPU and the libraries that were really loaded', async () => {
    expect(await describeMachine(ONNX)).toMatchObject({
      gpu: expect.stringMatching(/./),
      measured: 'onnx (cpu)',
      'TensorFlow.js': expect.stringMatching(/^tensorflow \((gpu|native|wasm)\)$/),
    });
    await expect(describeMachine({ library: 'onnx', provider: 'nonsense' as never })).rejects.toThrow(
      /^onnx \(nonsense\) does not work here/,
    );
  });

  it('measures every contender of a network, whatever the engine runs on', async () => {
    for (const backend of [ONNX, TENSORFLOW]) {
      const rows = await measureStepsPerSecond(backend, extent);
      expect(rows).toEqual([expect.objectContaining({ network: '8x8', sessions: 2 })]);
      expectFigures(rows);
    }
  });

  it('measures answers, batched and one by one', async () => {
    const rows = await measureResponseTime(ONNX, extent);
    expect(rows.map(({ concurrent, batching }) => [concurrent, batching])).toEqual([
      [3, 'batched'],
      [3, 'one by one'],
    ]);
    expectFigures(rows);
  });

  it('measures more and more sessions', async () => {
    const rows = await measureSustainedSessions(ONNX, extent);
    expect(rows[0]?.sessions).toBe(2);
    expectFigures(rows);
  });

  it.each([
    [2500, [64, 128, 256, 512, 1024, 2048, 4096, 3072, 2560, 2304, 2432]],
    [10_000, [64, 128, 256, 512, 1024, 2048, 4096, 8192]],
    [10, [64]],
  ])('looks for a limit of %d by doubling and then halving', async (limit, expected) => {
    const asked: number[] = [];
    await seekLimit({ fewest: 64, most: 8192 }, async (count) => {
      asked.push(count);
      return count <= limit;
    });
    expect(asked).toEqual(expected);
  });
});
