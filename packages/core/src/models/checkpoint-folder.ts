/** Magenta.js checkpoint folders: config.json, weights_manifest.json and shards of weights, little-endian. */
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../app-error.js';
import { readBounded, sizeOfFile } from './bounded-file.js';
import type { Checkpoint, Tensor } from './checkpoint.js';

const MAX_JSON_BYTES = 4 << 20;
/** Of one checkpoint's weights together, on disk and as float32. */
export const MAX_WEIGHT_BYTES = 512 << 20;
const MANIFEST = 'weights_manifest.json';
const BYTES_OF = { float32: 4, uint8: 1, uint16: 2 };

const Config = z.looseObject({ type: z.string() });

const Manifest = z.array(
  z.object({
    paths: z.array(z.string().regex(/^(?!\.+$)[^/\\\0]+$/, 'must be a file name, without folders')).min(1),
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
type Manifest = z.infer<typeof Manifest>;
type WeightEntry = Manifest[number]['weights'][number];

/** The names of the shards that a folder's manifest lists. Throws AppError `badCheckpoint`. */
export async function shardsOf(folder: string): Promise<string[]> {
  const manifest = await readJson(join(folder, MANIFEST), Manifest);
  return manifest.flatMap(({ paths }) => paths);
}

/** Throws AppError `badCheckpoint` that names the file and the fault. */
export async function readCheckpoint(folder: string): Promise<Checkpoint> {
  const config = await readJson(join(folder, 'config.json'), Config);
  const manifest = await readJson(join(folder, MANIFEST), Manifest);
  await requireBounded(folder, manifest);
  const weights = new Map<string, Tensor>();
  for (const group of manifest) {
    const shards = [];
    for (const path of group.paths) shards.push(await readBounded(join(folder, path), MAX_WEIGHT_BYTES));
    const bytes = Buffer.concat(shards);
    let offset = 0;
    for (const entry of group.weights) {
      const byteLength = byteLengthOf(entry);
      if (offset + byteLength > bytes.length)
        throw new AppError(
          'badCheckpoint',
          `${entry.name} needs bytes ${offset} to ${offset + byteLength} of ${group.paths.join(', ')}, which end at ${bytes.length}`,
        );
      if (weights.has(entry.name))
        throw new AppError('badCheckpoint', `${MANIFEST} names ${entry.name} twice`);
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
  await writeFile(join(folder, MANIFEST), JSON.stringify([{ paths: [shard], weights: entries }]));
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

/** Looks before it reads: a manifest may name large shards any number of times. */
async function requireBounded(folder: string, manifest: Manifest): Promise<void> {
  const elements = (shape: number[]) => shape.reduce((a, b) => a * b, 1);
  let shardBytes = 0;
  for (const { paths } of manifest)
    for (const path of paths) shardBytes += await sizeOfFile(join(folder, path));
  const weightBytes = manifest
    .flatMap((group) => group.weights)
    .reduce((sum, { shape }) => sum + 4 * elements(shape), 0);
  if (shardBytes > MAX_WEIGHT_BYTES)
    throw new AppError(
      'badCheckpoint',
      `the shards that ${MANIFEST} lists have ${shardBytes} bytes; at most ${MAX_WEIGHT_BYTES} are read`,
    );
  if (weightBytes > MAX_WEIGHT_BYTES)
    throw new AppError(
      'badCheckpoint',
      `${MANIFEST} describes ${weightBytes} bytes of weights; at most ${MAX_WEIGHT_BYTES} are read`,
    );
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
