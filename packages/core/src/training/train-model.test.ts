import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadModel } from '../models/model.js';
import { HOLD, type MelodyEvent } from '../music/melody.js';
import { createRandom } from '../random.js';
import type { TrainingPiece } from './dataset/piece.js';
import { isForValidation } from './dataset/split.js';
import { type TrainingSettings, trainModel } from './train-model.js';
import { endTraining, readTraining, saveTraining } from './training-folder.js';

const pieces: TrainingPiece[] = Array.from({ length: 24 }, (_, i) => {
  const random = createRandom(i);
  const melody: MelodyEvent[] = Array.from({ length: 64 }, (__, step) =>
    step % 4 === 0 ? 60 + Math.floor(random.next() * 12) : HOLD,
  );
  return {
    id: `made/${i}`,
    style: 'folk',
    stepsPerBar: 16,
    melody,
    chords: melody.map((_event, step) => (step % 32 < 16 ? 'C' : 'G7')),
    bass: melody.map((_event, step) => (step % 16 === 0 ? 36 : HOLD)),
  };
});

const settings: TrainingSettings = {
  role: 'accompaniment',
  units: [8],
  epochs: 3,
  patience: 9,
  batch: 4,
  steps: 16,
  learningRate: 0.01,
  dropout: 0.3,
  seed: 5,
};

const quiet = { onProgress: () => {}, onEpoch: () => {} };

describe('training a model', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'antiphon-training-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('goes on after an interruption as if there had been none', async () => {
    const whole = await trainModel(pieces, settings, quiet);
    const cutOff = trainModel(pieces, settings, {
      ...quiet,
      onEpoch: async (state, checkpoint) => {
        await saveTraining(folder, state, checkpoint);
        if (state.curve.length === 2) throw new Error('the plug was pulled');
      },
    });
    await expect(cutOff).rejects.toThrow('plug');
    const resumed = await readTraining(folder, settings);
    expect(resumed.curve).toHaveLength(2);
    const mended = await trainModel(pieces, settings, quiet, { resumed });
    const losses = ({ curve }: typeof whole) =>
      curve.map(({ training, validation }) => ({ training, validation }));
    expect(losses(mended)).toEqual(losses(whole));
    expect(mended.best.weights).toEqual(whole.best.weights);
  });

  it('leaves a checkpoint that can be played, the curve as JSON and SVG, and nothing to resume once it is done', async () => {
    await endTraining(folder);
    expect((await readdir(folder)).sort()).toEqual([
      'config.json',
      'group1-shard1of1.bin',
      'training.json',
      'training.svg',
      'weights_manifest.json',
    ]);
    expect((await loadModel(folder)).role).toBe('accompaniment');
    expect(JSON.parse(await readFile(join(folder, 'training.json'), 'utf8')).curve).toHaveLength(2);
    expect(await readFile(join(folder, 'training.svg'), 'utf8')).toMatch(/^<svg.*polyline.*<\/svg>\n$/s);
    await expect(readTraining(folder, settings)).rejects.toMatchObject({ code: 'cannotResume' });
  });

  it('refuses to resume with other settings, and says which', async () => {
    const state = await trainModel(
      pieces,
      { ...settings, epochs: 1 },
      {
        ...quiet,
        onEpoch: (epoch, checkpoint) => saveTraining(folder, epoch, checkpoint),
      },
    );
    expect(state.curve).toHaveLength(1);
    await expect(readTraining(folder, { ...settings, epochs: 1, dropout: 0 })).rejects.toThrow(
      /begun with dropout 0.3, not 0/,
    );
  });

  it('stops when nothing gets better, and keeps the best', async () => {
    const { curve, best } = await trainModel(
      pieces,
      { ...settings, epochs: 40, patience: 1, learningRate: 2 },
      quiet,
    );
    expect(curve.length).toBeLessThan(40);
    const losses = curve.map(({ validation }) => Object.values(validation).reduce((a, b) => a + b));
    expect(best.loss).toBe(Math.min(...losses));
    expect(losses[best.epoch - 1]).toBe(best.loss);
  });

  it('begins with the weights of another, of the same shape only', async () => {
    const first = await trainModel(pieces, settings, quiet);
    const from = { config: { type: 'MusicRNN' }, weights: first.best.weights };
    const second = await trainModel(pieces, { ...settings, epochs: 1, learningRate: 1e-9 }, quiet, { from });
    expect(second.best.loss).toBeCloseTo(first.best.loss, 3);
    await expect(trainModel(pieces, { ...settings, units: [9] }, quiet, { from })).rejects.toMatchObject({
      code: 'badCheckpoint',
    });
  });

  it('says what is missing when there is nothing to learn from, or nothing kept aside', async () => {
    await expect(trainModel(pieces.filter(isForValidation), settings, quiet)).rejects.toThrow(
      /0 to learn from/,
    );
    await expect(
      trainModel(
        pieces.map((piece) => ({ ...piece, chords: null })),
        settings,
        quiet,
      ),
    ).rejects.toThrow(/0 of 24 pieces can train a model for accompaniment/);
  });
});
