/** Reads files whose size is looked at first, so that a broken or hostile one cannot fill the memory. */
import { readFile, stat } from 'node:fs/promises';
import { AppError } from '../app-error.js';

/** In bytes. Throws AppError `badCheckpoint`, also where it is no file. */
export async function sizeOfFile(path: string): Promise<number> {
  const found = await stat(path).catch((cause) => {
    throw new AppError('badCheckpoint', `${path} cannot be read: ${cause.code}`, { cause });
  });
  if (!found.isFile()) throw new AppError('badCheckpoint', `${path} is not a file`);
  return found.size;
}

/** Throws AppError `badCheckpoint`. */
export async function readBounded(path: string, maxBytes: number): Promise<Buffer> {
  const size = await sizeOfFile(path);
  if (size > maxBytes)
    throw new AppError('badCheckpoint', `${path} has ${size} bytes; at most ${maxBytes} are read`);
  return readFile(path);
}
