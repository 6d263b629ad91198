/** Brings a database up to date with prisma/migrations, and notes it where Prisma's own tools look. */
import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '@antiphon/core/errors';
import type { Pool, PoolClient } from 'pg';

const FOLDER = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));
/** Any number, the same in every server: two that start at once take turns. */
const LOCK = 7_260_174;

const CREATE_RECORD = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL,
  logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`;

interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

/**
 * Answers the names of those that were applied now. Each is applied whole or not at all. Throws AppError `migrationFailed` that names the
 * migration which failed, was changed or left unfinished, or which only a newer server knows.
 */
export async function migrate(pool: Pool, folder = FOLDER): Promise<string[]> {
  const known = await readMigrations(folder);
  const client = await pool.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
    await client.query(CREATE_RECORD);
    const applied = await readApplied(client);
    for (const name of applied.keys())
      if (!known.some((migration) => migration.name === name))
        throw failure(`migration ${name} is not known here: a newer server has used this database`);
    const fresh = known.filter(({ name }) => !applied.has(name));
    for (const { name, checksum } of known)
      if (applied.has(name) && applied.get(name) !== checksum)
        throw failure(`migration ${name} was changed after this database had applied it`);
    for (const migration of fresh) await apply(client, migration);
    return fresh.map(({ name }) => name);
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [LOCK]).catch(() => {});
    client.release();
  }
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((entry) => !entry.includes('.')).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/** Checksums by name. Prisma's own tools may have left one half done, which only a person can judge. */
async function readApplied(client: PoolClient): Promise<Map<string, string>> {
  const { rows } = await client.query<{ name: string; checksum: string; finished: boolean }>(
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished
     FROM _prisma_migrations WHERE rolled_back_at IS NULL`,
  );
  const half = rows.find(({ finished }) => !finished);
  if (half)
    throw failure(`migration ${half.name} was begun but not finished; mend it with "prisma migrate resolve"`);
  return new Map(rows.map(({ name, checksum }) => [name, checksum]));
}

async function apply(client: PoolClient, { name, sql, checksum }: Migration): Promise<void> {
  try {
    await client.query('BEGIN');
    await client.query(sql);
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
       VALUES ($1, $2, now(), $3, 1)`,
      [randomUUID(), checksum, name],
    );
    await client.query('COMMIT');
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => {});
    throw failure(`migration ${name} failed: ${(cause as Error).message}`, cause);
  }
}

function failure(message: string, cause?: unknown): AppError {
  return new AppError('migrationFailed', message, { cause });
}
