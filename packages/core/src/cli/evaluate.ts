import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import {
  accompanimentQuality,
  continueAll,
  improvisedNoteInChord,
  likelihoodOf,
  melodyStatistics,
  modelPredictor,
  type Predictor,
  trainNgram,
} from '../evaluation/index.js';
import { loadModel, type Model, NO_CONDITION, transpositionFor } from '../models/index.js';
import { isForValidation, type TrainingPiece } from '../training/index.js';
import { positive, whole } from './numbers.js';
import { readPieces } from './pieces-file.js';
import type { Verb } from './verb.js';

const usage = `antiphon evaluate --pieces FILE --model FOLDER [--model FOLDER ...]      measures models on pieces kept aside, side by side

  --pieces FILE        what antiphon dataset wrote; one piece in ten, chosen by name, is kept aside
  --model FOLDER       a checkpoint folder; may be given several times
  --all                measures on all pieces of the file: for pieces that no model has learned from
  --ngram N            order of the n-gram that stands beside them, learned from the pieces not kept aside (default 6; 0 for none)
  --learn-from FILE    the n-gram learns from these pieces instead
  --samples N          melodies to generate for the statistics (default 50; 0 for none)
  --temperature T      of what is generated (default 1)
  --seed N             (default 1)
  --out FILE           the figures as JSON
`;

const SAMPLE_BARS = 8;
const PROMPT_BARS = 2;
const STEPS_PER_BAR = 16;

async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      pieces: { type: 'string' },
      model: { type: 'string', multiple: true, default: [] },
      all: { type: 'boolean', default: false },
      ngram: { type: 'string', default: '6' },
      'learn-from': { type: 'string' },
      samples: { type: 'string', default: '50' },
      temperature: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      out: { type: 'string' },
    },
  });
  if (!values.pieces || values.model.length === 0)
    throw new Error('--pieces FILE and at least one --model FOLDER are needed; see antiphon evaluate --help');
  const options = {
    temperature: positive('--temperature', values.temperature),
    seed: whole('--seed', values.seed),
  };
  const pieces = await readPieces(values.pieces);
  const aside = values.all ? pieces : pieces.filter(isForValidation);
  if (aside.length === 0)
    throw new Error(`none of the ${pieces.length} pieces is kept aside; --all measures on all of them`);
  const learned = values['learn-from']
    ? await readPieces(values['learn-from'])
    : pieces.filter((piece) => !isForValidation(piece));
  const models = await Promise.all(values.model.map(loadModel));

  const order = whole('--ngram', values.ngram);
  const predictors: Predictor[] = models.map(modelPredictor);
  if (order > 0) predictors.push(trainNgram(learned, order));
  const likelihood = [];
  for (const predictor of predictors) likelihood.push(await likelihoodOf(predictor, aside));
  show('Nats: how surprising the melodies are to each. Less is better', likelihood);

  const samples = whole('--samples', values.samples);
  const statistics = samples > 0 ? await statisticsOf(models, aside, samples, options) : [];
  if (samples > 0)
    show(
      `${SAMPLE_BARS} bars after ${PROMPT_BARS} bars of a piece, beside what the piece itself goes on with`,
      statistics,
    );

  const accompaniment = [];
  for (const model of models.filter(({ role }) => role === 'accompaniment'))
    accompaniment.push({ model: model.id, ...(await accompanimentQuality(model, aside, options)) });
  if (accompaniment.length > 0) show('Accompaniment, online and from a cold start', accompaniment);

  const improvisation = [];
  if (models.some(({ role }) => role === 'improv'))
    for (const model of models.filter(({ role }) => role !== 'accompaniment'))
      improvisation.push({
        model: model.id,
        noteInChord: await improvisedNoteInChord(model, aside, options),
      });
  if (improvisation.length > 0) show('Notes in the given chords', improvisation);

  if (values.out)
    await writeFile(
      values.out,
      `${JSON.stringify({ options, likelihood, statistics, accompaniment, improvisation }, null, 2)}\n`,
    );
}

async function statisticsOf(
  models: readonly Model[],
  aside: readonly TrainingPiece[],
  samples: number,
  options: { temperature: number; seed: number },
) {
  const [from, steps] = [PROMPT_BARS * STEPS_PER_BAR, SAMPLE_BARS * STEPS_PER_BAR];
  const chosen = aside
    .filter(({ stepsPerBar, melody }) => stepsPerBar === STEPS_PER_BAR && melody.length >= from + steps)
    .filter(({ melody }) => melody.slice(0, from).some((event) => event >= 0));
  const spread = Array.from({ length: Math.min(samples, chosen.length) }, (_, i) => {
    return chosen[Math.floor((i * chosen.length) / Math.min(samples, chosen.length))] as TrainingPiece;
  });
  const real = spread.map(({ melody }) => melody.slice(from, from + steps));
  const rows = [{ from: 'the pieces themselves', ...melodyStatistics(real, STEPS_PER_BAR) }];
  for (const model of models) {
    const answers = await continueAll(
      model,
      spread.map((piece) => {
        const transposition = transpositionFor(piece.melody.slice(0, from), model);
        return {
          prompt: transposition.toModel(piece.melody.slice(0, from)),
          condition: transposition.conditionToModel({
            ...NO_CONDITION,
            chords: piece.chords ?? [],
            bass: piece.bass ?? [],
            style: piece.style,
          }),
        };
      }),
      { steps, ...options },
    );
    rows.push({ from: model.id, ...melodyStatistics(answers, STEPS_PER_BAR) });
  }
  return rows;
}

function show(title: string, rows: readonly object[]): void {
  const rounded = rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        typeof value === 'number' ? round(value) : shown(value),
      ]),
    ),
  );
  console.log(`\n${title}`);
  console.table(rounded);
}

const shown = (value: unknown) => (Array.isArray(value) ? value.map(round).join(' ') : value);
const round = (value: number) => Math.round(value * 1000) / 1000;

export const evaluate: Verb = { summary: 'measures models on pieces kept aside', usage, run };
