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

export interface DatabaseOptions {
  url: string | undefined;
  dataFolder: string;
  /** The booth's own PostgreSQL stopped by itself; it is being started again. */
  onStopped: (why: string) => void;
}

const CONNECT_TIMEOUT_MS = 5_000;

/** Throws AppError `databaseFailed` or `migrationFailed`. */
export async function openDatabase({ url, dataFolder, onStopped }: DatabaseOptions): Promise<Database> {
  const own = url ? null : await startOwnPostgres(dataFolder, onStopped);
  const connectionString = url ?? own?.url;
  const pool = new Pool({ connectionString, max: 10, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
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
