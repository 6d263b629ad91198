/** The network on ONNX Runtime. Its `run` blocks the thread it is called on, so it lives in a worker. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Architecture } from '../../models/architecture.js';
import { type Kernel, type KernelBatch, type KernelResult, powerOfTwoFrom } from '../kernel.js';
import { headOutput, networkGraph, stateInputs, stateOutputs } from './network-graph.js';

export type OnnxProvider = 'cpu' | 'cuda' | 'webgpu';

export async function createOnnxKernel(architecture: Architecture, provider: OnnxProvider): Promise<Kernel> {
  const session = await InferenceSession.create(networkGraph(architecture), {
    executionProviders: [provider],
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  });
  const { inputSize, layers, heads } = architecture;
  return {
    name: `onnx (${provider})`,
    paddedSize: powerOfTwoFrom,
    async run({ steps, size, inputs, lengths, states }: KernelBatch): Promise<KernelResult> {
      const feeds: Record<string, Tensor> = {
        x: new Tensor('float32', inputs, [steps, size, inputSize]),
        lengths: new Tensor('int32', lengths, [size]),
      };
      layers.forEach(({ units }, depth) => {
        stateInputs(depth).forEach((name, i) => {
          feeds[name] = new Tensor('float32', states[2 * depth + i] as Float32Array, [1, size, units]);
        });
      });
      const outputs = await session.run(feeds);
      const values = (name: string) => outputs[name]?.data as Float32Array;
      return {
        logits: heads.map((_, i) => values(headOutput(i))),
        states: layers.flatMap((_, depth) => stateOutputs(depth).map(values)),
      };
    },
    close: () => session.release(),
  };
}
