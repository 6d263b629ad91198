/** Reads protocol buffers field by field, from views on the file's bytes: what is not asked for costs no memory. */
import { AppError } from '../../app-error.js';
import { ByteReader } from './byte-reader.js';

/** Of one message: a graph has some thousand nodes, a hostile file millions of nothing. */
const MAX_FIELDS = 100_000;

/** Numbers of a fixed size come as their bytes, the lowest first. */
export interface Field {
  id: number;
  value: number | Uint8Array;
}

/** `where` names the message in complaints. Throws AppError `badCheckpoint`. */
export function* fieldsOf(message: Uint8Array, where: string): Generator<Field> {
  const reader = new ByteReader(message, where);
  for (let fields = 0; !reader.isAtEnd; fields++) {
    if (fields === MAX_FIELDS) throw reader.fault(`comes after ${MAX_FIELDS} fields; no more are read`);
    const tag = reader.varint();
    const id = Math.floor(tag / 8);
    if (id < 1) throw reader.fault(`begins a field with the number ${id}`);
    yield { id, value: readValue(reader, tag % 8) };
  }
}

/** The field's last value, as a later one replaces an earlier one. */
export function bytesAt(message: Uint8Array, id: number, where: string): Uint8Array | null {
  let found: Uint8Array | null = null;
  for (const field of fieldsOf(message, where)) if (field.id === id) found = bytesOf(field, where);
  return found;
}

export function textAt(message: Uint8Array, id: number, where: string): string {
  return textOf(bytesAt(message, id, where) ?? new Uint8Array());
}

export function bytesOf({ id, value }: Field, where: string): Uint8Array {
  if (typeof value !== 'number') return value;
  throw new AppError('badCheckpoint', `${where}: field ${id} is a number, not bytes`);
}

export function numberOf({ id, value }: Field, where: string): number {
  if (typeof value === 'number') return value;
  throw new AppError('badCheckpoint', `${where}: field ${id} is not a number`);
}

export const textOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');

function readValue(reader: ByteReader, wireType: number): Field['value'] {
  switch (wireType) {
    case 0:
      return reader.varint();
    case 1:
      return reader.take(8);
    case 2:
      return reader.take(reader.varint());
    case 5:
      return reader.take(4);
    default:
      throw reader.fault(`has a field of wire type ${wireType}, which is not known here`);
  }
}
