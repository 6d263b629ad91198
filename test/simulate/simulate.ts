/** `npm run simulate`: scripted and recorded visitors play each mode in virtual time against the real engine; prints what came of it. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadModel, type Model } from '@antiphon/core/models';
import { describeModes } from '@antiphon/core/modes';
import { type VoicedNote, writeMidiFile } from '@antiphon/core/music';
import { silentObserver, startEngine } from '@antiphon/core/runtime';
import { type Measures, measure } from './measures.js';
import { renderWav } from './render.js';
import { type Duet, playDuet } from './virtual-booth.js';
import { recordedVisitors, scriptedNames, scriptedVisitor, type Visitor } from './visitors.js';

const modeIds = describeModes().map(({ id }) => id);
const usage = `npm run simulate -- [options]

  --mode LIST          ${modeIds.join(', ')} (default all)
  --visitor LIST       ${scriptedNames.join(', ')} (default all)
  --data FOLDER        MIDI files to be played as well, by their first track
  --files N            how many of them (default 5)
  --params JSON        parameters of the modes
  --stations N         so many play the same at once; the table is of all of them (default 1)
  --checkpoints FOLDER models (default the bundled ones)
  --out FOLDER         a MIDI file of each duet
  --wav FROM-TO        and these seconds of it as sound, such as 0-20
  --help               this text

Response is from a request to the first notes that are planned of what was said, answer to all of it, as long as the engine takes;
stations at once ask as fast as they are answered, which is more than they do in real time. ISRw is StreamMUSE's, in chord the share of melody notes that are tones of the chord with them, distance
Mongeau and Sankoff's, relative: 0 the same, 1 nothing in common.
`;

const BUNDLED = join(fileURLToPath(import.meta.resolve('@antiphon/core/models')), '../../../checkpoints');
const VOICES = [
  ['visitor', 0, 0],
  ['melody', 1, 11],
  ['chords', 2, 0],
  ['bass', 3, 32],
  ['click', 4, 115],
] as const;

const { values } = parseArgs({
  options: {
    mode: { type: 'string' },
    visitor: { type: 'string' },
    data: { type: 'string' },
    files: { type: 'string', default: '5' },
    params: { type: 'string', default: '{}' },
    stations: { type: 'string', default: '1' },
    checkpoints: { type: 'string', default: BUNDLED },
    out: { type: 'string' },
    wav: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) console.log(usage);
else
  await simulate().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });

async function simulate(): Promise<void> {
  const chosen = listOf(values.mode, modeIds, 'mode');
  const names = listOf(values.visitor, scriptedNames, 'visitor');
  const visitors = [
    ...names.map((name) => scriptedVisitor(name) as Visitor),
    ...(values.data ? await recordedVisitors(values.data, Number(values.files)) : []),
  ];
  const models = await loadModels(values.checkpoints);
  const engine = await startEngine({
    models,
    runner: 'auto',
    observer: silentObserver,
    nowMs: () => performance.now(),
    onBroken: ({ id }, reason) => console.error(`${id} is left out: ${reason}`),
  });
  for (const role of ['melody', 'accompaniment', 'improv'] as const)
    if (!models.some((model) => model.role === role))
      console.log(`There is no model for ${role} in ${values.checkpoints}: what asks for it fails.`);
  const rows = [];
  for (const mode of chosen)
    for (const visitor of visitors) {
      const { tempoBpm, metre, events } = visitor;
      const params = { tempoBpm, metre, ...JSON.parse(values.params) };
      const duets = await Promise.all(
        Array.from({ length: Number(values.stations) }, (_, i) =>
          playDuet({ engine, mode, params, events, seed: i + 1 }),
        ),
      );
      const grid = { originMs: 0, tempoBpm, beatsPerBar: metre === '6/8' ? 3 : Number(metre[0]) };
      rows.push({ mode, visitor: visitor.name, ...rowOf(duets.map((duet) => measure(duet, mode, grid))) });
      if (values.out && duets[0])
        await write(values.out, `${mode} - ${visitor.name}`, { duet: duets[0], tempoBpm });
    }
  await engine.close();
  console.table(rows);
}

function listOf<Item extends string>(
  given: string | undefined,
  known: readonly Item[],
  what: string,
): Item[] {
  if (given === undefined) return [...known];
  return given.split(',').map((name) => {
    const found = known.find((each) => each === name.trim());
    if (!found) throw new Error(`there is no ${what} "${name.trim()}"; there are ${known.join(', ')}`);
    return found;
  });
}

async function loadModels(folder: string): Promise<Model[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const models: Model[] = [];
  for (const entry of entries.filter((candidate) => candidate.isDirectory()))
    try {
      models.push(await loadModel(join(folder, entry.name)));
    } catch (error) {
      console.log(`${entry.name} is left out: ${(error as Error).message}`);
    }
  return models;
}

function rowOf(all: Measures[]) {
  const percentile = (latencies: number[], p: number) =>
    latencies.sort((a, b) => a - b)[Math.min(latencies.length - 1, Math.floor(latencies.length * p))];
  const responses = all.flatMap(({ responseMs }) => responseMs);
  const answers = all.flatMap(({ answerMs }) => answerMs);
  const mean = (of: (measures: Measures) => number | null) => {
    const known = all.map(of).filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
  };
  const sum = (of: (measures: Measures) => number) =>
    all.reduce((total, measures) => total + of(measures), 0);
  const said = (value: number | null | undefined, digits: number) => value?.toFixed(digits) ?? '-';
  return {
    'response p50 ms': said(percentile(responses, 0.5), 1),
    'response p99 ms': said(percentile(responses, 0.99), 1),
    'answer p50 ms': said(percentile(answers, 0.5), 1),
    'answer p99 ms': said(percentile(answers, 0.99), 1),
    ISRw: said(
      mean(({ isrw }) => isrw),
      4,
    ),
    'in chord': said(
      mean(({ inChord }) => inChord),
      2,
    ),
    distance: said(
      mean(({ distance }) => distance),
      2,
    ),
    notes: sum(({ notes }) => notes),
    late: sum(({ late }) => late),
    stuck: sum(({ stuck }) => stuck),
  };
}

async function write(
  folder: string,
  name: string,
  { duet, tempoBpm }: { duet: Duet; tempoBpm: number },
): Promise<void> {
  const notesOf = (voice: string): VoicedNote[] =>
    voice === 'visitor'
      ? duet.visitor.map((note) => ({ ...note, voice: 'melody' }))
      : duet.machine.filter((note) => note.voice === voice);
  const tracks = VOICES.map(([voice, channel, program]) => ({
    name: voice,
    channel,
    program,
    notes: notesOf(voice),
  })).filter(({ notes }) => notes.length > 0);
  const path = join(folder, name.replaceAll('/', '-'));
  await mkdir(folder, { recursive: true });
  await writeFile(`${path}.mid`, writeMidiFile(tracks, tempoBpm));
  if (!values.wav) return;
  const [from, to] = values.wav.split('-').map(Number);
  if (from === undefined || to === undefined || !(from < to))
    throw new Error(`--wav must be two numbers of seconds such as 0-20, not "${values.wav}"`);
  await writeFile(`${path}.wav`, await renderWav(tracks, { fromMs: from * 1000, toMs: to * 1000 }));
}
