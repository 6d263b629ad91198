import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadModel, type Model } from '../models/model.js';
import { silentObserver } from './engine.js';
import { startEngine } from './start-engine.js';

describe('an engine that starts', () => {
  let model: Model;
  beforeAll(async () => {
    model = await loadModel(fileURLToPath(new URL('../../checkpoints/melody-small', import.meta.url)));
  });
  const named = (id: string): Model => ({ ...model, id });
  /** Its weights are of another size than it says. */
  const misshapen = (id: string): Model => ({
    ...named(id),
    architecture: { ...model.architecture, inputSize: model.architecture.inputSize + 1 },
  });
  const start = async (models: Model[]) => {
    const broken: string[] = [];
    const engine = await startEngine({
      models,
      runner: 'onnx',
      observer: silentObserver,
      nowMs: () => performance.now(),
      onBroken: ({ id }, reason) => broken.push(`${id}: ${reason}`),
    });
    return { engine, broken };
  };

  it('leaves out what no runner runs and what has the name of another, by name, and plays the rest', async () => {
    const { engine, broken } = await start([
      misshapen('first'),
      named('one'),
      misshapen('later'),
      named('two'),
      named('one'),
    ]);
    expect(engine.models().map(({ id }) => id)).toEqual(['one', 'two']);
    expect(broken).toEqual([
      expect.stringMatching(/^first: onnx \(cpu\): /),
      expect.stringMatching(/^later: no runner works for later: onnx \(cpu\): /),
      'one: there is a model "one" already',
    ]);
    await engine.close();
  });

  it('says why there is nothing to run', async () => {
    await expect(start([])).rejects.toMatchObject({ code: 'noModel' });
    await expect(start([misshapen('only')])).rejects.toMatchObject({
      code: 'noRunner',
      message: expect.stringMatching(/^no runner works here: onnx \(cpu\): /),
    });
  });

  it('takes one of two models that come at once under one name, and may be given the name again when that fails', async () => {
    const { engine } = await start([named('one')]);
    await expect(engine.add(misshapen('new'))).rejects.toMatchObject({ code: 'noRunner' });
    const added = await Promise.allSettled([engine.add(named('new')), engine.add(named('new'))]);
    expect(added).toMatchObject([{ status: 'fulfilled' }, { reason: { code: 'modelExists' } }]);
    await engine.close();
  });
});
