/** The network as an ONNX graph. T = steps, B = batch, I = inputs, H = units, V = classes. */
import type { Architecture, LstmLayer } from '../../models/architecture.js';
import { GraphBuilder } from '../../onnx-format/graph.js';

const FORGET_BIAS = 1;
/** Where ONNX's gates i, o, f, c stand in TensorFlow's order i, g, f, o. */
const GATES = [0, 3, 2, 1];

export const stateInputs = (layer: number): [string, string] => [`h${layer}`, `c${layer}`];
export const stateOutputs = (layer: number): [string, string] => [`h${layer}_next`, `c${layer}_next`];
export const headOutput = (head: number): string => `logits${head}`;

/** Inputs `x` [T, B, I], `lengths` [B] and h, c [1, B, H] a layer; outputs logits [B, V] a head and the next h, c. */
export function networkGraph({ inputSize, layers, heads }: Architecture): Uint8Array {
  const graph = new GraphBuilder();
  let x = graph.input('x', 'float32', ['T', 'B', inputSize]);
  const lengths = graph.input('lengths', 'int32', ['B']);
  let top = '';
  layers.forEach((layer, depth) => {
    const inputs = depth === 0 ? inputSize : (layers[depth - 1] as LstmLayer).units;
    const { units } = layer;
    const [h, c] = stateInputs(depth).map((name) => graph.input(name, 'float32', [1, 'B', units])) as [
      string,
      string,
    ];
    const weights = onnxWeights(layer, inputs);
    const w = graph.constant(weights.w, [1, 4 * units, inputs]);
    const r = graph.constant(weights.r, [1, 4 * units, units]);
    const b = graph.constant(weights.b, [1, 8 * units]);
    const [y, hNext, cNext] = graph.nodes(
      'LSTM',
      [x, w, r, b, lengths, h, c],
      { hidden_size: { int: units } },
      3,
    ) as [string, string, string];
    const [hName, cName] = stateOutputs(depth);
    graph.output(graph.named(hName, hNext), 'float32', [1, 'B', units]);
    graph.output(graph.named(cName, cNext), 'float32', [1, 'B', units]);
    x = graph.node('Squeeze', [y, graph.integers(1)]);
    top = hNext;
  });
  const last = graph.node('Squeeze', [top, graph.integers(0)]);
  heads.forEach(({ classes, kernel, bias }, i) => {
    const units = kernel.length / classes;
    const product = graph.node('MatMul', [last, graph.constant(kernel, [units, classes])]);
    const logits = graph.node('Add', [product, graph.constant(bias, [classes])]);
    graph.output(graph.named(headOutput(i), logits), 'float32', ['B', classes]);
  });
  return graph.encode();
}

/** W [4H, I], R [4H, H] and B [8H] in ONNX's gate order, from TensorFlow's kernel [I + H, 4H] and bias [4H]. */
function onnxWeights({ units, kernel, bias }: LstmLayer, inputs: number) {
  const w = new Float32Array(4 * units * inputs);
  const r = new Float32Array(4 * units * units);
  const b = new Float32Array(8 * units);
  GATES.forEach((source, gate) => {
    for (let unit = 0; unit < units; unit++) {
      const row = gate * units + unit;
      const column = source * units + unit;
      b[row] = (bias[column] as number) + (source === 2 ? FORGET_BIAS : 0);
      for (let i = 0; i < inputs; i++) w[row * inputs + i] = kernel[i * 4 * units + column] as number;
      for (let i = 0; i < units; i++)
        r[row * units + i] = kernel[(inputs + i) * 4 * units + column] as number;
    }
  });
  return { w, r, b };
}
