/** Magenta.js checkpoint folders: config.json, weights_manifest.json and shards of weights, little-endian. */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../app-error.js';
import type { Checkpoint, Tensor } from './checkpoint.js';

const MAX_JSON_BYTES = 4 << 20;
const MAX_SHARD_BYTES = 512 << 20;
const BYTES_OF = { float32: 4, uint8: 1, uint16: 2 };

const Config = z.looseObject({ type: z.string() });

const Manifest = z.array(
  z.object({
    paths: z.array(z.string().regex(/^[^/\\]+$/, 'must be a file name, without folders')).min(1),
    weights: z.array(
      z.object({
        name: z.string().min(1),
        shape: z.array(z.number().int().nonnegative()).max(8),
        dtype: z.string(),
        quantization: z
          .object({ dtype: z.enum(['uint8', 'uint16']), scale: z.number(), min: z.number() })
          .optional(),
      }),
    ),
  }),
);
type WeightEntry = z.infer<typeof Manifest>[number]['weights'][number];

/** Throws AppError `badCheckpoint` that names the file and the fault. */
export async function readCheckpoint(folder: string): Promise<Checkpoint> {
  const config = await readJson(join(folder, 'config.json'), Config);
  const manifest = await readJson(join(folder, 'weights_manifest.json'), Manifest);
  const weights = new Map<string, Tensor>();
  for (const group of manifest) {
    const shards = [];
    for (const path of group.paths) shards.push(await readBounded(join(folder, path), MAX_SHARD_BYTES));
    const bytes = Buffer.concat(shards);
    let offset = 0;
    for (const entry of group.weights) {
      const byteLength = byteLengthOf(entry);
      if (offset + byteLength > bytes.length)
        throw new AppError(
          'badCheckpoint',
          `${entry.name} needs bytes ${offset} to ${offset + byteLength} of ${group.paths.join(', ')}, which end at ${bytes.length}`,
        );
      if (isFloat(entry)) weights.set(entry.name, decode(entry, bytes.subarray(offset, offset + byteLength)));
      offset += byteLength;
    }
    if (offset !== bytes.length)
      throw new AppError(
        'badCheckpoint',
        `${group.paths.join(', ')} hold ${bytes.length} bytes; the manifest names ${offset}`,
      );
  }
  return { config, weights };
}

/** Writes one shard of float32 weights, readable by Magenta.js. */
export async function writeCheckpoint(folder: string, checkpoint: Checkpoint): Promise<void> {
  const shard = 'group1-shard1of1.bin';
  const entries = [...checkpoint.weights].map(([name, { shape }]) => ({ name, shape, dtype: 'float32' }));
  const bytes = Buffer.concat(
    [...checkpoint.weights.values()].map(({ values }) =>
      Buffer.from(values.buffer, values.byteOffset, values.byteLength),
    ),
  );
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, shard), bytes);
  await writeFile(
    join(folder, 'weights_manifest.json'),
    JSON.stringify([{ paths: [shard], weights: entries }]),
  );
  await writeFile(join(folder, 'config.json'), `${JSON.stringify(checkpoint.config, null, 2)}\n`);
}

const isFloat = (entry: WeightEntry) => entry.dtype === 'float32';

function byteLengthOf(entry: WeightEntry): number {
  const stored =
    entry.quantization?.dtype ??
    (entry.dtype === 'int32' || entry.dtype === 'bool' ? entry.dtype : 'float32');
  const size = stored === 'int32' ? 4 : stored === 'bool' ? 1 : BYTES_OF[stored];
  if (!isFloat(entry) && stored === 'float32')
    throw new AppError('badCheckpoint', `${entry.name} has the type ${entry.dtype}, which is not known here`);
  return entry.shape.reduce((a, b) => a * b, size);
}

function decode(entry: WeightEntry, bytes: Uint8Array): Tensor {
  const aligned = new Uint8Array(bytes).buffer;
  if (!entry.quantization) return { shape: entry.shape, values: new Float32Array(aligned) };
  const { dtype, scale, min } = entry.quantization;
  const levels = dtype === 'uint8' ? new Uint8Array(aligned) : new Uint16Array(aligned);
  return { shape: entry.shape, values: Float32Array.from(levels, (level) => level * scale + min) };
}

async function readBounded(path: string, maxBytes: number): Promise<Buffer> {
  const { size } = await stat(path).catch((cause) => {
    throw new AppError('badCheckpoint', `${path} cannot be read: ${cause.code}`, { cause });
  });
  if (size > maxBytes)
    throw new AppError('badCheckpoint', `${path} has ${size} bytes; at most ${maxBytes} are read`);
  return readFile(path);
}

async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const text = (await readBounded(path, MAX_JSON_BYTES)).toString('utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new AppError('badCheckpoint', `${path} is not JSON: ${(cause as Error).message}`, { cause });
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new AppError(
      'badCheckpoint',
      `${basename(path)}: ${issue?.path.join('.') || 'the file'}: ${issue?.message}`,
    );
  }
  return parsed.data;
}
