/** A real PostgreSQL for the tests of one file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, openDatabase } from './database.js';

/** How long it may take to make one (ms). */
export const DATABASE_START_MS = 90_000;

/** In a folder of its own, which is removed when it is closed. */
export async function openOwnDatabase(): Promise<Database> {
  const folder = mkdtempSync(join(tmpdir(), 'antiphon-database-'));
  const database = await openDatabase({ url: undefined, dataFolder: folder, onStopped: () => {} });
  return {
    ...database,
    async close() {
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
