/** Tells a process from another that was given the same number later. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** When the process began, in whatever form the system says it; null where no such process runs. */
export function beginningOf(pid: number): string | null {
  const stat = readProc(pid, 'stat');
  if (stat !== undefined) return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  return askPs(pid, 'lstart');
}

/** Its command line; null where no such process runs. */
export function commandLineOf(pid: number): string | null {
  const line = readProc(pid, 'cmdline');
  return line === undefined ? askPs(pid, 'command') : (line?.replaceAll('\0', ' ') ?? null);
}

/** Undefined where the system has no /proc. */
function readProc(pid: number, file: string): string | null | undefined {
  if (!existsSync('/proc/self/stat')) return undefined;
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return null;
  }
}

function askPs(pid: number, column: string): string | null {
  const { stdout } = spawnSync('ps', ['-p', String(pid), '-o', `${column}=`], { encoding: 'utf8' });
  return stdout?.trim() || null;
}
