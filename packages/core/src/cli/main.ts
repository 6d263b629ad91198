/** The `antiphon` command: one verb a file. */
import { dataset } from './dataset.js';
import { evaluate } from './evaluate.js';
import { exportModel } from './export-model.js';
import { generate } from './generate.js';
import { importModel } from './import-model.js';
import { train } from './train.js';
import type { Verb } from './verb.js';

const verbs: Record<string, Verb> = {
  dataset,
  train,
  evaluate,
  generate,
  import: importModel,
  export: exportModel,
};

const overview = `antiphon VERB [options]

${Object.entries(verbs)
  .map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`)
  .join('\n')}

antiphon VERB --help says more.
`;

async function main([name = '', ...args]: string[]): Promise<number> {
  const verb = verbs[name];
  if (!verb) {
    const asked = name === '' || name === '--help' || name === '-h';
    (asked ? process.stdout : process.stderr).write(
      asked ? overview : `There is no verb "${name}".\n\n${overview}`,
    );
    return name === '' || !asked ? 2 : 0;
  }
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(verb.usage);
    return 0;
  }
  try {
    await verb.run(args);
    return 0;
  } catch (error) {
    process.stderr.write(`antiphon ${name}: ${(error as Error).message}\n`);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
