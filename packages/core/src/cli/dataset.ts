import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import {
  type Corpus,
  isForValidation,
  MAGENTA_RULES,
  type MelodyRules,
  readChorales,
  readMidiFolder,
  readNottingham,
  readPop909,
} from '../training/index.js';
import { whole } from './numbers.js';
import type { Verb } from './verb.js';

const usage = `antiphon dataset [sources] --out FILE      turns music into pieces to train on, one JSON line each

  --midi FOLDER          any MIDI files; each track that is a melody by the rules below becomes a piece
  --nottingham FOLDER    Nottingham folk tunes: MIDI files with a melody and a chord track
  --pop909 FOLDER        POP909
  --chorales FILE        chorales as JSON, four voices on 16ths
  --out FILE             where the pieces are written
  --skipped FILE         where it is written what was left out, and why; without it the reasons are counted

Melodies are put on 16ths. Of notes that sound together the highest is the melody and the lowest the bass. A piece has one metre and:
  --min-bars N           at least so many bars (default ${MAGENTA_RULES.minBars})
  --min-pitches N        at least so many different pitch classes (default ${MAGENTA_RULES.minPitches})
  --max-silence N        a silence of more bars is cut down to so many (default ${MAGENTA_RULES.maxSilentBars})
One piece in ten is kept aside for validation, chosen by its name.
`;

type Reader = (path: string, rules: MelodyRules) => Promise<Corpus>;
const sources: Record<'midi' | 'nottingham' | 'pop909' | 'chorales', Reader> = {
  midi: readMidiFolder,
  nottingham: readNottingham,
  pop909: readPop909,
  chorales: readChorales,
};

async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      midi: { type: 'string' },
      nottingham: { type: 'string' },
      pop909: { type: 'string' },
      chorales: { type: 'string' },
      out: { type: 'string' },
      skipped: { type: 'string' },
      'min-bars': { type: 'string', default: String(MAGENTA_RULES.minBars) },
      'min-pitches': { type: 'string', default: String(MAGENTA_RULES.minPitches) },
      'max-silence': { type: 'string', default: String(MAGENTA_RULES.maxSilentBars) },
    },
  });
  if (!values.out) throw new Error('say where to write with --out FILE');
  const rules: MelodyRules = {
    minBars: whole('--min-bars', values['min-bars']),
    minPitches: whole('--min-pitches', values['min-pitches']),
    maxSilentBars: whole('--max-silence', values['max-silence']),
  };
  const corpora: Corpus[] = [];
  for (const [name, read] of Object.entries(sources)) {
    const path = values[name as keyof typeof sources];
    if (path === undefined) continue;
    const corpus = await read(path, rules);
    report(name, corpus);
    corpora.push(corpus);
  }
  if (corpora.length === 0) throw new Error('name at least one source; see antiphon dataset --help');
  const pieces = corpora.flatMap((corpus) => corpus.pieces);
  await writeFile(values.out, pieces.map((piece) => `${JSON.stringify(piece)}\n`).join(''));
  if (values.skipped) {
    const skipped = corpora.flatMap((corpus) => corpus.skipped);
    await writeFile(values.skipped, skipped.map(({ id, reason }) => `${id}\t${reason}\n`).join(''));
  }
}

function report(name: string, { pieces, skipped }: Corpus): void {
  const steps = pieces.reduce((sum, { melody }) => sum + melody.length, 0);
  const notes = pieces.reduce((sum, { melody }) => sum + melody.filter((event) => event >= 0).length, 0);
  const aside = pieces.filter(isForValidation).length;
  const withChords = pieces.filter(({ chords }) => chords).length;
  console.log(
    `${name}: ${pieces.length} pieces, ${steps} steps, ${notes} notes, ${withChords} pieces with chords, ${aside} kept aside for validation`,
  );
  const reasons = new Map<string, number>();
  for (const { reason } of skipped) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  for (const [reason, count] of [...reasons].sort(([, a], [, b]) => b - a))
    console.log(`  ${count} left out: ${reason}`);
}

export const dataset: Verb = { summary: 'turns music into pieces to train on', usage, run };
