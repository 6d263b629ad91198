import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { NO_CONDITION } from '../models/encoding.js';
import { loadModel, type Model, modelOf } from '../models/model.js';
import { stepNetwork, zeroState } from '../models/network.js';
import { HOLD, type MelodyEvent, OFF } from '../music/melody.js';
import { createRandom } from '../random.js';
import type { TrainingPiece } from '../training/dataset/piece.js';
import { initialParameters } from '../training/parameters.js';
import { recipeFor } from '../training/recipe.js';
import { accompanimentQuality, noteInChord } from './accompaniment.js';
import { continueAll } from './continuation.js';
import { likelihoodOf } from './likelihood.js';
import { melodyStatistics } from './melody-statistics.js';
import { modelPredictor } from './model-predictor.js';
import { trainNgram } from './ngram-predictor.js';

const piece = (melody: MelodyEvent[], more: Partial<TrainingPiece> = {}): TrainingPiece => ({
  id: 'made/up',
  style: null,
  stepsPerBar: 16,
  melody,
  chords: null,
  bass: null,
  ...more,
});

/** A bar of quarters, C D E F, then a bar of rest. */
const scale = [60, 62, 64, 65].flatMap((pitch) => [pitch, HOLD, HOLD, HOLD]);
const tune = [...scale, OFF, ...Array<MelodyEvent>(15).fill(HOLD)];

let melody: Model;
beforeAll(async () => {
  melody = await loadModel(fileURLToPath(new URL('../../checkpoints/melody-small', import.meta.url)));
});

describe('likelihood', () => {
  it('of a model is what the plain network says, whoever else is measured with it', async () => {
    const pieces = [piece(tune), piece([67, HOLD, OFF, 72, HOLD]), piece([...tune, ...scale])];
    const scores = await modelPredictor(melody).score(pieces);
    pieces.forEach(({ melody: events }, i) => {
      let state = zeroState(melody.architecture);
      for (let step = 0; step < events.length - 1; step++) {
        const stepped = stepNetwork(
          melody.architecture,
          state,
          melody.encoding.encode(events, step, NO_CONDITION),
        );
        state = stepped.state;
        const [logits] = stepped.logits as [Float64Array];
        const wanted = melody.encoding.classOf(events[step + 1] as MelodyEvent, events);
        const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
        expect(scores[i]?.[step]).toBeCloseTo(Math.log(total) - (logits[wanted] as number), 3);
      }
    });
  });

  it('is split by what holds, ends and begins', async () => {
    const nats = (events: readonly MelodyEvent[]) =>
      Float64Array.from(events.slice(1), (event) => (event === HOLD ? 1 : event === OFF ? 2 : 4));
    const fixed = {
      name: 'fixed',
      score: async (pieces: readonly TrainingPiece[]) => pieces.map((p) => nats(p.melody)),
    };
    expect(await likelihoodOf(fixed, [piece([60, HOLD, 62, OFF, HOLD])])).toMatchObject({
      steps: 4,
      notes: 1,
      natsPerStep: 2,
      natsPerNote: 8,
      hold: 1,
      off: 2,
      onset: 4,
    });
  });
});

describe('the n-gram', () => {
  const ngram = trainNgram([piece([...tune, ...tune])], 4);

  it('gives every event that can come next a probability, one in all', async () => {
    const events = [HOLD, OFF, ...Array.from({ length: 49 }, (_, i) => 65 - 24 + i)];
    for (const before of [scale, [65], [65, OFF, HOLD]]) {
      const scored = await ngram.score(events.map((event) => piece([...before, event])));
      const total = scored.reduce((sum, scores) => sum + Math.exp(-(scores.at(-1) as number)), 0);
      expect(total).toBeCloseTo(1, 6);
    }
  });

  it('foresees what it has learned, in any key, better than what it has not', async () => {
    const moved = tune.map((event) => (event >= 0 ? event + 5 : event));
    const backwards = [65, 64, 62, 60].flatMap((pitch) => [pitch, HOLD, HOLD, HOLD]);
    const nats = async (events: MelodyEvent[]) => (await likelihoodOf(ngram, [piece(events)])).natsPerStep;
    expect(await nats(moved)).toBeCloseTo(await nats(tune), 9);
    expect(await nats(tune)).toBeLessThan(0.4);
    expect(await nats(backwards)).toBeGreaterThan(2 * (await nats(tune)));
  });
});

describe('melody statistics', () => {
  it('count what there is', () => {
    const statistics = melodyStatistics([[...tune, ...scale]], 16);
    expect(statistics).toMatchObject({
      melodies: 1,
      range: 5,
      repeats: 0,
      leaps: 0,
      inKey: 1,
      onBeat: 1,
      length: 4,
      sameRhythm: 0,
    });
    expect(statistics.notesPerBar).toBeCloseTo(8 / 3);
    expect(statistics.silence).toBeCloseTo(1 / 3);
    expect(statistics.steps).toBeCloseTo(6 / 7);
  });
});

describe('accompaniment', () => {
  const chorded = piece([...tune, ...scale], {
    chords: Array.from({ length: 48 }, (_, step) => (step < 8 ? 'C' : step < 16 ? 'F' : 'N.C.')),
    bass: Array<MelodyEvent>(48).fill(HOLD),
  });

  it('counts the steps in which the chord has the note that sounds', () => {
    // C and E of the first bar's C D | E F over C and F; no chord under the second scale
    expect(noteInChord([chorded], [{ chords: chorded.chords ?? [] }])).toBeCloseTo((4 + 4) / 32);
  });

  it('is drawn before the note it sounds with is heard', async () => {
    const { config, network } = recipeFor('accompaniment');
    const weights = initialParameters(network([12, 10]), createRandom(5));
    const model = modelOf('random', { config, weights });
    const options = { temperature: 1, seed: 3 };
    const quality = await accompanimentQuality(model, [chorded], options);
    expect(await accompanimentQuality(model, [chorded], options)).toEqual(quality);
    const other = { ...chorded, melody: [...chorded.melody.slice(0, 47), 61] };
    expect((await accompanimentQuality(model, [other], options)).changesPerBar).toBe(quality.changesPerBar);
    expect(quality.writtenNoteInChord).toBeCloseTo(8 / 32);
  });
});

describe('continuations', () => {
  it('do not depend on who else is continued', async () => {
    const options = { steps: 24, temperature: 1, seed: 7 };
    const [alone] = await continueAll(melody, [{ prompt: scale }], options);
    const [first, second] = await continueAll(melody, [{ prompt: scale }, { prompt: [60, HOLD] }], options);
    expect(first).toEqual(alone);
    expect(second).toHaveLength(24);
  });
});
