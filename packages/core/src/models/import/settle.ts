/** Settles how an imported network is fed: as its source says where that fits the weights, else as their sizes alone tell. */
import { AppError } from '../../app-error.js';
import { architectureOf } from '../architecture-of-checkpoint.js';
import type { Checkpoint } from '../checkpoint.js';
import { assembleModel, type ModelParts } from '../model.js';
import { attentionLengthIn } from './attention-length.js';
import { configFor, encodingBySizes } from './known-encodings.js';

export interface Imported {
  checkpoint: Checkpoint;
  /** For people: what was not as the source says, and what was made of it. */
  warnings: string[];
}

/**
 * `id` is what the source calls the model; `metagraph` is TensorFlow's graph where there is one. Throws AppError `badCheckpoint` where
 * nothing known fits.
 */
export function settle(
  { config, weights }: Checkpoint,
  { id, metagraph }: { id: string; metagraph: Uint8Array | null },
): Imported {
  const architecture = architectureOf({ config, weights });
  const { inputSize, layers, attention, heads } = architecture;
  const warnings: string[] = [];
  let settled = config;
  const misfit = misfitOf({ id, config, architecture });
  if (misfit) {
    const classes = heads[0]?.classes ?? 0;
    const name = encodingBySizes({ inputSize, classes }, misfit);
    settled = configFor(name, config);
    warnings.push(
      `${misfit}. Its ${inputSize} inputs and ${classes} classes are those of ${name}, so it is fed as that.`,
    );
  }
  if (attention && config.attentionLength === undefined) {
    const units = layers[attention.layers - 1]?.units ?? 0;
    const found = metagraph && attentionLengthIn(metagraph, units);
    settled = { ...settled, attentionLength: found ?? attention.length };
    if (!found)
      warnings.push(
        `${id} does not say how far attention looks back; Magenta's own ${attention.length} steps are taken.`,
      );
    architectureOf({ config: settled, weights }); // what a graph says may be out of reason
  }
  return { checkpoint: { config: settled, weights }, warnings };
}

function misfitOf(parts: ModelParts): string | null {
  if (parts.config.dataConverter === undefined) return `${parts.id} does not say how it is fed`;
  try {
    assembleModel(parts);
    return null;
  } catch (error) {
    if (error instanceof AppError && error.code === 'badCheckpoint') return error.message;
    throw error;
  }
}
