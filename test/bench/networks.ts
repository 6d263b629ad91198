/** Networks of random weights in the sizes that are measured: speed does not depend on what a network has learned. */
import { type Checkpoint, createRandom, type Model, modelOf, type Tensor } from '@antiphon/core/models';

const CLASSES = 38;
const COUNTER_BITS = 6;

export function randomCheckpoint(units: number[]): Checkpoint {
  const random = createRandom(1);
  const tensor = (...shape: number[]): Tensor => ({
    shape,
    values: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => (random.next() - 0.5) * 0.2),
  });
  const weights = new Map<string, Tensor>();
  units.forEach((width, layer) => {
    const inputs = layer === 0 ? CLASSES + COUNTER_BITS : (units[layer - 1] as number);
    weights.set(`rnn/multi_rnn_cell/cell_${layer}/basic_lstm_cell/kernel`, tensor(inputs + width, 4 * width));
    weights.set(`rnn/multi_rnn_cell/cell_${layer}/basic_lstm_cell/bias`, tensor(4 * width));
  });
  weights.set('fully_connected/weights', tensor(units.at(-1) as number, CLASSES));
  weights.set('fully_connected/biases', tensor(CLASSES));
  return {
    config: {
      type: 'MusicRNN',
      dataConverter: { type: 'MelodyConverter', args: { minPitch: 48, maxPitch: 83 } },
      auxInputs: [{ type: 'BinaryCounter', args: { numBits: COUNTER_BITS } }],
    },
    weights,
  };
}

export const randomModel = (units: number[]): Model => modelOf(units.join('x'), randomCheckpoint(units));
