import { parseArgs } from 'node:util';
import { exportCheckpoint, loadModel, readCheckpoint } from '../models/index.js';
import { describe, requireFree } from './model-folder.js';
import type { Verb } from './verb.js';

const usage = `antiphon export --model FOLDER --out FOLDER      hands a model on as a Magenta.js folder

  --model FOLDER     the model: a checkpoint folder
  --out FOLDER       a new folder: config.json, weights_manifest.json and the weights as float32, for MusicRNN
`;

async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { model: { type: 'string' }, out: { type: 'string' } } });
  if (!values.model || !values.out)
    throw new Error('--model FOLDER and --out FOLDER are needed; see antiphon export --help');
  await requireFree(values.out);
  const began = performance.now();
  const model = await loadModel(values.model);
  const warnings = await exportCheckpoint(await readCheckpoint(values.model), values.out);
  for (const warning of warnings) console.log(`note: ${warning}`);
  console.log(describe(model));
  console.log(`written to ${values.out} in ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

export const exportModel: Verb = { summary: 'hands a model on to Magenta.js', usage, run };
