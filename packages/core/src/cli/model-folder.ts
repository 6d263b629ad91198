import { readdir } from 'node:fs/promises';
import type { LatentModel, Model } from '../models/index.js';

/** Throws where a folder would be written over. */
export async function requireFree(folder: string): Promise<void> {
  const found = await readdir(folder).catch((error) => {
    if (error.code === 'ENOENT') return [];
    throw new Error(`${folder} cannot be written to (${error.code}); name a new folder with --out`);
  });
  if (found.length > 0) throw new Error(`${folder} is not empty; name a new folder with --out, or empty it`);
}

/** What a model is, in one line. */
export function describe(model: Model | LatentModel): string {
  const { id, role, range } = model;
  const pitches = `pitches ${range.minPitch} to ${range.maxPitch}`;
  if (model.role === 'latent') return `${id}: ${role}, melodies of ${model.steps} steps, ${pitches}`;
  const { encoding, architecture, transposeToKey } = model;
  const { layers, attention, heads } = architecture;
  return [
    `${id}: ${role}`,
    `${encoding.inputSize} inputs`,
    `${layers.map(({ units }) => units).join(' and ')} units`,
    ...(attention ? [`attention over ${attention.length} steps`] : []),
    `${heads.map(({ name, classes }) => `${classes} classes of ${name}`).join(', ')}`,
    pitches,
    transposeToKey === null ? 'in all keys' : `transposed to ${KEYS[transposeToKey]}`,
  ].join(', ');
}

const KEYS = ['C', 'D flat', 'D', 'E flat', 'E', 'F', 'F sharp', 'G', 'A flat', 'A', 'B flat', 'B'];
