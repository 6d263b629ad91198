/** A long call is heard at once, and nobody is the first to wait for memory. */
import { createRequire } from 'node:module';
import { InferenceSession } from 'onnxruntime-node';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { CALL, melodyOf, smallModel as model, startHost } from './host.fixture.js';
import type { Kernel, RowsBatch } from './kernel.js';
import { createOnnxKernel } from './onnx/onnx-kernel.js';
import { ResidentRunner } from './resident-runner.js';
import { createTensorFlowKernel } from './tensorflow/tensorflow-kernel.js';
import { warmUp } from './warm-up.js';

const sequence = (length: number) => Array.from({ length }, (_, t) => ({ indices: [t % 5] }));

describe('priming', () => {
  afterEach(() => vi.restoreAllMocks());

  it('is one run of the session on ONNX Runtime, however long the calls are', async () => {
    const host = await startHost();
    const { prototype } = InferenceSession as unknown as { prototype: InferenceSession };
    const run = vi.spyOn(prototype, 'run');
    const STEPS = 8;
    const prompts = [CALL, [...CALL, ...CALL, ...CALL], CALL.slice(0, 5)];
    await Promise.all(prompts.map((prompt, seed) => melodyOf(host.open(seed), { prompt, steps: STEPS })));
    expect(run).toHaveBeenCalledTimes(1 + (STEPS - 1));
  });

  it('brings nothing from the device on TensorFlow.js but the logits and states at its end', async () => {
    const { Tensor } = createRequire(import.meta.url)('@tensorflow/tfjs-core');
    const runner = new ResidentRunner(createTensorFlowKernel);
    await runner.load(model.architecture);
    const download = vi.spyOn(Tensor.prototype, 'data');
    await runner.step({ slots: [0, 1, 2], inputs: [sequence(40), sequence(7), sequence(1)] });
    expect(download).toHaveBeenCalledTimes(
      model.architecture.heads.length + 2 * model.architecture.layers.length,
    );
    await runner.close();
  });
});

describe('warming up', () => {
  it.each([1, 32, 48])(
    'runs every size that a batch of at most %d is padded to, a step and a sequence',
    async (most) => {
      const ran = new Set<string>();
      let padded: Kernel['paddedSize'] = (size) => size;
      const runner = new ResidentRunner(async (architecture) => {
        const kernel = await createOnnxKernel(architecture, 'cpu');
        padded = kernel.paddedSize;
        return {
          ...kernel,
          createRows(size) {
            const rows = kernel.createRows(size);
            const step = (batch: RowsBatch) => {
              ran.add(`${size} ${batch.steps > 1 ? 'primed' : 'stepped'}`);
              return rows.step(batch);
            };
            return { ...rows, step };
          },
        };
      });
      await runner.load(model.architecture);
      await warmUp(runner, most);
      for (let size = 1; size <= most; size++) {
        expect(ran).toContain(`${padded(size)} stepped`);
        expect(ran).toContain(`${padded(size)} primed`);
      }
      await runner.close();
    },
  );
});
