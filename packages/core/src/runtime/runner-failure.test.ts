/** What is at fault suffers alone: a request, a session, a runner. */
import { describe, expect, it } from 'vitest';
import { type EncodedStep, NO_CONDITION } from '../models/encoding.js';
import type { Model } from '../models/model.js';
import type { GenerationRequest } from './engine.js';
import { melodyOf, onnxRunner, smallModel, startHost } from './host.fixture.js';
import type { ModelRunner } from './model-runner.js';

const POISONED = { condition: { ...NO_CONDITION, style: 'poison' } };

function modelThat(encodesPoison: () => EncodedStep): Model {
  const { encoding } = smallModel;
  return {
    ...smallModel,
    encoding: {
      ...encoding,
      encode: (events, position, condition) =>
        condition.style === 'poison' ? encodesPoison() : encoding.encode(events, position, condition),
    },
  };
}

const thatThrows = modelThat(() => {
  throw new Error('it is poison');
});
const thatGoesOutside = modelThat(() => ({ indices: [smallModel.architecture.inputSize] }));

async function runnerThatDies(after: number): Promise<ModelRunner> {
  const runner = await onnxRunner();
  const step = runner.step.bind(runner);
  let steps = 0;
  runner.step = (batch) => (++steps > after ? Promise.reject(new Error('the device was lost')) : step(batch));
  return runner;
}

describe('a poisoned request ends alone, the others play on', () => {
  it.each<[string, Model, Partial<GenerationRequest>, string]>([
    ['cannot be encoded', thatThrows, POISONED, 'it is poison'],
    ['is outside the inputs of the network', thatGoesOutside, POISONED, 'is outside 0 to'],
    [
      'cannot be begun',
      smallModel,
      { condition: { ...NO_CONDITION, chords: null as never } },
      'chords is not iterable',
    ],
  ])('where it %s', async (_, model, poison, why) => {
    const failures: string[] = [];
    const host = await startHost({
      model,
      observer: { runnerFailed: ({ reason }) => void failures.push(reason) },
    });
    const expected = await melodyOf((await startHost()).open(1), { prompt: [60, 62] });
    const others = [1, 1, 1].map((seed) => melodyOf(host.open(seed), { prompt: [60, 62] }));
    await expect(melodyOf(host.open(2), poison)).rejects.toThrow(why);
    for (const melody of await Promise.all(others)) expect(melody).toEqual(expected);
    expect(failures).toEqual([]);
  });
});

it('a request that was under way at two deaths of a runner is not told to a third', async () => {
  const host = await startHost({
    runners: [await runnerThatDies(3), await runnerThatDies(3), await onnxRunner()],
  });
  await expect(melodyOf(host.open(1))).rejects.toMatchObject({
    code: 'runnerFailed',
    message: expect.stringContaining('2 runners died with it: the device was lost'),
  });
  expect(await melodyOf(host.open(1))).toHaveLength(24);
});
