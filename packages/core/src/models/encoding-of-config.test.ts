import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MusicRNN } from '@magenta/music/node/music_rnn.js';
import { NoteSequence } from '@magenta/music/node/protobuf.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOLD, type MelodyEvent, OFF } from '../music/melody.js';
import { createRandom } from '../random.js';
import {
  type Condition,
  encodingOf,
  loadModel,
  type MelodyEncoding,
  NO_CONDITION,
  readEncodingConfig,
  stepNetwork,
  type Tensor,
  transpositionFor,
  writeCheckpoint,
  zeroState,
} from './index.js';
import { type ServedFolder, serveCheckpoint } from './serve-checkpoint.js';

const VOCAL = { minPitch: 48, maxPitch: 83 };
const encodingNamed = (type: string, more: object = {}) =>
  encodingOf(readEncodingConfig({ type: 'MusicRNN', dataConverter: { type, args: VOCAL }, ...more }));

/** The whole input, + for 1, - for -1 and . for 0. */
function drawn(encoding: MelodyEncoding, events: readonly MelodyEvent[], position: number): string {
  const { indices, values } = encoding.encode(events, position, NO_CONDITION);
  const input: string[] = Array(encoding.inputSize).fill('.');
  indices.forEach((index, i) => {
    const value = values?.[i] ?? 1;
    input[index] = value === 1 ? '+' : value === -1 ? '-' : '?';
  });
  return input.join('');
}
const oneOf = (size: number, place: number | null) =>
  Array.from({ length: size }, (_, i) => (i === place ? '+' : '.')).join('');

/** The melody of Magenta's own examples: it repeats itself after one bar and after two, with changes. */
const MELODY = [48, HOLD, 49, 83, OFF, ...holds(11), 48, OFF, ...holds(14), 48, OFF, 49, 82];
function holds(steps: number): MelodyEvent[] {
  return Array(steps).fill(HOLD);
}

describe('lookback, as Magenta’s worked example has it', () => {
  const encoding = encodingNamed('LookbackMelodyConverter');
  const event = (value: MelodyEvent) => oneOf(38, value === HOLD ? 0 : value === OFF ? 1 : value - 46);

  it('has 121 inputs and 40 classes', () => {
    expect([encoding.inputSize, encoding.classes]).toEqual([121, 40]);
  });

  it.each<[number, MelodyEvent, MelodyEvent, MelodyEvent, string, string, number]>([
    [0, 48, HOLD, HOLD, '+----', '..', 2],
    [1, HOLD, HOLD, HOLD, '-+---', '..', 39],
    [2, 49, HOLD, HOLD, '++---', '..', 3],
    [3, 83, HOLD, HOLD, '--+--', '..', 37],
    [4, OFF, HOLD, HOLD, '+-+--', '..', 1],
    [16, 48, HOLD, HOLD, '+---+', '+.', 38],
    [17, OFF, 49, HOLD, '-+--+', '..', 1],
    [32, 48, OFF, HOLD, '+----', '++', 39],
    [33, OFF, HOLD, 49, '-+---', '+.', 38],
    [34, 49, HOLD, 83, '++---', '.+', 39],
    [35, 82, HOLD, OFF, '--+--', '..', 36],
  ])('at step %i', (position, now, oneBarAgo, twoBarsAgo, counters, repeats, label) => {
    expect(drawn(encoding, MELODY, position)).toBe(
      event(now) + event(oneBarAgo) + event(twoBarsAgo) + counters + repeats,
    );
    const before = MELODY.slice(0, position);
    expect(encoding.classOf(now, before)).toBe(label);
    expect(encoding.eventOf(label, before)).toBe(now);
  });
});

describe('key melody, as Magenta’s worked example has it', () => {
  const encoding = encodingNamed('KeyMelodyConverter');
  const C = '++.+.+.++.+.';
  const C_SHARP = '.+......+...';
  const ALL_THREE = '+++.+.++++.+';
  const ALL_FOUR = '++.....++...';

  it('has 74 inputs and 40 classes', () => {
    expect([encoding.inputSize, encoding.classes]).toEqual([74, 40]);
  });

  /** Note, silence, onset, direction, repeats of one bar and of two; counters; a bar begins; keys of all and of the last three. */
  it.each<[number, number | null, string, string, string, string, string, number]>([
    [0, 0, '+.+...', '+------', '.', C, C, 0],
    [1, 0, '+.....', '-+-----', '.', C, C, 39],
    [2, 1, '+.++..', '++-----', '.', C_SHARP, C_SHARP, 1],
    [3, 35, '+.++..', '--+----', '.', ALL_THREE, ALL_THREE, 35],
    [4, null, '.+++..', '+-+----', '.', ALL_THREE, ALL_THREE, 37],
    [15, null, '.+.+..', '----+--', '+', ALL_THREE, ALL_THREE, 39],
    [16, 0, '+.+-+.', '+---+--', '.', ALL_FOUR, ALL_THREE, 38],
    [17, null, '.++-..', '-+--+--', '.', ALL_FOUR, ALL_THREE, 37],
    [32, 0, '+.+-++', '+----+-', '.', ALL_FOUR, ALL_THREE, 39],
    [33, null, '.++-+.', '-+---+-', '.', ALL_FOUR, ALL_THREE, 38],
    [34, 1, '+.++.+', '++---+-', '.', C_SHARP, ALL_THREE, 39],
    [35, 34, '+.++..', '--+--+-', '.', C_SHARP, C_SHARP, 34],
  ])('at step %i', (position, pitch, flags, counters, bar, keys, recentKeys, label) => {
    expect(drawn(encoding, MELODY, position)).toBe(
      oneOf(36, pitch) + flags + counters + bar + keys + recentKeys,
    );
    const before = MELODY.slice(0, position);
    expect(encoding.classOf(MELODY[position] as MelodyEvent, before)).toBe(label);
    expect(encoding.eventOf(label, before)).toBe(MELODY[position]);
  });

  it('forgets the fourth pitch back, but not one that came again', () => {
    const melody = [60, 61, 62, 60, 63];
    const recent = drawn(encoding, melody, 4).slice(-12);
    expect(recent).toBe(drawn(encoding, [62, 60, 63], 2).slice(-12));
    expect(recent).not.toBe(drawn(encoding, [61, 62, 63], 2).slice(-12));
  });
});

describe('transposition to C, as Magenta’s examples have it', () => {
  const range = { minPitch: 60, maxPitch: 71 };
  const classesOf = (melody: MelodyEvent[]) => {
    const moved = transpositionFor(melody, { range, transposeToKey: 0 });
    const encoding = encodingNamed('MelodyConverter', {
      dataConverter: { type: 'MelodyConverter', args: range },
    });
    return moved.toModel(melody).map((event) => encoding.classOf(event, []));
  };

  it.each<[MelodyEvent[], number[]]>([
    [
      [100, 100, 107, 111, HOLD, 99, 112, OFF, HOLD],
      [2, 2, 9, 13, 0, 13, 2, 1, 0],
    ],
    [
      [9, 10, 12, 14, 15, 17, 19, 21, 22],
      [13, 2, 4, 6, 7, 9, 11, 13, 2],
    ],
  ])('moves %j to classes %j', (melody, classes) => {
    expect(classesOf(melody)).toEqual(classes);
  });

  it('brings a melody within the range back to where it was played', () => {
    for (const tonic of [40, 53, 66, 79]) {
      const melody = [0, HOLD, 5, 7, OFF, 11].map((event) => (event < 0 ? event : event + tonic));
      const { semitones, toModel, fromModel } = transpositionFor(melody, {
        range: VOCAL,
        transposeToKey: 0,
      });
      expect((tonic + semitones) % 12).toBe(0);
      expect(toModel(melody).map(fromModel)).toEqual(melody);
    }
  });
});

describe('chords, as Magenta.js’s MusicRNN hears them', () => {
  const random = createRandom(8);
  const tensor = (...shape: number[]): Tensor => ({
    shape,
    values: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.next() - 0.5),
  });
  const units = 16;
  let folder: string;
  let served: ServedFolder;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'antiphon-encodings-'));
    served = await serveCheckpoint(folder);
  });
  afterAll(async () => {
    served.close();
    await rm(folder, { recursive: true });
  });

  const prompt: MelodyEvent[] = [60, HOLD, 64, OFF];
  const sequence = NoteSequence.create({
    quantizationInfo: { stepsPerQuarter: 4 },
    totalQuantizedSteps: prompt.length,
    notes: [
      { pitch: 60, quantizedStartStep: 0, quantizedEndStep: 2 },
      { pitch: 64, quantizedStartStep: 2, quantizedEndStep: 3 },
    ],
  });

  it.each([
    ['MajorMinorChordEncoder', 25, ['C', 'Am', 'N.C.', 'F#', 'Bbm7', 'G7']],
    ['TriadChordEncoder', 49, ['C', 'Am', 'Bdim', 'Eaug', 'N.C.', 'Dm7']],
    // MusicRNN cannot mix N.C. with chords here, and takes the root for the bass
    ['PitchChordEncoder', 37, ['C', 'Am7', 'Bdim', 'Dmaj7', 'F#m']],
  ])('%s', async (chordEncoder, chordInputs, progression) => {
    const inputs = chordInputs + 38 + 3;
    const weights = new Map([
      ['rnn/multi_rnn_cell/cell_0/basic_lstm_cell/kernel', tensor(inputs + units, 4 * units)],
      ['rnn/multi_rnn_cell/cell_0/basic_lstm_cell/bias', tensor(4 * units)],
      ['fully_connected/weights', tensor(units, 38)],
      ['fully_connected/biases', tensor(38)],
    ]);
    const config = {
      type: 'MusicRNN',
      dataConverter: { type: 'MelodyConverter', args: VOCAL },
      chordEncoder,
      auxInputs: [{ type: 'BinaryCounter', args: { numBits: 3 } }],
    };
    await writeCheckpoint(join(folder, chordEncoder), { config, weights });
    const { architecture, encoding } = await loadModel(join(folder, chordEncoder));
    const steps = 14;
    const oracle = new MusicRNN(`${served.url}/${chordEncoder}`);
    await oracle.initialize();
    hearInFloats(oracle);
    const { probs, sequence: answer } = await oracle.continueSequenceAndReturnProbabilities(
      sequence,
      steps,
      0.001,
      progression,
    );
    await answer;
    oracle.dispose();

    const length = prompt.length + steps;
    const chords = Array.from(
      { length },
      (_, step) => progression[Math.floor((step * progression.length) / length)] as string,
    );
    const condition: Condition = { ...NO_CONDITION, chords };
    const events = [...prompt];
    let state = zeroState(architecture);
    let logits: number[] = [];
    for (let position = 0; position < length - 1; position++) {
      const stepped = stepNetwork(architecture, state, encoding.encode(events, position, condition));
      state = stepped.state;
      logits = [...(stepped.logits[0] as Float64Array)];
      const wanted = probs[position - prompt.length + 1];
      if (!wanted) continue;
      const likeliest = logits.indexOf(Math.max(...logits));
      events.push(encoding.eventOf(likeliest, events));
      const sharp = softmax(logits.map((logit) => logit / 0.001));
      expect(Math.max(...sharp.map((value, i) => Math.abs(value - (wanted[i] as number))))).toBeLessThan(
        1e-3,
      );
    }
    expect(events).toHaveLength(length);
  });
});

/** One-hot chords are integers to MusicRNN; on TensorFlow.js's CPU backend all that they are joined with then loses its fractions. */
function hearInFloats(oracle: MusicRNN): void {
  const { chordEncoder } = oracle as unknown as {
    chordEncoder: { encodeProgression(chords: string[], steps: number): { toFloat(): unknown } };
  };
  const encode = chordEncoder.encodeProgression.bind(chordEncoder);
  Object.assign(chordEncoder, {
    encodeProgression: (chords: string[], steps: number) => encode(chords, steps).toFloat(),
  });
}

it('hears no chord, and a bass that is not the root', () => {
  const encoding = encodingNamed('MelodyConverter', { chordEncoder: 'PitchChordEncoder' });
  const under = (chord: string) =>
    encoding.encode([60], 0, { ...NO_CONDITION, chords: ['F', chord] }).indices.filter((index) => index < 37);
  expect(under('N.C.')).toEqual([0]);
  expect(under('C/G')).toEqual([1, 13, 17, 20, 25 + 7]);
});

function softmax(logits: number[]): number[] {
  const most = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp(logit - most));
  const total = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / total);
}
