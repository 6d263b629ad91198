/** The station's data folder: who the station is and its journal. One running station a folder. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { EXIT, StationError } from './station-error.js';

export interface DataFolder {
  path: string;
  /** Made once, the same after a restart. */
  stationId: string;
  /** Lets another station have the folder. */
  release(): void;
}

/** Throws StationError where the folder cannot be written, or another running station holds it. */
export function holdDataFolder(path: string): DataFolder {
  try {
    mkdirSync(path, { recursive: true });
    const lock = join(path, 'station.lock');
    const holder = readText(lock)?.trim();
    if (holder && holder !== ownProcess() && isRunning(holder))
      throw new StationError(
        `another station (process ${holder.split(' ')[0]}) uses the data folder ${path}; give this one its own with --data`,
        EXIT.badFile,
      );
    writeFileSync(lock, `${ownProcess()}\n`);
    return { path, stationId: stationIdIn(path), release: () => rmSync(lock, { force: true }) };
  } catch (cause) {
    if (cause instanceof StationError) throw cause;
    throw new StationError(
      `the data folder ${path} cannot be used: ${(cause as NodeJS.ErrnoException).code}`,
      EXIT.badFile,
      { cause },
    );
  }
}

function stationIdIn(folder: string): string {
  const path = join(folder, 'station-id');
  const kept = z.uuid().safeParse(readText(path)?.trim());
  if (kept.success) return kept.data;
  const id = randomUUID();
  writeFileSync(`${path}.partial`, `${id}\n`, { flush: true });
  renameSync(`${path}.partial`, path);
  return id;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function ownProcess(): string {
  return `${process.pid} ${startOf(process.pid)}`;
}

/** A process number is given out again after a reboot; together with when it began it is one process only. */
function isRunning(holder: string): boolean {
  const [pid = '', start = ''] = holder.split(' ');
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return startOf(Number(pid)) === start;
}

/** In ticks since boot, from field 22 of /proc/PID/stat; the second field may hold spaces. `-` on other systems. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '-';
  } catch {
    return '-';
  }
}
