/** Finds in TensorFlow's graph what the weights do not tell: how many past outputs attention looks back on. */
import { ByteReader } from './byte-reader.js';
import { bytesAt, bytesOf, fieldsOf, textAt } from './protobuf.js';
import { currentName } from './variable-names.js';

const WHERE = 'metagraph';
const GRAPH = 2;
const NODE = 1;
const ATTRIBUTE = 5;

/**
 * The wrapper reshapes its memory to [-1, length, units] at every step, by a constant. Null where the graph has none or several.
 * Throws AppError `badCheckpoint` for a graph that is broken.
 */
export function attentionLengthIn(metagraph: Uint8Array, units: number): number | null {
  const lengths = new Set<number>();
  for (const field of fieldsOf(bytesAt(metagraph, GRAPH, WHERE) ?? new Uint8Array(), WHERE)) {
    if (field.id !== NODE) continue;
    const node = bytesOf(field, WHERE);
    if (!/attention_cell_wrapper\/reshape(_\d+)?\/shape$/.test(currentName(textAt(node, 1, WHERE)))) continue;
    const [batch, length, size, ...more] = constantOf(node);
    if (batch === -1 && length !== undefined && length > 0 && size === units && more.length === 0)
      lengths.add(length);
  }
  const [length] = lengths;
  return lengths.size === 1 ? (length as number) : null;
}

/** The integers of a Const node; none where it is another. */
function constantOf(node: Uint8Array): number[] {
  for (const field of fieldsOf(node, WHERE)) {
    if (field.id !== ATTRIBUTE) continue;
    const attribute = bytesOf(field, WHERE);
    if (textAt(attribute, 1, WHERE) !== 'value') continue;
    const tensor = bytesAt(bytesAt(attribute, 2, WHERE) ?? new Uint8Array(), 8, WHERE);
    return tensor ? integersOf(tensor) : [];
  }
  return [];
}

/** A TensorProto's int32 numbers: its raw content, or a list, packed or not. No more than `MOST`, as only shapes are asked for. */
function integersOf(tensor: Uint8Array): number[] {
  const CONTENT = 4;
  const INTEGERS = 7;
  const MOST = 8;
  const integers: number[] = [];
  for (const { id, value } of fieldsOf(tensor, WHERE)) {
    if (id !== CONTENT && id !== INTEGERS) continue;
    if (typeof value === 'number') integers.push(value);
    else {
      const list = new ByteReader(value, WHERE);
      while (!list.isAtEnd && integers.length < MOST)
        integers.push(id === CONTENT ? list.unsigned(4) | 0 : list.varint());
    }
  }
  return integers;
}
