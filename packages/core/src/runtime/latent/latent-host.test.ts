import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../app-error.js';
import { LatentHost, type LatentLimits } from './latent-host.js';
import { LatentThread } from './latent-thread.js';

/** What a scripted thread does when the first melody begins so. Anything else is its answer, after `count` ms. */
const [DIES, STICKS, REFUSES] = [0, 1, 2];
const SCRIPT = `
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', ({ first: [what], count }) => {
    if (what === ${DIES}) process.exit(3);
    if (what === ${REFUSES}) parentPort.postMessage({ type: 'refused', message: 'not this one' });
    if (what > ${REFUSES})
      setTimeout(() => parentPort.postMessage({ type: 'answer', melodies: [[what]] }), count);
  });
  parentPort.postMessage({ type: 'ready' });`;

const model = {
  role: 'latent' as const,
  id: 'between',
  title: 'Between',
  folder: '',
  steps: 16,
  range: { minPitch: 48, maxPitch: 83 },
};

describe('the host of a latent model', () => {
  let host: LatentHost;
  afterEach(() => host.close());

  const start = async (changes: Partial<LatentLimits> & { failingStarts?: number } = {}) => {
    const { failingStarts = 0, ...limits } = changes;
    const failures: string[] = [];
    const clock = { nowMs: 0 };
    let sheds = 0;
    let starts = 0;
    const startThread = async () => {
      starts++;
      if (starts > 1 && starts <= 1 + failingStarts) throw new AppError('runnerFailed', 'no memory');
      const thread = new LatentThread('between', new Worker(SCRIPT, { eval: true }), {
        startMs: 10_000,
        answerMs: 500,
      });
      await thread.ready;
      return thread;
    };
    host = await LatentHost.start({
      model,
      startThread,
      observer: {
        begun: () => {},
        stepped: () => {},
        runnerFailed: ({ reason }) => failures.push(reason),
        shed: () => void sheds++,
      },
      nowMs: () => clock.nowMs,
      limits: { maxWaiting: 100, maxLatenessMs: 500, pauseMs: 100, ...limits },
    });
    return { failures, clock, sheds: () => sheds };
  };
  const never = new AbortController().signal;
  const ask = (what: number, { takesMs = 0, deadlineMs = 0, signal = never } = {}) =>
    host.ask({ first: [what], second: [], count: takesMs }, { deadlineMs, signal });

  it('replaces a thread that dies: what it died over is lost, and nothing else', async () => {
    const { failures } = await start();
    const results = await Promise.allSettled([ask(60), ask(DIES), ask(62), ask(64)]);
    expect(results).toMatchObject([
      { value: [[60]] },
      { reason: { code: 'runnerFailed', message: expect.stringMatching(/ended with 3/) } },
      { value: [[62]] },
      { value: [[64]] },
    ]);
    expect(failures).toEqual(['between: its thread ended with 3']);
    expect(host.state.status).toBe('up');
  });

  it('gives a thread up that is stuck, but none that is only asked a lot', async () => {
    const { failures } = await start();
    const many = Array.from({ length: 8 }, () => ask(60, { takesMs: 100 }));
    expect(await Promise.all(many)).toEqual(Array(8).fill([[60]]));
    expect(failures).toEqual([]);
    await expect(ask(STICKS)).rejects.toMatchObject({ code: 'runnerFailed' });
    expect(failures).toEqual(['between: no answer for 0.5 s']);
    expect(await ask(62)).toEqual([[62]]);
  });

  it('says that it is down while no thread starts, and answers again once one does', async () => {
    const { failures } = await start({ failingStarts: 2 });
    const lost = Promise.allSettled([ask(DIES), ask(60)]);
    await vi.waitFor(() => expect(host.state).toMatchObject({ status: 'down', reason: 'no memory' }));
    await expect(ask(62)).rejects.toMatchObject({ code: 'runnerFailed', message: 'no memory' });
    expect(await lost).toMatchObject([{ status: 'rejected' }, { reason: { message: 'no memory' } }]);
    await vi.waitFor(() => expect(host.state.status).toBe('up'), 5_000);
    expect(await ask(64)).toEqual([[64]]);
    expect(failures).toEqual(['between: its thread ended with 3', 'no memory', 'no memory']);
  });

  it('passes on what the library refuses; neither that nor its end is a failure of the runner', async () => {
    const { failures } = await start();
    await expect(ask(REFUSES)).rejects.toMatchObject({ code: 'badStep' });
    expect(await ask(60)).toEqual([[60]]);
    const last = [ask(STICKS), ask(62)];
    await Promise.all([host.close(), ...last.map((each) => expect(each).rejects.toBeInstanceOf(AppError))]);
    expect(failures).toEqual([]);
  });

  it('computes the most urgent first, and nothing that was called off', async () => {
    await start();
    const order: number[] = [];
    const calledOff = new AbortController();
    const answers = [
      ask(60, { takesMs: 20, deadlineMs: 9 }), // nothing else waits yet
      ask(STICKS, { deadlineMs: 1, signal: calledOff.signal }),
      ask(62, { deadlineMs: 3 }),
      ask(64, { deadlineMs: 2 }),
    ].map((each) => each.then((melodies) => melodies && order.push(...melodies.flat())));
    calledOff.abort();
    await Promise.all(answers);
    expect(order).toEqual([60, 64, 62]);
  });

  it('sheds the least urgent when too many wait', async () => {
    const { sheds } = await start({ maxWaiting: 2 });
    const deadlines = [0, 20, 30, 10];
    const results = await Promise.allSettled(deadlines.map((deadlineMs) => ask(60, { deadlineMs })));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(results[2]).toMatchObject({ reason: { code: 'shed' } });
    expect(sheds()).toBe(1);
  });

  it('sheds the least urgent when answers come far too late, until the others are in time', async () => {
    const { clock } = await start();
    const first = ask(60, { takesMs: 50 });
    const rest = Promise.allSettled([
      ask(62, { deadlineMs: 1_000 }),
      ask(64, { deadlineMs: 5_000 }),
      ask(65, { deadlineMs: 6_000 }),
    ]);
    clock.nowMs = 1_600;
    await first;
    expect(await rest).toMatchObject([
      { value: [[62]] },
      { value: [[64]] },
      { reason: { code: 'shed', message: expect.stringMatching(/late/) } },
    ]);
  });
});
