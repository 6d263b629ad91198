/** The network on ONNX Runtime. Its `run` blocks the thread it is called on, so it lives in a worker. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Architecture } from '../../models/architecture.js';
import { type Kernel, type KernelBatch, type KernelResult, powerOfTwoFrom } from '../kernel.js';
import { stepByStep } from '../step-by-step.js';
import { headOutput, networkGraph, nextName, stateParts } from './network-graph.js';

export type OnnxProvider = 'cpu' | 'cuda' | 'webgpu';

export async function createOnnxKernel(architecture: Architecture, provider: OnnxProvider): Promise<Kernel> {
  const session = await InferenceSession.create(networkGraph(architecture), {
    executionProviders: [provider],
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  });
  const { inputSize, heads } = architecture;
  const parts = stateParts(architecture);
  const run = async ({ steps, size, inputs, lengths, states }: KernelBatch): Promise<KernelResult> => {
    const feeds: Record<string, Tensor> = {
      x: new Tensor('float32', inputs, [steps, size, inputSize]),
      lengths: new Tensor('int32', lengths, [size]),
    };
    parts.forEach(({ name, shape }, i) => {
      feeds[name] = new Tensor('float32', states[i] as Float32Array, shape(size) as number[]);
    });
    const outputs = await session.run(feeds);
    const values = (name: string) => outputs[name]?.data as Float32Array;
    return {
      logits: heads.map((_, i) => values(headOutput(i))),
      states: parts.map(({ name }) => values(nextName(name))),
    };
  };
  return {
    name: `onnx (${provider})`,
    paddedSize: powerOfTwoFrom,
    run: architecture.attention ? stepByStep(run, inputSize) : run,
    close: () => session.release(),
  };
}
