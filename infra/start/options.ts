/** The options of `npm start`. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export const usage = `npm start -- [options]      runs a booth on this machine: server, database, model and dashboard

  --port PORT      where visitors and operators find it (default 4000)
  --data FOLDER    database, secrets and recordings (default .antiphon in this project)
  --no-browser     do not open a browser window
  --help           this text

Environment: DATABASE_URL uses that PostgreSQL instead of the booth's own; .env.example lists everything else.
`;

export interface StartOptions {
  port: number;
  dataFolder: string;
  browser: boolean;
}

/** Throws an Error whose message can be shown as it is. */
export function parseStartOptions(args: string[], root: string): StartOptions | 'help' {
  const { values } = parseArgs({
    args,
    allowPositionals: false,
    options: {
      port: { type: 'string', default: process.env.PORT ?? '4000' },
      data: { type: 'string', default: process.env.DATA_DIR ?? '.antiphon' },
      'no-browser': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`--port must be a number from 1 to 65535, not "${values.port}"`);
  return { port, dataFolder: resolve(root, values.data), browser: !values['no-browser'] };
}
