/** A model: a checkpoint understood, ready to be fed melody events and run. */
import { basename } from 'node:path';
import { z } from 'zod';
import { AppError } from '../app-error.js';
import type { Architecture } from './architecture.js';
import { architectureOf } from './architecture-of-checkpoint.js';
import type { Checkpoint } from './checkpoint.js';
import { readCheckpoint } from './checkpoint-folder.js';
import type { MelodyEncoding } from './encoding.js';
import { createOneHotEncoding } from './one-hot-encoding.js';

export interface ModelParts {
  id: string;
  /** The checkpoint's config.json, which says how the network is fed. */
  config: Checkpoint['config'];
  architecture: Architecture;
}

export interface Model extends ModelParts {
  encoding: MelodyEncoding;
}

/** The members of a Magenta.js MusicRNN config that say how the network is fed. */
const MusicRnnConfig = z.object({
  type: z.literal('MusicRNN'),
  dataConverter: z.object({
    type: z.literal('MelodyConverter'),
    args: z.object({ minPitch: z.number().int(), maxPitch: z.number().int() }),
  }),
  chordEncoder: z.undefined({ error: 'models that follow chords are not played yet' }).optional(),
  auxInputs: z
    .array(
      z.object({
        type: z.literal('BinaryCounter'),
        args: z.object({ numBits: z.number().int().min(1).max(16) }),
      }),
    )
    .max(1)
    .default([]),
});

/** Loads a checkpoint folder; its name is the model's id. Throws AppError `badCheckpoint`. */
export async function loadModel(folder: string): Promise<Model> {
  return modelOf(basename(folder), await readCheckpoint(folder));
}

export function modelOf(id: string, checkpoint: Checkpoint): Model {
  return assembleModel({ id, config: checkpoint.config, architecture: architectureOf(checkpoint) });
}

/** The whole model from what can be sent to another thread. */
export function assembleModel(parts: ModelParts): Model {
  const { id, architecture } = parts;
  const config = MusicRnnConfig.safeParse(parts.config);
  if (!config.success) {
    const [issue] = config.error.issues;
    throw new AppError('badCheckpoint', `${id}: config.json: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const { dataConverter, auxInputs } = config.data;
  const encoding = createOneHotEncoding(dataConverter.args, auxInputs[0]?.args.numBits ?? 0);
  const classes = architecture.heads[0]?.classes;
  if (architecture.inputSize !== encoding.inputSize || classes !== encoding.classes)
    throw new AppError(
      'badCheckpoint',
      `${id}: config.json describes ${encoding.inputSize} inputs and ${encoding.classes} classes; the weights have ${architecture.inputSize} and ${classes}`,
    );
  return { ...parts, encoding };
}
