/** One booth a data folder: a lock file names the process that runs it. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Lock {
  pid: number;
  address: string;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readLock(path: string): Lock | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

/** Takes the folder, or answers who holds it. A lock left by a process that is gone is taken over. */
export function takeLock(
  dataFolder: string,
  mine: Lock,
): { taken: true; release: () => void } | { taken: false; holder: Lock } {
  const path = join(dataFolder, 'booth.lock');
  const holder = readLock(path);
  if (holder && holder.pid !== mine.pid && isAlive(holder.pid)) return { taken: false, holder };
  rmSync(path, { force: true });
  try {
    writeFileSync(path, JSON.stringify(mine), { flag: 'wx' });
  } catch {
    return { taken: false, holder: readLock(path) ?? mine };
  }
  return { taken: true, release: () => rmSync(path, { force: true }) };
}
