/** TensorFlow's checkpoint format V1: one table, whose first entry lists the tensors and whose others hold them (saved_tensor_slice.proto). */
import { AppError } from '../../app-error.js';
import type { Tensor } from '../checkpoint.js';
import { bytesAt, bytesOf, fieldsOf, numberOf, textAt } from './protobuf.js';
import type { TableEntry } from './sorted-table.js';
import { elementsOf, FLOAT32, floatsOf, requireBounded, requireWhole, shapeOf } from './tensor-fields.js';

const META = 1;
const DATA = 2;
/** Of one tensor's values; TensorFlow packs them all into one. */
const MAX_LISTS = 1000;

/** The float32 tensors by their names. Throws AppError `badCheckpoint`. */
export function readSavedSlices(
  header: Uint8Array,
  entries: Iterable<TableEntry>,
  file: string,
): Map<string, Tensor> {
  const shapes = readShapes(header, file);
  const tensors = new Map<string, Tensor>();
  for (const { value } of entries) {
    const slice = bytesAt(value, DATA, file);
    if (!slice) throw new AppError('badCheckpoint', `${file}: an entry after the first holds no tensor`);
    const name = textAt(slice, 1, file);
    const where = `${file}: ${name}`;
    const known = shapes.get(name);
    if (!known)
      throw new AppError('badCheckpoint', `${where} has values, but the list of tensors does not name it`);
    if (known.kind !== FLOAT32) continue;
    if (tensors.has(name)) throw new AppError('badCheckpoint', `${where} is there twice`);
    const chunks: Uint8Array[] = [];
    for (const field of fieldsOf(slice, where)) {
      if (field.id === 2) requireWhole(field, known.shape, where);
      if (field.id === 3) addValues(chunks, bytesOf(field, where), where);
    }
    tensors.set(name, floatsOf(chunks, known.shape, where));
  }
  for (const [name, { kind }] of shapes)
    if (kind === FLOAT32 && !tensors.has(name))
      throw new AppError(
        'badCheckpoint',
        `${file}: ${name} is in the list of tensors, but its values are missing`,
      );
  return tensors;
}

function readShapes(header: Uint8Array, file: string): Map<string, { kind: number; shape: number[] }> {
  const shapes = new Map<string, { kind: number; shape: number[] }>();
  let bytes = 0;
  for (const field of fieldsOf(bytesAt(header, META, file) ?? new Uint8Array(), file)) {
    if (field.id !== 1) continue;
    const meta = bytesOf(field, file);
    const name = textAt(meta, 1, file);
    const where = `${file}: ${name}`;
    let kind = 0;
    let shape: number[] = [];
    for (const part of fieldsOf(meta, where)) {
      if (part.id === 2) shape = shapeOf(bytesOf(part, where), where);
      if (part.id === 3) kind = numberOf(part, where);
    }
    if (kind === FLOAT32) bytes += 4 * elementsOf(shape);
    requireBounded({ tensors: shapes.size, bytes }, `${where} of shape [${shape.join(', ')}]`);
    shapes.set(name, { kind, shape });
  }
  return shapes;
}

/** A TensorProto's numbers are its raw content or a packed list. */
function addValues(chunks: Uint8Array[], tensor: Uint8Array, where: string): void {
  const TENSOR_CONTENT = 4;
  const FLOAT_VALUES = 5;
  for (const field of fieldsOf(tensor, where))
    if (
      (field.id === TENSOR_CONTENT || field.id === FLOAT_VALUES) &&
      chunks.push(bytesOf(field, where)) > MAX_LISTS
    )
      throw new AppError('badCheckpoint', `${where} has its values in more than ${MAX_LISTS} lists`);
}
