/** Next leaves static files out of its standalone folder; with them `node server.js` serves everything. */
import { cpSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const dashboard = join(dirname(fileURLToPath(import.meta.url)), '..');
const standalone = join(dashboard, '.next/standalone/apps/dashboard');
cpSync(join(dashboard, '.next/static'), join(standalone, '.next/static'), { recursive: true });
cpSync(join(dashboard, 'public'), join(standalone, 'public'), { recursive: true });
