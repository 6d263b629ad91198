/** The server's settings: environment variables, parsed once. `.env.example` lists them for people. */
import { AppError } from '@antiphon/core/errors';
import { runnerChoices } from '@antiphon/core/runtime';
import { z } from 'zod';

export const environmentSchema = z.object({
  PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65535)
    .default(4000)
    .describe('Where stations and operators connect'),
  HOST: z.string().default('0.0.0.0').describe('The address it listens on; 127.0.0.1 for this machine only'),
  DATA_DIR: z
    .string()
    .min(1)
    .default('.antiphon')
    .describe('Folder of the database and other data of the booth'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgresql://')
    .optional()
    .describe('A PostgreSQL to use; without it the server starts its own in DATA_DIR'),
  STATION_TOKEN: z.string().min(16).describe('What a station proves itself with'),
  OPERATOR_PASSWORD: z.string().min(8).describe('What an operator signs in with'),
  DASHBOARD_URL: z
    .url()
    .optional()
    .describe('Where the dashboard runs; its pages are passed on under this address'),
  CHECKPOINTS_DIR: z
    .string()
    .optional()
    .describe('Folder of checkpoint folders; the bundled models without it'),
  INFERENCE_RUNNER: z
    .enum(runnerChoices)
    .default('auto')
    .describe('auto measures what is here and takes the fastest'),
  SESSION_IDLE_SECONDS: z.coerce
    .number()
    .positive()
    .default(45)
    .describe(
      'A session ends after so long a silence, or after the last key where the machine would never fall silent',
    ),
  ATTRACT_AFTER_SECONDS: z.coerce
    .number()
    .min(0)
    .default(120)
    .describe('A station that nobody plays begins to play quietly after so long; 0 for never'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error'])
    .default('info')
    .describe('The least that is logged'),
});
export type Environment = z.infer<typeof environmentSchema>;

export const ENVIRONMENT = Symbol('environment');

/** Empty variables count as absent. Throws AppError `badEnvironment` that names every variable that is wrong. */
export function parseEnvironment(variables: NodeJS.ProcessEnv): Environment {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
  throw new AppError('badEnvironment', `These settings are wrong or missing:\n${faults.join('\n')}`);
}
