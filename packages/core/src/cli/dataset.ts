import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type Corpus, isForValidation, readChorales, readNottingham, readPop909 } from '../training/index.js';
import type { Verb } from './verb.js';

const usage = `antiphon dataset [sources] --out FILE      turns music into pieces to train on, one JSON line each

  --nottingham FOLDER    folk tunes as MIDI files
  --pop909 FOLDER        POP909
  --chorales FILE        chorales as JSON, four voices on 16ths
  --out FILE             where the pieces are written
`;

async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      nottingham: { type: 'string' },
      pop909: { type: 'string' },
      chorales: { type: 'string' },
      out: { type: 'string' },
    },
  });
  if (!values.out) throw new Error('say where to write with --out FILE');
  const corpora: [string, Corpus][] = [];
  if (values.nottingham) corpora.push(['Nottingham', await readNottingham(values.nottingham)]);
  if (values.pop909) corpora.push(['POP909', await readPop909(values.pop909)]);
  if (values.chorales) corpora.push(['chorales', await readChorales(values.chorales)]);
  if (corpora.length === 0) throw new Error('name at least one source; see antiphon dataset --help');
  for (const [name, { pieces, skipped }] of corpora) {
    const steps = pieces.reduce((sum, { melody }) => sum + melody.length, 0);
    const aside = pieces.filter(isForValidation).length;
    console.log(
      `${name}: ${pieces.length} pieces, ${steps} steps, ${aside} for validation, ${skipped.length} skipped`,
    );
    for (const { id, reason } of skipped) console.log(`  ${id}: ${reason}`);
  }
  const lines = corpora.flatMap(([, { pieces }]) => pieces.map((piece) => `${JSON.stringify(piece)}\n`));
  await writeFile(values.out, lines.join(''));
}

export const dataset: Verb = { summary: 'turns music into pieces to train on', usage, run };
