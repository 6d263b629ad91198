/** A MusicVAE checkpoint in Magenta.js's own format: it knows melodies of one length as points, and what lies between two of them. */
import { basename, join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../app-error.js';
import type { Checkpoint } from './checkpoint.js';
import { readCheckpoint } from './checkpoint-folder.js';
import { type Model, modelOf } from './model.js';
import type { PitchRange } from './one-hot.js';

export interface LatentModel {
  role: 'latent';
  /** The folder's name. */
  id: string;
  /** For people; the id where config.json says none. */
  title: string;
  folder: string;
  /** The length of its melodies, in 16ths. */
  steps: number;
  range: PitchRange;
}

/** No note and the end of one come before the pitches among the classes. */
const CLASSES_BESIDE_PITCHES = 2;
const STEPS_PER_BAR = 16;

const Pitch = z.number().int().min(0).max(127);
const absent = (what: string) => z.undefined({ error: `${what} are not asked of it here` }).optional();

const LatentConfig = z.looseObject({
  type: z.literal('MusicVAE'),
  title: z.string().optional(),
  dataConverter: z.looseObject({
    type: z.literal('MelodyConverter', { error: 'must be MelodyConverter: it is asked for melodies' }),
    args: z
      .looseObject({
        minPitch: Pitch,
        maxPitch: Pitch,
        numSteps: z
          .number()
          .int()
          .min(STEPS_PER_BAR)
          .max(16 * STEPS_PER_BAR)
          .multipleOf(STEPS_PER_BAR, `must be whole bars of ${STEPS_PER_BAR} steps`),
        numSegments: absent('melodies in segments'),
      })
      .refine(({ minPitch, maxPitch }) => maxPitch - minPitch >= 11, 'must span an octave'),
  }),
  chordEncoder: absent('chords'),
  conditionOnKey: z.literal(false, { error: 'keys are not told to it here' }).optional(),
  extraControls: absent('controls'),
});

/** Loads what the folder's config.json says it is. Throws AppError `badCheckpoint`. */
export async function loadAnyModel(folder: string): Promise<Model | LatentModel> {
  return anyModelOf(folder, await readCheckpoint(folder));
}

/** What a checkpoint's config.json says it is, named after the folder where it lies or will. Throws AppError `badCheckpoint`. */
export function anyModelOf(folder: string, checkpoint: Checkpoint): Model | LatentModel {
  return isLatent(checkpoint) ? latentModelOf(folder, checkpoint) : modelOf(basename(folder), checkpoint);
}

export function isLatent({ config }: Checkpoint): boolean {
  return config.type === 'MusicVAE';
}

export async function loadLatentModel(folder: string): Promise<LatentModel> {
  return latentModelOf(folder, await readCheckpoint(folder));
}

/** Throws AppError `badCheckpoint` that names what does not fit. */
export function latentModelOf(folder: string, checkpoint: Checkpoint): LatentModel {
  const read = LatentConfig.safeParse(checkpoint.config);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new AppError(
      'badCheckpoint',
      `${join(folder, 'config.json')}: ${issue?.path.join('.')}: ${issue?.message}`,
    );
  }
  const { title, dataConverter } = read.data;
  const { minPitch, maxPitch, numSteps } = dataConverter.args;
  const id = basename(folder);
  requireShapes(id, checkpoint, maxPitch - minPitch + 1 + CLASSES_BESIDE_PITCHES);
  return { role: 'latent', id, title: title ?? id, folder, steps: numSteps, range: { minPitch, maxPitch } };
}

/** The weights that tell one size of network from another, as Magenta.js names them. */
function requireShapes(id: string, { weights }: Checkpoint, classes: number): void {
  const shapeOf = (name: string): [rows: number, columns: number] => {
    const shape = weights.get(name)?.shape;
    if (shape?.length !== 2)
      throw new AppError(
        'badCheckpoint',
        `${id}: ${shape ? `${name} is no matrix` : `no weights are named ${name}`}`,
      );
    return shape as [number, number];
  };
  const expect = (name: string, what: string, [found, wanted]: [found: number, wanted: number]) => {
    if (found !== wanted)
      throw new AppError('badCheckpoint', `${id}: ${name} has ${found} ${what}; ${wanted} belong there`);
  };
  for (const direction of ['fw', 'bw']) {
    const name = `encoder/cell_0/bidirectional_rnn/${direction}/multi_rnn_cell/cell_0/lstm_cell/kernel`;
    const [rows, columns] = shapeOf(name);
    expect(name, 'rows', [rows, classes + columns / 4]);
  }
  const [, dimensions] = shapeOf('encoder/mu/kernel');
  const start = 'decoder/z_to_initial_state/kernel';
  expect(start, 'rows', [shapeOf(start)[0], dimensions]);
  const cell = 'decoder/multi_rnn_cell/cell_0/lstm_cell/kernel';
  const [rows, columns] = shapeOf(cell);
  expect(cell, 'rows', [rows, classes + dimensions + columns / 4]);
  const output = 'decoder/output_projection/kernel';
  expect(output, 'columns', [shapeOf(output)[1], classes]);
}
