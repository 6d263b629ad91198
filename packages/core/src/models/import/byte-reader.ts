/** Reads bytes from the front, as the formats around TensorFlow's checkpoints need it; never beyond the end. */
import { AppError } from '../../app-error.js';

const MAX_VARINT_BYTES = 10;
/** So many bytes of seven bits fit into a double. */
const EXACT_VARINT_BYTES = 7;

export class ByteReader {
  readonly bytes: Uint8Array;
  readonly #where: string;
  #at = 0;

  /** `where` names what is read, for complaints. */
  constructor(bytes: Uint8Array, where: string) {
    this.bytes = bytes;
    this.#where = where;
  }

  get at(): number {
    return this.#at;
  }

  get isAtEnd(): boolean {
    return this.#at === this.bytes.length;
  }

  byte(): number {
    const byte = this.bytes[this.#at];
    if (byte === undefined) throw this.fault('is where the bytes end, but more must follow');
    this.#at++;
    return byte;
  }

  /** A view, not a copy. Throws AppError `badCheckpoint` where fewer bytes are left. */
  take(length: number): Uint8Array {
    const left = this.bytes.length - this.#at;
    if (!(length >= 0 && length <= left))
      throw this.fault(`says that ${length} bytes follow; ${left} are left`);
    this.#at += length;
    return this.bytes.subarray(this.#at - length, this.#at);
  }

  /** Of one to four bytes, the lowest first. */
  unsigned(size: number): number {
    return this.take(size).reduce((sum, byte, i) => sum + byte * 2 ** (8 * i), 0);
  }

  /** A protocol buffer's varint, taken as a signed number of 64 bits; beyond 2^53 it is not exact. */
  varint(): number {
    const begin = this.#at;
    let value = 0;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const byte = this.byte();
      if (i < EXACT_VARINT_BYTES) value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80)
        return i < EXACT_VARINT_BYTES ? value : longVarint(this.bytes.subarray(begin, this.#at));
    }
    throw this.fault(`has a number of more than ${MAX_VARINT_BYTES} bytes`);
  }

  fault(message: string): AppError {
    return new AppError('badCheckpoint', `${this.#where}: byte ${this.#at} ${message}`);
  }
}

function longVarint(bytes: Uint8Array): number {
  const value = bytes.reduce((sum, byte, i) => sum | (BigInt(byte & 0x7f) << BigInt(7 * i)), 0n);
  return Number(BigInt.asIntN(64, value));
}
