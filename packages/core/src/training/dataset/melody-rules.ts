/** The rules by which a line of notes counts as a melody, after Magenta's extraction. */
import { HOLD, type MelodyEvent, STEPS_PER_QUARTER } from '../../music/melody.js';
import { melodyOf, type StepNote, topLine } from '../../music/quantize.js';

const STEPS_PER_BAR = 4 * STEPS_PER_QUARTER;
const MIN_BARS = 7;
const MIN_UNIQUE_PITCHES = 5;
/** A longer silence is cut down to this. */
const MAX_SILENT_BARS = 1;

export type Extraction = { melody: MelodyEvent[] } | { reason: string };

/** The top line of the notes from their first bar on, whole bars long. */
export function extractMelody(notes: readonly StepNote[]): Extraction {
  const line = topLine(notes);
  const [first] = line;
  const last = line.at(-1);
  if (!first || !last) return { reason: 'no notes' };
  const startStep = Math.floor(first.startStep / STEPS_PER_BAR) * STEPS_PER_BAR;
  const bars = Math.ceil((last.endStep - startStep) / STEPS_PER_BAR);
  const shifted = line.map((note) => ({
    ...note,
    startStep: note.startStep - startStep,
    endStep: note.endStep - startStep,
  }));
  if (new Set(line.map(({ pitch }) => pitch)).size < MIN_UNIQUE_PITCHES)
    return { reason: `fewer than ${MIN_UNIQUE_PITCHES} pitches` };
  const melody = shortenSilences(melodyOf(shifted, bars * STEPS_PER_BAR));
  if (melody.length < MIN_BARS * STEPS_PER_BAR) return { reason: `shorter than ${MIN_BARS} bars` };
  return { melody };
}

/** Drops bars that hold nothing after the first of a run; a bar that a note sounds through is not silent. */
function shortenSilences(melody: readonly MelodyEvent[]): MelodyEvent[] {
  const kept: MelodyEvent[] = [];
  let sounding = false;
  let silentBars = 0;
  for (let start = 0; start < melody.length; start += STEPS_PER_BAR) {
    const bar = melody.slice(start, start + STEPS_PER_BAR);
    silentBars = !sounding && bar.every((event) => event === HOLD) ? silentBars + 1 : 0;
    for (const event of bar) if (event !== HOLD) sounding = event >= 0;
    if (silentBars <= MAX_SILENT_BARS) kept.push(...bar);
  }
  return kept;
}
