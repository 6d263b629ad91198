/** Decompresses a block of Snappy's raw format (google/snappy, format_description.txt). */
import { ByteReader } from './byte-reader.js';

/** The most that a compressed byte can stand for: a copy of 64 bytes takes 3. */
const MAX_EXPANSION = 64 / 3;
const MAX_BLOCK_BYTES = 512 << 20;

/** Throws AppError `badCheckpoint`; takes no more memory than the block can truly hold. */
export function decompressSnappy(block: Uint8Array, where: string): Uint8Array {
  const reader = new ByteReader(block, where);
  const length = reader.varint();
  if (!(length >= 0 && length <= Math.min(block.length * MAX_EXPANSION, MAX_BLOCK_BYTES)))
    throw reader.fault(`says that ${block.length} bytes unpack to ${length}, which they cannot or may not`);
  const output = new Uint8Array(length);
  let written = 0;
  const makeRoom = (size: number) => {
    if (written + size > length) throw reader.fault(`unpacks to more than the ${length} bytes announced`);
  };
  while (!reader.isAtEnd) {
    const tag = reader.byte();
    if ((tag & 3) === 0) {
      const literal = reader.take(literalLength(reader, tag >> 2));
      makeRoom(literal.length);
      output.set(literal, written);
      written += literal.length;
      continue;
    }
    const { size, distance } = copyOf(reader, tag);
    if (distance < 1 || distance > written)
      throw reader.fault(`copies from ${distance} bytes back; ${written} are there`);
    makeRoom(size);
    // byte by byte: a copy may reach into what it writes itself
    for (let i = 0; i < size; i++, written++) output[written] = output[written - distance] as number;
  }
  if (written !== length) throw reader.fault(`ends the block after ${written} of ${length} bytes`);
  return output;
}

function literalLength(reader: ByteReader, code: number): number {
  return 1 + (code < 60 ? code : reader.unsigned(code - 59));
}

function copyOf(reader: ByteReader, tag: number): { size: number; distance: number } {
  const kind = tag & 3;
  if (kind === 1) return { size: 4 + ((tag >> 2) & 7), distance: ((tag >> 5) << 8) + reader.byte() };
  return { size: 1 + (tag >> 2), distance: reader.unsigned(kind === 2 ? 2 : 4) };
}
