import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { loadModel, NO_CONDITION } from '../models/index.js';
import { HOLD, type MelodyEvent, STEPS_PER_QUARTER } from '../music/melody.js';
import { type Grid, msOfStep } from '../music/metre.js';
import { readMidiFile, writeMidiFile } from '../music/midi-file/index.js';
import { melodyOf, notesOfMelody, performed, quantize, topLine } from '../music/quantize.js';
import { plainRequest, silentObserver, startEngine } from '../runtime/index.js';
import { positive, whole } from './numbers.js';
import type { Verb } from './verb.js';

const usage = `antiphon generate --model FOLDER --out FILE.mid [options]      continues a melody

  --input FILE.mid     continues the melody of this file (the top line of its first track with notes)
  --primer LIST        continues these events instead, one a 16th: -2 holds, -1 ends the note, else a pitch, such as "[60,-2,62,-2]".
                       Without either it begins from nothing
  --bars N             how many bars to generate (default 4), from the end of the primer or the input's next bar line on
  --start S --end S    generates what sounds between these seconds of the piece instead; what the input has before is kept
  --tempo BPM          quarter notes a minute, where the input does not say (default 120)
  --temperature T      low is cautious, high is adventurous (default 1)
  --count N            so many different ones; the files are numbered (default 1)
  --seed N             the same seed generates the same (default: another each time)
  --style NAME         one of the model's styles
`;

const BEATS_PER_BAR = 4;
const VELOCITY = 90;

async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      model: { type: 'string' },
      out: { type: 'string' },
      input: { type: 'string' },
      primer: { type: 'string' },
      bars: { type: 'string' },
      start: { type: 'string' },
      end: { type: 'string' },
      tempo: { type: 'string', default: '120' },
      temperature: { type: 'string', default: '1' },
      count: { type: 'string', default: '1' },
      seed: { type: 'string' },
      style: { type: 'string' },
    },
  });
  if (!values.model || !values.out)
    throw new Error('--model FOLDER and --out FILE.mid are needed; see antiphon generate --help');
  if (values.input && values.primer) throw new Error('give --input or --primer, not both');
  if ((values.start === undefined) !== (values.end === undefined))
    throw new Error('--start and --end go together');
  if (values.start !== undefined && values.bars !== undefined)
    throw new Error('give --bars or --start and --end, not both');
  const model = await loadModel(values.model);
  if (values.style && !model.styles.includes(values.style))
    throw new Error(
      `${model.id} has no style "${values.style}"; it has ${model.styles.join(', ') || 'none'}`,
    );
  const input = values.input ? await readInput(values.input) : null;
  const grid: Grid = {
    originMs: 0,
    tempoBpm: input?.tempoBpm ?? positive('--tempo', values.tempo),
    beatsPerBar: BEATS_PER_BAR,
  };
  const melody = input ? input.melody : values.primer ? readPrimer(values.primer) : [];
  const section = sectionOf(values, { melody, isPrimer: values.primer !== undefined }, grid);
  const prompt = fitted(melody, section.from);
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : whole('--seed', values.seed);
  const count = Math.max(1, whole('--count', values.count));
  const engine = await startEngine({
    models: [model],
    runner: 'onnx',
    observer: silentObserver,
    nowMs: () => performance.now(),
    onBroken: ({ id }, reason) => console.error(`${id} is left out: ${reason}`),
  });
  try {
    for (let i = 0; i < count; i++) {
      const session = engine.open({ model: model.id, seed: seed + i });
      const answer: MelodyEvent[] = [];
      for await (const { event } of session.generate({
        ...plainRequest(prompt, section.steps),
        temperature: positive('--temperature', values.temperature),
        condition: { ...NO_CONDITION, style: values.style ?? null },
      }))
        answer.push(event);
      const file = count === 1 ? values.out : values.out.replace(/(\.midi?)?$/i, (end) => `-${i + 1}${end}`);
      const notes = notesOfMelody([...prompt, ...answer], 0, VELOCITY).map((note) => performed(note, grid));
      await writeFile(
        file,
        writeMidiFile([{ name: 'melody', channel: 0, program: 0, notes }], grid.tempoBpm),
      );
      console.log(
        `${file}: ${notes.length} notes, the generated part from ${(msOfStep(grid, section.from) / 1000).toFixed(2)} s on, seed ${seed + i}`,
      );
    }
  } finally {
    await engine.close();
  }
}

/** Which steps are generated. */
function sectionOf(
  {
    bars = '4',
    start,
    end,
  }: { bars?: string | undefined; start?: string | undefined; end?: string | undefined },
  { melody, isPrimer }: { melody: readonly MelodyEvent[]; isPrimer: boolean },
  grid: Grid,
): { from: number; steps: number } {
  const stepsPerBar = BEATS_PER_BAR * STEPS_PER_QUARTER;
  if (start === undefined || end === undefined) {
    const from = isPrimer ? melody.length : Math.ceil(melody.length / stepsPerBar) * stepsPerBar;
    return { from, steps: Math.max(1, whole('--bars', bars)) * stepsPerBar };
  }
  const stepAt = (seconds: number) => Math.round((seconds * 1000) / msOfStep(grid, 1));
  const from = stepAt(start === '0' ? 0 : positive('--start', start));
  const steps = stepAt(positive('--end', end)) - from;
  if (steps < 1) throw new Error(`--end ${end} must lie after --start ${start}`);
  return { from, steps };
}

/** Cut off at `length`, or held until there. */
function fitted(melody: readonly MelodyEvent[], length: number): MelodyEvent[] {
  return Array.from({ length }, (_, step) => melody[step] ?? HOLD);
}

function readPrimer(text: string): MelodyEvent[] {
  try {
    return z.array(z.number().int().min(-2).max(127)).parse(JSON.parse(text));
  } catch {
    throw new Error(
      `--primer must be a list of whole numbers from -2 to 127, such as "[60,-2,62]", not "${text}"`,
    );
  }
}

async function readInput(file: string): Promise<{ melody: MelodyEvent[]; tempoBpm: number }> {
  const midi = readMidiFile(await readFile(file));
  const track = midi.tracks.find(({ notes }) => notes.length > 0);
  if (!track) throw new Error(`${file} has no notes`);
  const tempoBpm = midi.tempoChanges[0]?.tempoBpm ?? 120;
  const line = topLine(quantize(track.notes, { originMs: 0, tempoBpm, beatsPerBar: BEATS_PER_BAR }));
  return { melody: melodyOf(line, line.at(-1)?.endStep ?? 0), tempoBpm };
}

export const generate: Verb = { summary: 'continues a melody', usage, run };
