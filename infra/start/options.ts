/** The options of `npm start`. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface StartOptions {
  port: number;
  dataFolder: string;
  browser: boolean;
}

/** Throws an Error whose message can be shown as it is. */
export function parseStartOptions(args: string[], root: string): StartOptions {
  const { values } = parseArgs({
    args,
    allowPositionals: false,
    options: {
      port: { type: 'string', default: process.env.PORT ?? '4000' },
      data: { type: 'string', default: process.env.DATA_DIR ?? '.antiphon' },
      'no-browser': { type: 'boolean', default: false },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`--port must be a number from 1 to 65535, not "${values.port}"`);
  return { port, dataFolder: resolve(root, values.data), browser: !values['no-browser'] };
}
