import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { HOLD, type MelodyEvent, OFF } from '../../music/melody.js';
import { modelOf, stepNetwork, zeroState } from '../index.js';
import { bundle, bytesOfFloats, metagraph, savedSlices, tensorBundle } from './bundle.fixture.js';
import { readMagentaBundle } from './magenta-bundle.js';
import { MIDDLE, type Names, NEW, NEW_ATTENTION, network, OLD, OLD_ATTENTION } from './network.fixture.js';
import { meanLoss, partsOf, publishedNetwork, worstDifference } from './published-network.fixture.js';

const kinds = {
  'basic_rnn, the first names': () => {
    const tensors = network(OLD, { inputs: 38, classes: 38, units: [10, 8] });
    return { tensors, bytes: bundle('basic_rnn', [savedSlices(tensors)]), names: OLD };
  },
  'mono_rnn, later names, compressed': () => {
    const tensors = network(MIDDLE, { inputs: 130, classes: 130, units: [6] });
    return {
      tensors,
      bytes: bundle('mono_rnn', [savedSlices(tensors, { compressed: true })]),
      names: MIDDLE,
    };
  },
  'lookback_rnn, names of today, format V2 in two data files': () => {
    const tensors = network(NEW, { inputs: 121, classes: 40, units: [7, 9] });
    return { tensors, bytes: bundle('lookback_rnn', tensorBundle(tensors, 2)), names: NEW };
  },
  'attention_rnn, around all layers': () => {
    const tensors = network(OLD_ATTENTION, { inputs: 74, classes: 40, units: [8, 6] });
    const graph = metagraph([['RNN/while/AttentionCellWrapper/Reshape/shape', [-1, 5, 6]]]);
    return { tensors, bytes: bundle('attention_rnn', [savedSlices(tensors)], graph), names: OLD_ATTENTION };
  },
  'attention_rnn, around the first layer': () => {
    const tensors = network(NEW_ATTENTION, { inputs: 74, classes: 40, units: [8, 6] });
    const path = 'rnn/while/rnn/multi_rnn_cell/cell_0/attention_cell_wrapper/Reshape_3/shape';
    const bytes = bundle(
      'attention_rnn',
      [savedSlices(tensors, { compressed: true })],
      metagraph([[path, [-1, 5, 8]]]),
    );
    return { tensors, bytes, names: NEW_ATTENTION };
  },
};

describe('a Magenta bundle', () => {
  it.each(Object.entries(kinds))('gives what the published equations give: %s', (_kind, make) => {
    const { bytes, names, tensors } = make();
    const { checkpoint, warnings } = readMagentaBundle(bytes, 'a.mag');
    expect(warnings).toEqual([]);
    expect([...checkpoint.weights.keys()].filter((name) => /adam|beta/i.test(name))).toEqual([]);
    const model = modelOf('imported', checkpoint);
    const published = publishedNetwork(partsOf(tensors, names, 5));
    const events: MelodyEvent[] = [60, HOLD, 64, OFF, 67, HOLD];
    expect(worstDifference(model, published, { events, steps: 24 })).toBeLessThan(1e-9);
  });

  it('is fed by its sizes when its name is not known, and says so', () => {
    const tensors = network(NEW, { inputs: 121, classes: 40, units: [7] });
    const { checkpoint, warnings } = readMagentaBundle(bundle('my_tunes', [savedSlices(tensors)]), 'a.mag');
    expect(checkpoint.config.dataConverter).toMatchObject({ type: 'LookbackMelodyConverter' });
    expect(warnings.join()).toMatch(/121 inputs and 40 classes are those of lookback_rnn/);
  });

  it('is refused when its sizes are those of no known encoding', () => {
    const tensors = network(NEW, { inputs: 77, classes: 39, units: [7] });
    expect(() => readMagentaBundle(bundle('basic_rnn', [savedSlices(tensors)]), 'a.mag')).toThrow(
      /describes 38 inputs; the weights have 77; and no known encoding has the 77 inputs and 39 classes/,
    );
  });

  it('takes Magenta’s attention length and warns where the graph is missing or tells two', () => {
    const tensors = network(NEW_ATTENTION, { inputs: 74, classes: 40, units: [8, 6] });
    const path = 'rnn/while/attention_cell_wrapper/Reshape/shape';
    const two = metagraph([
      [path, [-1, 5, 8]],
      [path, [-1, 6, 8]],
    ]);
    for (const graph of [null, two]) {
      const { checkpoint, warnings } = readMagentaBundle(
        bundle('attention_rnn', [savedSlices(tensors)], graph),
        'a',
      );
      expect(checkpoint.config.attentionLength).toBe(40);
      expect(warnings.join()).toMatch(/does not say how far attention looks back/);
    }
  });
});

/**
 * Written by TensorFlow 2.21 (compat.v1.train.Saver, formats V1 and V2), with what its LSTMBlockCell makes of them: the logits of the last two
 * of 12 steps, at each of which one input is 1, every seventh.
 */
describe('a bundle that TensorFlow wrote, with logits that it recorded', () => {
  const recorded = (file: string) => readFile(new URL(`recorded/${file}`, import.meta.url));

  it.each(['lookback_rnn-v1', 'mono_rnn-v2'])('gives the same: %s', async (name) => {
    const { checkpoint, warnings } = readMagentaBundle(await recorded(`${name}.mag`), name);
    expect(warnings).toEqual([]);
    const wanted: number[][] = JSON.parse((await recorded('logits.json')).toString())[name];
    const { architecture } = modelOf(name, checkpoint);
    const steps = 12;
    let state = zeroState(architecture);
    for (let step = 0; step < steps; step++) {
      const stepped = stepNetwork(architecture, state, { indices: [(7 * step) % architecture.inputSize] });
      state = stepped.state;
      wanted[step - steps + wanted.length]?.forEach((value, i) => {
        expect(Math.abs(value - (stepped.logits[0]?.[i] ?? Number.NaN))).toBeLessThan(2e-6);
      });
    }
  });
});

const REAL = fileURLToPath(
  new URL('../../../../../../shared/data/checkpoints/attention_rnn.mag', import.meta.url),
);
describe.skipIf(!existsSync(REAL))('a bundle that a user published', () => {
  const imported = async () => readMagentaBundle(await readFile(REAL), 'attention_rnn.mag');

  it('is read to the bit', async () => {
    const { checkpoint, warnings } = await imported();
    expect(warnings).toEqual([]);
    expect(checkpoint.config).toMatchObject({
      dataConverter: { type: 'KeyMelodyConverter' },
      attentionLength: 40,
      transposeToKey: 0,
    });
    const digest = createHash('sha256');
    for (const tensor of checkpoint.weights.values()) digest.update(bytesOfFloats(tensor));
    // of the 14 tensors in the order of their names, taken with a reader in another language
    expect(digest.digest('hex')).toBe('f8bd4d2647df0f7f9363fe4d44ca0e38d1ca43e1cb8a6cf5ec943a0a1d00ca95');
  });

  it('gives what the published equations give', async () => {
    const { checkpoint } = await imported();
    const names: Names = {
      ...NEW,
      cell: (depth) => `rnn/attention_cell_wrapper/multi_rnn_cell/cell_${depth}/basic_lstm_cell`,
      attention: 'rnn/attention_cell_wrapper',
    };
    const published = publishedNetwork(partsOf(checkpoint.weights, names, 40));
    const events = [60, HOLD, 64, HOLD, 67, HOLD, OFF, HOLD];
    const steps = 64;
    expect(worstDifference(modelOf('real', checkpoint), published, { events, steps })).toBeLessThan(1e-9);
  });

  it('expects a song in C far more than the same in F sharp', async () => {
    const model = modelOf('real', (await imported()).checkpoint);
    const song = [0, 0, 7, 7, 9, 9, 7, HOLD, 5, 5, 4, 4, 2, 2, 0, HOLD].flatMap((note) => [
      note < 0 ? note : 60 + note,
      ...Array(3).fill(HOLD),
    ]);
    const inC = meanLoss(model, song);
    const inFSharp = meanLoss(
      model,
      song.map((event) => (event < 0 ? event : event + 6)),
    );
    expect(inC).toBeLessThan(inFSharp - 0.5);
  });
});
