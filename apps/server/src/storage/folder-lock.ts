/** One server a data folder. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '@antiphon/core/errors';

/** Answers how to give the folder back. Throws AppError `folderTaken` while another living server holds it. */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'server.lock');
  const holder = readHolder(path);
  if (holder !== null && holder !== process.pid && isServer(holder))
    throw new AppError(
      'folderTaken',
      `another server (process ${holder}) uses the data folder ${folder}; give this one its own DATA_DIR`,
    );
  writeFileSync(path, String(process.pid));
  return () => rmSync(path, { force: true });
}

function readHolder(path: string): number | null {
  try {
    return Number(readFileSync(path, 'utf8')) || null;
  } catch {
    return null;
  }
}

/** The number may since have gone to some other program, which /proc tells where there is one. */
function isServer(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('main');
  } catch {
    return true;
  }
}
