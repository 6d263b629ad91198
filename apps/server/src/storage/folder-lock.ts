/** One server a data folder. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '@antiphon/core/errors';
import { z } from 'zod';
import { beginningOf } from './process-identity.js';

const Holder = z.object({ pid: z.number().int(), begun: z.string().nullable() });
type Holder = z.infer<typeof Holder>;

/** Answers how to give the folder back. Throws AppError `folderTaken` while another living server holds it. */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'server.lock');
  const mine: Holder = { pid: process.pid, begun: beginningOf(process.pid) };
  const holder = readHolder(path);
  if (holder && isRunning(holder)) throw taken(folder, holder);
  rmSync(path, { force: true });
  try {
    writeFileSync(path, JSON.stringify(mine), { flag: 'wx' });
  } catch (error) {
    const faster = readHolder(path);
    throw faster ? taken(folder, faster) : error;
  }
  return () => rmSync(path, { force: true });
}

function isRunning({ pid, begun }: Holder): boolean {
  if (begun !== null) return beginningOf(pid) === begun;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function taken(folder: string, { pid }: Holder): AppError {
  return new AppError(
    'folderTaken',
    `another server (process ${pid}) uses the data folder ${folder}; give this one its own DATA_DIR`,
  );
}

function readHolder(path: string): Holder | null {
  try {
    return Holder.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}
