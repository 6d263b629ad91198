import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The station's id: made once, kept in its data folder, the same after a restart. */
export function stationIdIn(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'station-id');
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  const id = randomUUID();
  writeFileSync(path, `${id}\n`);
  return id;
}
