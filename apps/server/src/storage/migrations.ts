/** Brings a database up to date with prisma/migrations, and notes it where Prisma's own tools look. */
import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '@antiphon/core/errors';
import type { Pool } from 'pg';

const FOLDER = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));
/** Any number, the same in every server: two that start at once take turns. */
const LOCK = 7_260_174;

const CREATE_RECORD = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL,
  logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`;

/** Throws AppError `migrationFailed` that names the migration. Each is applied whole or not at all. */
export async function migrate(pool: Pool, folder = FOLDER): Promise<string[]> {
  const client = await pool.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
    await client.query(CREATE_RECORD);
    const { rows } = await client.query(
      'SELECT migration_name, checksum FROM _prisma_migrations WHERE rolled_back_at IS NULL',
    );
    const applied = new Map(rows.map((row) => [row.migration_name as string, row.checksum as string]));
    const fresh: string[] = [];
    for (const name of (await readdir(folder)).filter((entry) => !entry.includes('.')).sort()) {
      const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8');
      const checksum = createHash('sha256').update(sql).digest('hex');
      const before = applied.get(name);
      if (before && before !== checksum)
        throw new AppError(
          'migrationFailed',
          `migration ${name} was changed after this database had applied it`,
        );
      if (before) continue;
      try {
        await client.query('BEGIN');
        await client.query(sql);
        await client.query(
          'INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count) VALUES ($1, $2, now(), $3, 1)',
          [randomUUID(), checksum, name],
        );
        await client.query('COMMIT');
      } catch (cause) {
        await client.query('ROLLBACK');
        throw new AppError('migrationFailed', `migration ${name} failed: ${(cause as Error).message}`, {
          cause,
        });
      }
      fresh.push(name);
    }
    return fresh;
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [LOCK]).catch(() => {});
    client.release();
  }
}
