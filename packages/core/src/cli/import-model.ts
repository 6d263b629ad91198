import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { anyModelOf, importCheckpoint, writeCheckpoint } from '../models/index.js';
import { printDownloads } from './download-progress.js';
import { describe, requireFree } from './model-folder.js';
import type { Verb } from './verb.js';

const RETRY_PAUSE_MS = 2000;

const usage = `antiphon import SOURCE --out FOLDER [options]      brings a model of others in

  SOURCE             a Magenta bundle (.mag), a Magenta.js folder, a TensorFlow checkpoint (model.ckpt, model.ckpt.index),
                     or the address (http, https) of a bundle or of a Magenta.js folder
  --out FOLDER       a new folder for the model; its name will be the model's id
  --cache FOLDER     where downloads are kept (default ~/.cache/antiphon); one that broke off goes on
`;

async function run(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { out: { type: 'string' }, cache: { type: 'string' } },
  });
  const [source, ...more] = positionals;
  if (!source || more.length > 0 || !values.out)
    throw new Error('one SOURCE and --out FOLDER are needed; see antiphon import --help');
  await requireFree(values.out);
  const began = performance.now();
  const { checkpoint, warnings } = await importCheckpoint(source, {
    cacheFolder: values.cache ?? join(homedir(), '.cache', 'antiphon'),
    retryPauseMs: RETRY_PAUSE_MS,
    onProgress: printDownloads(),
  });
  const model = anyModelOf(values.out, checkpoint);
  await writeCheckpoint(values.out, checkpoint);
  for (const warning of warnings) console.log(`note: ${warning}`);
  console.log(describe(model));
  console.log(`written to ${values.out} in ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

export const importModel: Verb = { summary: 'brings in a model from Magenta or Magenta.js', usage, run };
