import '@magenta/music/node/music_rnn.js'; // brings the gradients of every operation, and TensorFlow.js's own arithmetic
import * as tf from '@tensorflow/tfjs-core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../random.js';
import { dropoutMasks } from './dropout.js';
import { biasName, headNames, initialParameters, kernelName } from './parameters.js';
import { trainingGraph } from './training-graph.js';

const network = {
  inputSize: 7,
  units: [6, 5],
  heads: [
    { name: 'melody', classes: 9 },
    { name: 'chord', classes: 4 },
  ],
};
const window = { steps: 5, batch: 3 };
const rows = window.steps * window.batch;
const NO_CLIPPING = 1e9;

const random = createRandom(11);
const uniform = (length: number, scale: number) =>
  Float32Array.from({ length }, () => (random.next() * 2 - 1) * scale);
const parameters = initialParameters(network, createRandom(3));
const x = uniform(rows * network.inputSize, 1);
/** Some rows do not count, not the same in each head. */
const targets = network.heads.map(({ classes }, head) => {
  const target = new Float32Array(rows * classes);
  for (let row = 0; row < rows; row++)
    if (row % (4 - head) !== 1) target[row * classes + Math.floor(random.next() * classes)] = 1;
  return target;
});
const masks = dropoutMasks(network.units, window.batch, { share: 0.4, random });
const states = network.units.flatMap((width) => [
  uniform(window.batch * width, 0.5),
  uniform(window.batch * width, 0.5),
]);

/** What the graph takes for the gradient: after one update Adam's first moment is a tenth of it. */
async function graphGradients(clip: number) {
  const session = await InferenceSession.create(trainingGraph(network, window), { logSeverityLevel: 3 });
  const tensor = (values: Float32Array, shape: number[]) => new Tensor('float32', values, shape);
  const feeds: Record<string, Tensor> = {
    x: tensor(x, [rows, network.inputSize]),
    rate: tensor(Float32Array.of(0), []),
    clip: tensor(Float32Array.of(clip), []),
  };
  targets.forEach((target, head) => {
    feeds[`target${head}`] = tensor(target, [rows, target.length / rows]);
  });
  masks.forEach((mask, depth) => {
    feeds[`mask${depth}`] = tensor(mask, [window.batch, mask.length / window.batch]);
  });
  for (const [name, { values, shape }] of parameters) {
    feeds[name] = tensor(values, shape);
    for (const moment of ['m', 'v'])
      feeds[`${name}/${moment}`] = tensor(new Float32Array(values.length), shape);
  }
  network.units.forEach((width, depth) => {
    feeds[`h${depth}`] = tensor(states[2 * depth] as Float32Array, [window.batch, width]);
    feeds[`c${depth}`] = tensor(states[2 * depth + 1] as Float32Array, [window.batch, width]);
  });
  const outputs = await session.run(feeds);
  const values = (name: string) => outputs[name]?.data as Float32Array;
  return {
    losses: targets.map((_, head) => values(`loss${head}`)[0] as number),
    norm: values('norm')[0] as number,
    gradients: new Map(
      [...parameters.keys()].map((name) => [name, values(`next/${name}/m`).map((m) => m * 10)]),
    ),
  };
}

const countOf = (target: Float32Array) => target.reduce((sum, value) => sum + value, 0);

/** The same network in TensorFlow.js operations, from which it derives the gradients itself. */
function autograd() {
  const names = [...parameters.keys()];
  const outputs = (...tensors: tf.Tensor[]) => {
    const of = (name: string) => tensors[names.indexOf(name)] as tf.Tensor2D;
    let inputs = tf.split(tf.tensor2d(x, [rows, network.inputSize]), window.steps) as tf.Tensor2D[];
    network.units.forEach((width, depth) => {
      let h = tf.tensor2d(states[2 * depth] as Float32Array, [window.batch, width]);
      let c = tf.tensor2d(states[2 * depth + 1] as Float32Array, [window.batch, width]);
      inputs = inputs.map((input) => {
        const z = tf.add(tf.matMul(tf.concat([input, h], 1), of(kernelName(depth))), of(biasName(depth)));
        const [i, g, f, o] = tf.split(z, 4, 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
        c = tf.add(tf.mul(tf.sigmoid(tf.add(f, 1)), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
        h = tf.mul(tf.sigmoid(o), tf.tanh(c));
        return tf.mul(h, tf.tensor2d(masks[depth] as Float32Array, [window.batch, width])) as tf.Tensor2D;
      });
    });
    return tf.concat(inputs, 0) as tf.Tensor2D;
  };
  const headLosses = (...tensors: tf.Tensor[]) => {
    const of = (name: string) => tensors[names.indexOf(name)] as tf.Tensor2D;
    const top = outputs(...tensors);
    return targets.map((target, head) => {
      const { kernel, bias } = headNames(network, head);
      const logits = tf.add(tf.matMul(top, of(kernel)), of(bias));
      const wanted = tf.tensor2d(target, [rows, target.length / rows]);
      return tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), wanted))) as tf.Scalar;
    });
  };
  const meanLoss = (...tensors: tf.Tensor[]) =>
    headLosses(...tensors)
      .map((loss, head) => tf.div(loss, countOf(targets[head] as Float32Array)) as tf.Scalar)
      .reduce((sum, loss) => tf.add(sum, loss));
  const tensors = [...parameters.values()].map(({ values, shape }) => tf.tensor(values, shape));
  const { grads } = tf.valueAndGrads(meanLoss)(tensors);
  return {
    losses: headLosses(...tensors).map((loss) => loss.dataSync()[0] as number),
    gradients: new Map(names.map((name, i) => [name, Float32Array.from((grads[i] as tf.Tensor).dataSync())])),
  };
}

describe('training graph', () => {
  beforeAll(() => tf.setBackend('cpu'));

  it('has the gradients that TensorFlow.js derives by itself', async () => {
    const ours = await graphGradients(NO_CLIPPING);
    const theirs = autograd();
    ours.losses.forEach((loss, head) => {
      expect(loss).toBeCloseTo(theirs.losses[head] as number, 4);
    });
    for (const [name, slopes] of theirs.gradients) {
      const largest = slopes.reduce((most, slope) => Math.max(most, Math.abs(slope)), 0);
      expect(largest, name).toBeGreaterThan(1e-3);
      ours.gradients.get(name)?.forEach((slope, i) => {
        expect(Math.abs(slope - (slopes[i] as number)), `${name}[${i}]`).toBeLessThan(1e-5 + 1e-4 * largest);
      });
    }
  });

  it('scales a gradient that is too long down to the largest norm, and leaves shorter ones alone', async () => {
    const free = await graphGradients(NO_CLIPPING);
    const clipped = await graphGradients(free.norm / 4);
    const length = (gradients: Map<string, Float32Array>) =>
      Math.sqrt([...gradients.values()].flatMap((g) => [...g]).reduce((sum, g) => sum + g * g, 0));
    expect(length(free.gradients)).toBeCloseTo(free.norm, 4);
    expect(length(clipped.gradients)).toBeCloseTo(free.norm / 4, 4);
  });
});
