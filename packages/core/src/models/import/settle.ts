/** Settles how an imported network is fed: as its source says where that fits the weights, else as their sizes alone tell. */
import { AppError } from '../../app-error.js';
import { architectureOf } from '../architecture-of-checkpoint.js';
import type { Checkpoint } from '../checkpoint.js';
import { assembleModel, type ModelParts } from '../model.js';
import { configFor, encodingBySizes } from './known-encodings.js';

export interface Imported {
  checkpoint: Checkpoint;
  /** For people: what was not as the source says, and what was made of it. */
  warnings: string[];
}

/** `id` is what the source calls the model. Throws AppError `badCheckpoint` where nothing known fits. */
export function settle({ config, weights }: Checkpoint, id: string): Imported {
  const architecture = architectureOf({ config, weights });
  const { inputSize, attention, heads } = architecture;
  const warnings: string[] = [];
  let settled = config;
  const misfit = misfitOf({ id, config, architecture });
  if (misfit) {
    const name = encodingBySizes({ inputSize, classes: heads[0]?.classes ?? 0 }, misfit);
    settled = configFor(name, config);
    warnings.push(
      `${misfit}. Its ${inputSize} inputs and ${heads[0]?.classes} classes are those of ${name}, so it is fed as that.`,
    );
  }
  if (attention && config.attentionLength === undefined) {
    settled = { ...settled, attentionLength: attention.length };
    warnings.push(
      `${id} does not say how far attention looks back; Magenta's own ${attention.length} steps are taken.`,
    );
  }
  return { checkpoint: { config: settled, weights }, warnings };
}

function misfitOf(parts: ModelParts): string | null {
  try {
    assembleModel(parts);
    return null;
  } catch (error) {
    if (error instanceof AppError && error.code === 'badCheckpoint') return error.message;
    throw error;
  }
}
