import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_CONDITION } from '../models/encoding.js';
import { stepNetwork, zeroState } from '../models/network.js';
import type { MelodyEvent } from '../music/melody.js';
import type { Backend } from './backend.js';
import type { BatcherLimits } from './batcher.js';
import { startBatcherThread } from './batcher-thread.js';
import { type Engine, silentObserver } from './engine.js';
import {
  CALL,
  collect,
  HOST,
  melodyOf,
  smallModel as model,
  onnxRunner,
  recordingRunner,
  request,
  START,
  startHost,
} from './host.fixture.js';
import { ModelHost } from './model-host.js';
import { startEngine } from './start-engine.js';

describe('an engine session', () => {
  it('takes the likeliest event of the plain network when greedy, and says how likely it was', async () => {
    const host = await startHost();
    const events = await collect(host.open(1).generate(request({ temperature: 0, steps: 12 })));
    const history = [...CALL];
    let state = zeroState(model.architecture);
    let logits: Float64Array[] = [];
    history.forEach((_, i) => {
      ({ state, logits } = stepNetwork(
        model.architecture,
        state,
        model.encoding.encode(history, i, NO_CONDITION),
      ));
    });
    for (const { event } of events) {
      const [melody] = logits as [Float64Array];
      expect(model.encoding.classOf(event, history)).toBe(melody.indexOf(Math.max(...melody)));
      history.push(event);
      ({ state, logits } = stepNetwork(
        model.architecture,
        state,
        model.encoding.encode(history, history.length - 1, NO_CONDITION),
      ));
    }
  });

  it('gives another answer to the same call when asked again, and the same pair of answers when re-run', async () => {
    const host = await startHost();
    const [first, second] = [host.open(5), host.open(5)];
    const answers = [await melodyOf(first), await melodyOf(first)];
    expect(answers[0]).not.toEqual(answers[1]);
    expect([await melodyOf(second), await melodyOf(second)]).toEqual(answers);
  });

  it('draws the same notes whether an earlier request was cancelled or not', async () => {
    const host = await startHost();
    const [calm, hasty] = [host.open(5), host.open(5)];
    await melodyOf(calm);
    for await (const _ of hasty.generate(request())) break;
    expect(await melodyOf(hasty)).toEqual(await melodyOf(calm));
  });

  it('goes on from a longer prompt as if it had been primed with all of it', async () => {
    const host = await startHost();
    const [patient, fresh] = [host.open(9), host.open(9)];
    const first = await melodyOf(patient, { steps: 8 });
    await melodyOf(fresh, { steps: 8, prompt: [72] });
    const prompt = [...CALL, ...first, 67, -2];
    expect(await melodyOf(patient, { prompt })).toEqual(await melodyOf(fresh, { prompt }));
  });

  it('goes on from its own answer without priming, again and again', async () => {
    const { runner, lengths: primed } = await recordingRunner();
    const session = (await startHost({ runners: [runner] })).open(1);
    const melody = [...CALL, ...(await melodyOf(session, { steps: 16 }))];
    primed.length = 0;
    for (let i = 0; i < 3; i++) melody.push(...(await melodyOf(session, { prompt: melody, steps: 16 })));
    expect(Math.max(...primed)).toBe(1);
  });

  it('forks: the fork goes on from what was heard, without priming, and leaves the other alone', async () => {
    const { runner, lengths: primed } = await recordingRunner();
    const host = await startHost({ runners: [runner] });
    const original = host.open(1);
    const first = await melodyOf(original, { steps: 8 });
    const prompt = [...CALL, ...first];
    const fork = await original.fork(77);
    primed.length = 0;
    const [forked, again] = await Promise.all([melodyOf(fork, { prompt }), melodyOf(original, { prompt })]);
    expect(Math.max(...primed)).toBe(1);
    expect(forked).not.toEqual(again);
    expect(forked).toEqual(await melodyOf((await startHost()).open(77), { prompt }));
    const hasty = fork.generate(request({ prompt, steps: 50 }));
    const during = await Promise.all([
      collect(hasty),
      fork.fork(5).then((late) => melodyOf(late, { temperature: 0 })),
    ]);
    expect(during[1]).toEqual(await melodyOf(host.open(1), { temperature: 0 }));
  });

  it('keeps a fork that is laid aside as a snapshot: each fork of it goes on from there, without priming', async () => {
    const { runner, lengths: primed } = await recordingRunner();
    const host = await startHost({ runners: [runner] });
    const session = host.open(1);
    await melodyOf(session, { steps: 1 });
    const snapshot = await session.fork(0);
    await melodyOf(session, { prompt: [72, 71], steps: 30 });
    session.close();
    primed.length = 0;
    const restored = [await snapshot.fork(7), await snapshot.fork(7), await snapshot.fork(8)];
    const melodies = await Promise.all(restored.map((each) => melodyOf(each)));
    expect(Math.max(...primed)).toBe(1);
    expect(melodies[0]).toEqual(await melodyOf((await startHost()).open(7)));
    expect(melodies[1]).toEqual(melodies[0]);
    expect(melodies[2]).not.toEqual(melodies[0]);
  });

  it('starts only allowed notes', async () => {
    const host = await startHost();
    const melody = await melodyOf(host.open(3), {
      allowedPitches: [60, 64, 67],
      steps: 64,
      temperature: 2,
    });
    for (const event of melody) expect([-2, -1, 60, 64, 67]).toContain(event);
  });

  it('lets nothing sound at steps that must be silent', async () => {
    const host = await startHost();
    const silentSteps = [0, 1, 6, 7, 8, 15];
    const melody = await melodyOf(host.open(3), { prompt: [60, -2, 62], silentSteps, temperature: 1.5 });
    let isSounding = true;
    melody.forEach((event, step) => {
      if (event !== -2) isSounding = event >= 0;
      if (silentSteps.includes(step)) expect(isSounding).toBe(false);
    });
    expect(melody[0]).toBe(-1);
    expect(melody.some((event) => event >= 0)).toBe(true);
  });

  it('goes on from silence where there is no call', async () => {
    const host = await startHost();
    expect(await melodyOf(host.open(3), { prompt: [] })).toHaveLength(24);
  });

  it('is certain of an event that nothing else could have been', async () => {
    const host = await startHost();
    const [event] = await collect(host.open(3).generate(request({ steps: 1, topK: 1 })));
    expect(event?.logProbability).toBeCloseTo(0, 6);
  });
});

describe('a batcher', () => {
  it('computes nothing more for a request that was cancelled', async () => {
    const sizes: number[] = [];
    const host = await startHost({
      observer: { stepped: ({ size }) => void sizes.push(size) },
    });
    let before = 0;
    for await (const _ of host.open(1).generate(request({ steps: 500 }))) {
      before = sizes.length;
      if (before > 3) break;
    }
    await sleep(50);
    expect(sizes.length).toBeLessThanOrEqual(before + 2);
    const abort = new AbortController();
    const rest = collect(host.open(2).generate(request({ steps: 100_000 }), abort.signal));
    setTimeout(() => abort.abort(), 20);
    expect((await rest).length).toBeLessThan(100_000);
  });

  it('counts every event that comes after it was wanted', async () => {
    let misses = 0;
    const host = await startHost({ observer: { deadlineMissed: () => void misses++ } });
    await melodyOf(host.open(1), { deadlineMs: performance.now() + 60_000, stepMs: 125 });
    expect(misses).toBe(0);
    await melodyOf(host.open(1), { deadlineMs: performance.now() - 1000, stepMs: 1e6, steps: 5 });
    expect(misses).toBe(1);
  });

  it('sheds the least urgent when events come far too late, until the others are in time', async () => {
    const slow = await onnxRunner();
    const step = slow.step.bind(slow);
    slow.step = async (batch) => {
      await sleep(20 * batch.slots.length);
      return step(batch);
    };
    const host = await startHost({ runners: [slow], maxBatch: 1, maxLatenessMs: 70 });
    const startMs = performance.now();
    const results = await Promise.allSettled(
      [0, 1, 2, 3, 4, 5, 6, 7].map((i) => melodyOf(host.open(i), { deadlineMs: startMs + i, steps: 4 })),
    );
    expect(results[0]?.status).toBe('fulfilled');
    expect(results.at(-1)).toMatchObject({
      status: 'rejected',
      reason: { code: 'shed', message: expect.stringContaining('late') },
    });
  });

  it('serves more sessions than fit into a batch, each as if it were alone', async () => {
    const roomy = await startHost();
    const tight = await startHost({ maxBatch: 2 });
    const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
    const expected = await Promise.all(seeds.map((seed) => melodyOf(roomy.open(seed))));
    const sessions = seeds.map((seed) => tight.open(seed));
    expect(await Promise.all(sessions.map((session) => melodyOf(session)))).toEqual(expected);
    const prompts = expected.map((melody) => [...CALL, ...melody]);
    const roomySessions = seeds.map((seed) => roomy.open(seed + 100));
    const tightSessions = seeds.map((seed) => tight.open(seed + 100));
    for (const round of [0, 1]) {
      const wanted = await Promise.all(
        roomySessions.map((session, i) =>
          melodyOf(session, { prompt: prompts[i]?.slice(0, 20 + round * 9) ?? [] }),
        ),
      );
      expect(
        await Promise.all(
          tightSessions.map((session, i) =>
            melodyOf(session, { prompt: prompts[i]?.slice(0, 20 + round * 9) ?? [] }),
          ),
        ),
      ).toEqual(wanted);
    }
  });

  it('lets the earliest deadline go first', async () => {
    const host = await startHost({ maxBatch: 1 });
    const order: string[] = [];
    const run = async (name: string, deadlineMs: number) => {
      await collect(host.open(1).generate(request({ deadlineMs, steps: 5 })));
      order.push(name);
    };
    await Promise.all([run('late', 300), run('early', 100), run('middle', 200)]);
    expect(order).toEqual(['early', 'middle', 'late']);
  });

  it.each([
    ['waits for steps that are wanted now', 0, Number.MAX_SAFE_INTEGER, 20],
    ['does not where they can wait as well', 60_000, Number.MAX_SAFE_INTEGER, 0],
    ['does not where its own answer is wanted now', 0, 50, 0],
  ])('primes a long call, which %s', async (_, stepsInMs, callInMs, batchesBefore) => {
    const { runner, lengths } = await recordingRunner();
    const host = await startHost({ runners: [runner] });
    const session = host.open(1);
    await melodyOf(session, { prompt: [60], steps: 1 });
    lengths.length = 0;
    const nowMs = performance.now();
    await Promise.all([
      melodyOf(session, { prompt: [60, 62], steps: 20, deadlineMs: nowMs + stepsInMs }),
      melodyOf(host.open(2), { prompt: Array(200).fill(-2), deadlineMs: nowMs + callInMs }),
    ]);
    expect(lengths.indexOf(200)).toBe(batchesBefore);
  });

  it('sheds the least urgent request when too many wait, and tells only that one', async () => {
    let sheds = 0;
    const host = await startHost({
      maxRequests: 2,
      observer: { shed: () => void sheds++ },
    });
    const results = await Promise.allSettled(
      [10, 30, 20].map((deadlineMs, i) => collect(host.open(i).generate(request({ deadlineMs })))),
    );
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(results[1]).toMatchObject({ reason: { code: 'shed' } });
    expect(sheds).toBe(1);
  });

  it('moves every session to the next runner when one fails, without a wrong or a lost note', async () => {
    const expected = await melodyOf((await startHost()).open(42));
    const failing = await onnxRunner();
    const step = failing.step.bind(failing);
    let steps = 0;
    failing.step = (batch) => (++steps > 7 ? Promise.reject(new Error('the device was lost')) : step(batch));
    const failures: string[] = [];
    const host = await startHost({
      runners: [failing, await onnxRunner()],
      observer: { runnerFailed: ({ reason }) => void failures.push(reason) },
    });
    expect(await melodyOf(host.open(42))).toEqual(expected);
    expect(failures).toEqual(['the device was lost']);
  });

  it('says so to every request when no runner is left', async () => {
    const failing = await onnxRunner();
    failing.step = () => Promise.reject(new Error('the device was lost'));
    const host = await startHost({ runners: [failing] });
    await expect(collect(host.open(1).generate(request()))).rejects.toMatchObject({
      code: 'runnerFailed',
    });
    expect(() => host.open(1).generate(request())).toThrow('no runner is left');
  });

  it('refuses a closed session and goes on with the others', async () => {
    const host = await startHost();
    const [closed, open] = [host.open(1), host.open(2)];
    closed.close();
    expect(() => closed.generate(request())).toThrow('closed session');
    await expect(closed.fork(3)).rejects.toMatchObject({ code: 'sessionClosed' });
    expect(await melodyOf(open)).toHaveLength(24);
  });
});

describe('a batcher in a thread of its own', () => {
  const start = (backend: Backend, changes: Partial<BatcherLimits> = {}) =>
    startBatcherThread({
      model,
      backend,
      limits: { maxBatch: 32, maxLatenessMs: 60_000, ...changes },
      nowMs: () => performance.now(),
    });
  const onnx: Backend = { library: 'onnx', provider: 'cpu' };

  it('gives way to the next one when it fails, without a wrong or a lost note', async () => {
    const expected = await melodyOf((await startHost()).open(42), { steps: 2000 });
    const threads: Worker[] = [];
    const watch = (thread: Worker) => threads.push(thread);
    process.on('worker', watch);
    const failures: string[] = [];
    const host = await ModelHost.start({
      model,
      backends: [onnx, onnx],
      startBatcher: start,
      ...HOST,
      observer: { ...silentObserver, runnerFailed: ({ reason }) => void failures.push(reason) },
    });
    const melody: MelodyEvent[] = [];
    for await (const { event } of host.open(42).generate(request({ steps: 2000 })))
      if (melody.push(event) === 20) threads[0]?.postMessage(null);
    expect(melody).toEqual(expected);
    expect(failures).toEqual([expect.stringContaining('its thread ended with 0')]);
    expect(threads).toHaveLength(2);
    process.off('worker', watch);
    await host.close();
  });

  it('passes over a backend that does not work here, and says so', async () => {
    const failures: string[] = [];
    const host = await ModelHost.start({
      model,
      backends: [{ library: 'onnx', provider: 'nonsense' as never }, onnx],
      startBatcher: start,
      ...HOST,
      observer: { ...silentObserver, runnerFailed: ({ reason }) => void failures.push(reason) },
    });
    expect(failures).toEqual([expect.stringMatching(/^onnx \(nonsense\): .*nonsense/)]);
    expect(await melodyOf(host.open(1))).toHaveLength(24);
    await host.close();
  });
});

describe('an engine', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine({
      models: [model],
      runner: 'auto',
      ...START,
    });
  });
  afterAll(() => engine.close());

  it('measures what runs here, and says what it chose and why', () => {
    expect(engine.models()).toEqual([
      {
        id: 'melody-small',
        title: 'melody-small',
        role: 'melody',
        styles: [],
        status: 'up',
        runner: expect.stringMatching(/^(onnx|tensorflow) \(/),
        reason: expect.stringMatching(/fastest of .*onnx \(cpu\) [\d.]+ ms/),
      },
    ]);
  });

  it('takes one more model while another plays, and refuses one that it has', async () => {
    const playing = melodyOf(engine.open({ model: 'melody-small', seed: 1 }), { steps: 300 });
    await engine.add({ ...model, id: 'second' });
    const expected = await melodyOf(engine.open({ model: 'melody-small', seed: 5 }));
    expect(await melodyOf(engine.open({ model: 'second', seed: 5 }))).toEqual(expected);
    expect(await playing).toHaveLength(300);
    await expect(engine.add(model)).rejects.toMatchObject({ code: 'modelExists' });
  });

  it('gives a model up that nobody plays with, and may be given it again', async () => {
    const third = { ...model, id: 'third' };
    await engine.add(third);
    const session = engine.open({ model: 'third', seed: 1 });
    const fork = await session.fork(2);
    session.close();
    await expect(engine.remove('third')).rejects.toMatchObject({ code: 'modelInUse' });
    expect(await melodyOf(fork, { steps: 16 })).toHaveLength(16);
    fork.close();
    await engine.remove('third');
    expect(engine.models().map(({ id }) => id)).not.toContain('third');
    expect(() => engine.open({ model: 'third', seed: 1 })).toThrow('there is no model "third"');
    await expect(engine.remove('third')).rejects.toMatchObject({ code: 'unknownModel' });
    await engine.add(third);
    await engine.remove('third');
  });

  it.each([
    [{ prompt: [60, 128] }, 'badRequest', 'prompt.1: a model cannot be asked with 128'],
    [{ prompt: [Number.NaN] }, 'badRequest', 'prompt.0'],
    [{ temperature: -1 }, 'badRequest', 'temperature'],
    [{ topK: 0 }, 'badRequest', 'topK'],
    [{ condition: { ...NO_CONDITION, stepsPerBar: 4.5 } }, 'badRequest', 'stepsPerBar'],
    [{ deadlineMs: Number.NaN }, 'badRequest', 'deadlineMs'],
    [{ condition: { ...NO_CONDITION, chords: ['C', 'H7'] } }, 'badChord', '"H7" is not a chord'],
  ])('refuses %j by name, and nobody else notices', async (changes, code, message) => {
    const session = engine.open({ model: 'melody-small', seed: 3 });
    const playing = melodyOf(engine.open({ model: 'melody-small', seed: 4 }), { steps: 50 });
    expect(() => session.generate(request(changes))).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
    expect(await playing).toHaveLength(50);
    expect(await melodyOf(session)).toHaveLength(request().steps);
  });

  it('names the models there are when asked for another', () => {
    expect(() => engine.open({ model: 'nonsense', seed: 1 })).toThrow(
      'there is no model "nonsense"; there are melody-small, second',
    );
  });
});
