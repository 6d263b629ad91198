#!/usr/bin/env node
/** `npm start`: makes sure that everything is installed, then hands over to booth.ts. */
import { readFileSync } from 'node:fs';
import { ensureInstalled, requireNode } from '../install.mjs';

const args = process.argv.slice(2);
const usage = readFileSync(new URL('usage.txt', import.meta.url), 'utf8');

requireNode();
if (args.includes('--help') || args.includes('-h')) {
  console.log(usage);
} else {
  ensureInstalled();
  const { tsImport } = await import('tsx/esm/api');
  const { main } = await tsImport('./booth.ts', import.meta.url);
  await main(args, usage);
}
