/** Run as a process of its own by webgpu.test.ts: prints by how much WebGPU's logits differ from the plain network's. */
import { stepNetwork, zeroState } from '@antiphon/core/models';
import { createKernel, ResidentRunner, type StepInput } from '@antiphon/core/runtime';
import { randomModel } from './bench/networks.js';

const { architecture } = randomModel([48, 32]);
const runner = new ResidentRunner((given) => createKernel(given, { library: 'onnx', provider: 'webgpu' }));
await runner.load(architecture);
const inputs = (length: number, seed: number): StepInput[] =>
  Array.from({ length }, (_, t) => ({ indices: [(seed * 7 + t * 5) % architecture.inputSize] }));
const batch = { slots: [2, 0, 3], inputs: [inputs(6, 1), inputs(1, 2), inputs(3, 3)] };
await runner.step(batch);
const more = inputs(1, 4);
const [logits] = (await runner.step({ slots: batch.slots, inputs: batch.slots.map(() => more) })) as [
  Float32Array,
];
let worst = 0;
batch.inputs.forEach((sequence, b) => {
  let state = zeroState(architecture);
  let expected: Float64Array[] = [];
  for (const input of [...sequence, ...more])
    ({ state, logits: expected } = stepNetwork(architecture, state, input));
  const [wanted] = expected as [Float64Array];
  wanted.forEach((value, i) => {
    worst = Math.max(worst, Math.abs(value - (logits[b * wanted.length + i] ?? Number.NaN)));
  });
});
console.log(JSON.stringify({ runner: runner.name, worst }));
process.exit(0);
