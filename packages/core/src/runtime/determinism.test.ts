/** A session's notes depend on its seed, its model and its requests alone, up to floating-point ties. Threads and libraries are real. */
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadModel, type Model } from '../models/model.js';
import type { Engine, EngineSession, GeneratedEvent } from './engine.js';
import { CALL, collect, smallModel as model, request, START } from './host.fixture.js';
import { startEngine } from './start-engine.js';

const RUNNERS = ['onnx', 'tensorflow'] as const;
const STEPS = 48;
/** Never: what a busy machine would shed is not what is looked at here. */
const deadlineMs = Number.MAX_SAFE_INTEGER;

const start = (runner: 'auto' | (typeof RUNNERS)[number], models: Model[]): Promise<Engine> =>
  startEngine({
    models,
    runner,
    ...START,
  });

/** Every session hears a call of its own, and after its answer another. */
async function answersOf(session: EngineSession, seed: number, steps = STEPS): Promise<GeneratedEvent[]> {
  const prompt = CALL.slice(0, 1 + (seed % CALL.length));
  const temperature = 0.7 + (seed % 5) / 5;
  const first = await collect(session.generate(request({ prompt, temperature, steps, deadlineMs })));
  const longer = [...prompt, ...first.map(({ event }) => event), 67, -2];
  return [...first, ...(await collect(session.generate(request({ prompt: longer, steps, deadlineMs }))))];
}

/** A runner rounds its own way: what it draws is the same, how likely it was differs in the sixth place. */
function expectSame(told: readonly GeneratedEvent[], expected: readonly GeneratedEvent[]): void {
  const events = (all: readonly GeneratedEvent[]) => all.map(({ logProbability: _, ...event }) => event);
  expect(events(told)).toEqual(events(expected));
  told.forEach(({ logProbability }, i) => {
    expect(logProbability).toBeCloseTo(expected[i]?.logProbability as number, 4);
  });
}

describe('what a session generates', () => {
  const seeds = [1, 12, 23, 34, 45, 56];
  const engines = new Map<string, Engine>();
  const alone = new Map<string, GeneratedEvent[][]>();
  beforeAll(async () => {
    for (const runner of RUNNERS) {
      const engine = await start(runner, [model]);
      engines.set(runner, engine);
      const answers: GeneratedEvent[][] = [];
      for (const seed of seeds) answers.push(await answersOf(engine.open({ model: model.id, seed }), seed));
      alone.set(runner, answers);
    }
  });
  afterAll(() => Promise.all([...engines.values()].map((engine) => engine.close())));

  it.each(RUNNERS)('is the same alone and among 63 others that come and go (%s)', async (runner) => {
    const engine = engines.get(runner) as Engine;
    const crowd = Array.from({ length: 64 }, async (_, seed) => {
      const session = engine.open({ model: model.id, seed });
      if (seeds.includes(seed)) return answersOf(session, seed);
      for (let left = 3; left > 0; left--)
        for await (const _event of session.generate(request({ prompt: CALL.slice(seed % 16), steps: seed })))
          if (seed % 3 === 0) break;
      return answersOf(session, seed);
    });
    const told = await Promise.all(crowd);
    seeds.forEach((seed, i) => {
      expect(told[seed]).toEqual(alone.get(runner)?.[i]);
    });
    const melodies = told.map((events) => events.map(({ event }) => event).join());
    expect(new Set(melodies).size).toBe(64);
  });

  it('is the same on either runner', () => {
    const [onnx, tensorflow] = RUNNERS.map((runner) => alone.get(runner) as GeneratedEvent[][]);
    seeds.forEach((_, i) => {
      expectSame(tensorflow?.[i] ?? [], onnx?.[i] ?? []);
    });
  });

  it('is the same when its runner dies midway and another library takes over', async () => {
    const long = 150;
    const accompaniment = fileURLToPath(new URL('../../checkpoints/accompaniment', import.meta.url));
    const models = [model, await loadModel(accompaniment)];
    const play = (engine: Engine) =>
      models.flatMap(({ id }) =>
        seeds.map((seed) => answersOf(engine.open({ model: id, seed }), seed, long)),
      );
    const onnx = await start('onnx', models);
    const expected = await Promise.all(play(onnx));
    await onnx.close();

    const threads: Worker[] = [];
    const note = (thread: Worker) => void threads.push(thread);
    process.on('worker', note);
    const engine = await start('auto', models);
    process.off('worker', note);
    const runners = () => engine.models().map(({ runner }) => runner.replace(/ .*/, ''));
    const before = runners();
    const answers = play(engine);
    let ended = 0;
    for (const answer of answers) void answer.then(() => ended++);
    for await (const { event } of engine
      .open({ model: models[1]?.id as string, seed: 9 })
      .generate(request({ deadlineMs })))
      if (event !== null) break;
    expect(ended).toBe(0);
    for (const thread of threads) thread.postMessage([null]); // no command: a batcher that is told so is of no more use
    (await Promise.all(answers)).forEach((told, i) => {
      expectSame(told, expected[i] ?? []);
    });
    expect(new Set([...before, ...runners()])).toEqual(new Set(RUNNERS));
    expect(runners()).not.toEqual(before);
    await engine.close();
  }, 60_000);
});
