/** What TensorFlow's messages about tensors share: shapes, kinds of numbers, slices. */
import { AppError } from '../../app-error.js';
import { MAX_WEIGHT_BYTES } from '../checkpoint-folder.js';
import { bytesOf, type Field, fieldsOf, numberOf } from './protobuf.js';

/** `DT_FLOAT` in types.proto; tensors of other kinds are counters and no weights. */
export const FLOAT32 = 1;
const MAX_DIMENSIONS = 8;
/** Of one checkpoint; what Magenta trained has dozens. */
const MAX_TENSORS = 10_000;

/** A TensorShapeProto. */
export function shapeOf(message: Uint8Array, where: string): number[] {
  const shape: number[] = [];
  for (const field of fieldsOf(message, where)) {
    if (field.id !== 2) continue;
    let size = 0;
    for (const part of fieldsOf(bytesOf(field, where), where))
      if (part.id === 1) size = numberOf(part, where);
    if (!Number.isSafeInteger(size) || size < 0)
      throw new AppError('badCheckpoint', `${where}: a dimension has the size ${size}`);
    if (shape.push(size) > MAX_DIMENSIONS)
      throw new AppError('badCheckpoint', `${where}: more than ${MAX_DIMENSIONS} dimensions`);
  }
  return shape;
}

export const elementsOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Throws where the float32 tensors so far are more than are read. */
export function requireBounded({ tensors, bytes }: { tensors: number; bytes: number }, where: string): void {
  if (bytes > MAX_WEIGHT_BYTES)
    throw new AppError(
      'badCheckpoint',
      `${where} makes it ${bytes} bytes of weights; at most ${MAX_WEIGHT_BYTES} are read`,
    );
  if (tensors > MAX_TENSORS)
    throw new AppError(
      'badCheckpoint',
      `${where} is one of more than ${MAX_TENSORS} tensors, which are not read`,
    );
}

/** Throws where a TensorSliceProto says that a variable is saved in parts. */
export function requireWhole(field: Field, shape: readonly number[], where: string): void {
  let dimension = 0;
  for (const extent of fieldsOf(bytesOf(field, where), where)) {
    if (extent.id !== 1) continue;
    const size = shape[dimension++];
    for (const part of fieldsOf(bytesOf(extent, where), where))
      if (part.id === 1 ? numberOf(part, where) !== 0 : numberOf(part, where) !== size)
        throw new AppError('badCheckpoint', `${where} is saved in parts, which is not known here`);
  }
}

/** Little-endian float32, copied. Throws where the bytes are not as many as the shape says. */
export function floatsOf(chunks: readonly Uint8Array[], shape: number[], where: string) {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (length !== 4 * elementsOf(shape))
    throw new AppError(
      'badCheckpoint',
      `${where} has the shape [${shape.join(', ')}], but ${length} bytes of values, not ${4 * elementsOf(shape)}`,
    );
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return { shape, values: new Float32Array(bytes.buffer) };
}
