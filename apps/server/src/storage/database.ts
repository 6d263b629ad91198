/** The booth's database: its own PostgreSQL or the one it is told to use, migrated, as a pool and as a Prisma client. */
import { AppError } from '@antiphon/core/errors';
import { PrismaPg } from '@prisma/adapter-pg';
import { Pool } from 'pg';
import { PrismaClient } from './generated/client.js';
import { migrate } from './migrations.js';
import { startOwnPostgres } from './own-postgres.js';

export interface Database {
  pool: Pool;
  prisma: PrismaClient;
  close(): Promise<void>;
}

export const DATABASE = Symbol('database');

/** Throws AppError `databaseFailed` or `migrationFailed`. */
export async function openDatabase(options: {
  url: string | undefined;
  dataFolder: string;
}): Promise<Database> {
  const own = options.url ? null : await startOwnPostgres(options.dataFolder);
  const connectionString = options.url ?? own?.url;
  const pool = new Pool({ connectionString, max: 10 });
  pool.on('error', () => {}); // a lost idle connection is replaced; queries report their own failures
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  const close = async () => {
    await prisma.$disconnect();
    if (!pool.ended) await pool.end();
    await own?.stop();
  };
  try {
    await migrate(pool);
  } catch (error) {
    await close();
    if (error instanceof AppError) throw error;
    throw new AppError('databaseFailed', `the database cannot be used: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return { pool, prisma, close };
}
