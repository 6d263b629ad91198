#!/usr/bin/env node
/** `npm test`: makes sure that everything is installed, then hands over to run.ts. */
import { ensureInstalled, requireNode } from '../infra/install.mjs';

requireNode();
ensureInstalled();
const { tsImport } = await import('tsx/esm/api');
const { main } = await tsImport('./run.ts', import.meta.url);
process.exitCode = await main(process.argv.slice(2));
