/** The cookie of a signed-in operator, kept in the database so that it survives a restart. */
import { createHash } from 'node:crypto';
import connectPgSimple from 'connect-pg-simple';
import session from 'express-session';
import type { Pool } from 'pg';
import type { Environment } from '../env.js';

export const SESSION_COOKIE = 'antiphon';

const WEEK_MS = 7 * 24 * 3600 * 1000;

/** Changing the password ends every sign-in: the cookies are signed with it. */
export function operatorSession(pool: Pool, environment: Environment) {
  const Store = connectPgSimple(session);
  return session({
    name: SESSION_COOKIE,
    secret: createHash('sha256').update(`cookies ${environment.OPERATOR_PASSWORD}`).digest('hex'),
    store: new Store({ pool, tableName: 'operator_sessions', createTableIfMissing: false }),
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'strict', maxAge: WEEK_MS },
  });
}
