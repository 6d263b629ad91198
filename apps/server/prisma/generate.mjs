/** Generates the Prisma client. Generating needs no schema engine, so none is downloaded for it. */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const server = join(dirname(fileURLToPath(import.meta.url)), '..');
const generated = spawnSync('prisma', ['generate'], {
  cwd: server,
  encoding: 'utf8',
  shell: process.platform === 'win32',
  env: {
    ...process.env,
    PATH: [join(server, '../../node_modules/.bin'), process.env.PATH].join(
      process.platform === 'win32' ? ';' : ':',
    ),
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    CHECKPOINT_DISABLE: '1',
  },
});
if (generated.status !== 0)
  process.stderr.write(`${generated.stdout ?? ''}${generated.stderr ?? generated.error}`);
process.exitCode = generated.status ?? 1;
