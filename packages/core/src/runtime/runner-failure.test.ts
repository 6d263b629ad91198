/** What is at fault suffers alone: a request, a session, a runner. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { type EncodedStep, NO_CONDITION } from '../models/encoding.js';
import type { Model } from '../models/model.js';
import type { GenerationRequest } from './engine.js';
import { melodyOf, onnxRunner, request, smallModel, startHost } from './host.fixture.js';
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

describe('a model whose runners die', () => {
  it('goes round its backends again, and says at each time what runs it and why', async () => {
    const told: string[] = [];
    const host = await startHost({
      backends: 2,
      runners: [
        await runnerThatDies(3),
        await runnerThatDies(40),
        await runnerThatDies(28),
        await onnxRunner(),
      ],
      observer: {
        runnerChosen: ({ reason }) => void told.push(reason),
        runnerFailed: ({ reason }) => void told.push(reason),
      },
    });
    expect(host.runner).toMatchObject({ status: 'up', reason: 'there is no other' });
    for (let answers = 0; answers < 3; answers++) expect(await melodyOf(host.open(1))).toHaveLength(24);
    expect(host.runner).toEqual({
      status: 'up',
      runner: 'onnx (cpu)',
      reason: 'took over from onnx (cpu), which failed: the device was lost',
    });
    const death = ['the device was lost', host.runner.reason];
    expect(told).toEqual(['there is no other', ...death, ...death, ...death]);
  });

  it('refuses requests while no runner works, tries ever more rarely, and plays on when one does', async () => {
    const failures: { reason: string; atMs: number }[] = [];
    const host = await startHost({
      backends: 1,
      runners: [await runnerThatDies(3), null, null, null, await onnxRunner()],
      observer: {
        runnerFailed: ({ reason }) => void failures.push({ reason, atMs: performance.now() }),
      },
    });
    const session = host.open(1);
    await expect(melodyOf(session)).rejects.toMatchObject({ code: 'runnerFailed' });
    expect(host.runner).toEqual({ status: 'down', runner: 'onnx (cpu)', reason: 'there is no such device' });
    expect(() => session.generate(request())).toThrow('no runner is left for melody-small');
    await vi.waitFor(() => expect(host.runner.status).toBe('up'), 5_000);
    expect(await melodyOf(session)).toHaveLength(24);
    const atMs = failures.map((failure) => failure.atMs);
    expect((atMs[2] ?? 0) - (atMs[1] ?? 0)).toBeGreaterThanOrEqual(19);
    expect((atMs[3] ?? 0) - (atMs[2] ?? 0)).toBeGreaterThanOrEqual(39);
  });

  it('is tried no more once it is closed', async () => {
    let failures = 0;
    const host = await startHost({
      backends: 1,
      runners: [await runnerThatDies(3), null],
      observer: { runnerFailed: () => void failures++ },
    });
    await expect(melodyOf(host.open(1))).rejects.toMatchObject({ code: 'runnerFailed' });
    await host.close();
    await sleep(100);
    expect(failures).toBe(2);
  });
});

describe('requests whose runner says nothing', () => {
  const maxSilenceMs = 150;
  const stuck = async () => {
    const runner = await onnxRunner();
    runner.step = () => new Promise(() => {});
    return runner;
  };

  it('are shed once they are too late, and not those that can wait', async () => {
    let sheds = 0;
    const host = await startHost({
      runners: [await stuck()],
      maxSilenceMs,
      observer: { shed: () => void sheds++ },
    });
    const nowMs = performance.now();
    const patient = melodyOf(host.open(1), { deadlineMs: nowMs + 60_000 });
    const hasEnded = vi.fn();
    patient.catch(hasEnded);
    await expect(melodyOf(host.open(2), { deadlineMs: nowMs })).rejects.toMatchObject({ code: 'shed' });
    expect(performance.now() - nowMs).toBeGreaterThan(maxSilenceMs);
    await sleep(2 * maxSilenceMs);
    expect(hasEnded).not.toHaveBeenCalled();
    expect(sheds).toBe(1);
  });

  it('are bounded in number, the least urgent first', async () => {
    const host = await startHost({ runners: [await stuck()], maxRequests: 2 });
    const ended: number[] = [];
    for (const deadlineMs of [30, 10, 20, 40])
      melodyOf(host.open(1), { deadlineMs }).catch(({ code }) => code === 'shed' && ended.push(deadlineMs));
    await sleep(20);
    expect(ended).toEqual([30, 40]);
  });
});

describe('logits that are no numbers', () => {
  /** From a runner whose device spoils the states of `slots` while `isBroken`. */
  async function spoilingRunner(isBroken: (slot: number) => boolean) {
    const runner = await onnxRunner();
    const step = runner.step.bind(runner);
    const restore = runner.restore.bind(runner);
    const size = (await runner.snapshot(0)).length;
    runner.step = async (batch) => {
      for (const slot of batch.slots)
        if (isBroken(slot)) await restore(slot, new Float32Array(size).fill(Number.NaN));
      return step(batch);
    };
    return runner;
  }

  it('end their request, and the session is primed anew for the next one', async () => {
    let isBroken = false;
    const failures: string[] = [];
    const host = await startHost({
      runners: [await spoilingRunner((slot) => isBroken && slot === 0)],
      observer: { runnerFailed: ({ reason }) => void failures.push(reason) },
    });
    const [spoiled, other] = [host.open(1), host.open(2)];
    const prompt = [60, 62, 64];
    await melodyOf(spoiled, { prompt });
    isBroken = true;
    const playing = melodyOf(other, { prompt });
    await expect(melodyOf(spoiled, { prompt })).rejects.toMatchObject({ code: 'badLogits' });
    isBroken = false;
    const [, fresh] = [await playing, host.open(1)];
    expect(await playing).toHaveLength(24);
    const longer = [...prompt, 65];
    const again = await melodyOf(spoiled, { prompt: longer, temperature: 0 });
    expect(again).toEqual(await melodyOf(fresh, { prompt: longer, temperature: 0 }));
    expect(failures).toEqual([]);
  });

  it('of one request after another are the runner’s failure, and the next one takes over', async () => {
    const failures: string[] = [];
    const host = await startHost({
      runners: [await spoilingRunner(() => true), await onnxRunner()],
      observer: { runnerFailed: ({ reason }) => void failures.push(reason) },
    });
    const expected = await melodyOf((await startHost()).open(1));
    const melodies = await Promise.all([1, 1, 1, 1, 1].map((seed) => melodyOf(host.open(seed))));
    for (const melody of melodies) expect(melody).toEqual(expected);
    expect(failures).toEqual([expect.stringContaining('is NaN')]);
  });
});
