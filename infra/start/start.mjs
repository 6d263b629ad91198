#!/usr/bin/env node
/** `npm start`: makes sure that everything is installed, then hands over to booth.ts. */
import { ensureInstalled, requireNode } from '../install.mjs';

requireNode();
ensureInstalled();
const { tsImport } = await import('tsx/esm/api');
const { main } = await tsImport('./booth.ts', import.meta.url);
await main(process.argv.slice(2));
