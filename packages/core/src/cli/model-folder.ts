import { readdir } from 'node:fs/promises';
import type { Model } from '../models/index.js';

/** Throws where a folder would be written over. */
export async function requireFree(folder: string): Promise<void> {
  const found = await readdir(folder).catch((error) => {
    if (error.code === 'ENOENT') return [];
    throw new Error(`${folder} cannot be written to (${error.code}); name a new folder with --out`);
  });
  if (found.length > 0) throw new Error(`${folder} is not empty; name a new folder with --out, or empty it`);
}

/** What a model is, in one line. */
export function describe({ id, role, encoding, architecture, range, transposeToKey }: Model): string {
  const { layers, attention, heads } = architecture;
  return [
    `${id}: ${role}`,
    `${encoding.inputSize} inputs`,
    `${layers.map(({ units }) => units).join(' and ')} units`,
    ...(attention ? [`attention over ${attention.length} steps`] : []),
    `${heads.map(({ name, classes }) => `${classes} classes of ${name}`).join(', ')}`,
    `pitches ${range.minPitch} to ${range.maxPitch}`,
    transposeToKey === null ? 'in all keys' : `transposed to ${KEYS[transposeToKey]}`,
  ].join(', ');
}

const KEYS = ['C', 'D flat', 'D', 'E flat', 'E', 'F', 'F sharp', 'G', 'A flat', 'A', 'B flat', 'B'];
