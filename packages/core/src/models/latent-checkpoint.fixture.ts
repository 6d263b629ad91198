/** A MusicVAE of random weights, as Magenta.js would have stored it. */
import { createRandom } from '../random.js';
import type { Checkpoint, Tensor } from './checkpoint.js';

const UNITS = 24;
const DIMENSIONS = 8;

export function latentCheckpoint(seed: number, steps = 32): Checkpoint {
  const [minPitch, maxPitch] = [48, 83];
  const classes = maxPitch - minPitch + 3;
  const random = createRandom(seed);
  const tensor = (...shape: number[]): Tensor => ({
    shape,
    values: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => (random.next() - 0.5) * 2),
  });
  const encoder = 'encoder/cell_0/bidirectional_rnn';
  const weights = new Map<string, Tensor>();
  const layer = (name: string, inputs: number, outputs: number) => {
    weights.set(`${name}/kernel`, tensor(inputs, outputs));
    weights.set(`${name}/bias`, tensor(outputs));
  };
  for (const direction of ['fw', 'bw'])
    layer(`${encoder}/${direction}/multi_rnn_cell/cell_0/lstm_cell`, classes + UNITS, 4 * UNITS);
  layer('encoder/mu', 2 * UNITS, DIMENSIONS);
  layer('decoder/z_to_initial_state', DIMENSIONS, 2 * UNITS);
  layer('decoder/multi_rnn_cell/cell_0/lstm_cell', classes + DIMENSIONS + UNITS, 4 * UNITS);
  layer('decoder/output_projection', UNITS, classes);
  return {
    config: {
      type: 'MusicVAE',
      dataConverter: { type: 'MelodyConverter', args: { minPitch, maxPitch, numSteps: steps } },
    },
    weights,
  };
}
