/** What a duet is worth in numbers. */
import {
  type Grid,
  keyOf,
  type Note,
  pitchClassOf,
  quantize,
  recognizeChord,
  relativeDistance,
  soundsOfLine,
  topLine,
} from '@antiphon/core/music';
import type { Duet } from './virtual-booth.js';

/** StreamMUSE's C: ticks a plan may run ahead before it is worth nothing. */
const MOST_BACKUP = 32;

export interface Measures {
  /** From each request to the first notes that were planned of what was said to it, ms: from the end of a call to its response. */
  responseMs: number[];
  /** From each request to its whole answer, ms. */
  answerMs: number[];
  /** Null for modes that do not play along. */
  isrw: number | null;
  /** Share of the melody's onsets that are tones of the chord that sounds with them; null where there is no chord. */
  inChord: number | null;
  /** Mongeau-Sankoff, relative, between what was played and what came back; null for modes that bring nothing back. */
  distance: number | null;
  notes: number;
  late: number;
  stuck: number;
}

export function measure(duet: Duet, mode: string, grid: Grid): Measures {
  return {
    responseMs: duet.requests.flatMap(({ atMs, respondedMs }) =>
      respondedMs === null ? [] : [respondedMs - atMs],
    ),
    answerMs: duet.requests.flatMap(({ atMs, answeredMs }) =>
      answeredMs === null ? [] : [answeredMs - atMs],
    ),
    isrw: mode === 'accompaniment' ? isrwOf(duet) : null,
    inChord: mode === 'accompaniment' ? visitorInChord(duet) : mode === 'lead' ? machineInChord(duet) : null,
    distance: mode === 'accompaniment' || mode === 'lead' ? null : distanceOf(duet, grid),
    notes: duet.machine.length,
    late: duet.late,
    stuck: duet.stuck,
  };
}

/**
 * In-time success rate, weighted (StreamMUSE): for every 16th (C - backup) / C, where backup is how many 16ths the newest plan
 * that had arrived by then had run ahead since it was made; 0 where none covers it. The mean over all 16ths that were asked for.
 */
export function isrwOf({ requests }: Pick<Duet, 'requests'>): number | null {
  const plans = requests.map(({ answeredMs, request: { deadlineMs, steps, stepMs = 0 } }) => {
    const tickMs = steps * stepMs;
    return { answeredMs, madeMs: deadlineMs, tickMs, untilMs: deadlineMs + steps * tickMs };
  });
  const worthAt = (nowMs: number, tickMs: number): number => {
    const covering = plans.findLast(
      ({ answeredMs, madeMs, untilMs }) =>
        answeredMs !== null && answeredMs <= nowMs && madeMs < nowMs + tickMs / 2 && untilMs > nowMs,
    );
    const backup = covering ? Math.round((nowMs - covering.madeMs) / tickMs) : MOST_BACKUP;
    return Math.max(0, (MOST_BACKUP - backup) / MOST_BACKUP);
  };
  const worths = plans.flatMap(({ madeMs, tickMs }, i) => {
    const nextMs = plans[i + 1]?.madeMs ?? madeMs + tickMs;
    const ticks = Math.round((nextMs - madeMs) / tickMs);
    const isPause = ticks < 1 || ticks > MOST_BACKUP;
    return Array.from({ length: isPause ? 1 : ticks }, (_, tick) => worthAt(madeMs + tick * tickMs, tickMs));
  });
  return worths.length === 0 ? null : worths.reduce((sum, worth) => sum + worth, 0) / worths.length;
}

function visitorInChord({ visitor, machine }: Duet): number | null {
  const chords = machine.filter(({ voice }) => voice === 'chords' || voice === 'bass');
  return shareInChord(topOf(visitor), chords);
}

function machineInChord({ visitor, machine }: Duet): number | null {
  const lowHand = visitor.filter(({ pitch }) => pitch < 60);
  return shareInChord(
    machine.filter(({ voice }) => voice === 'melody'),
    lowHand.length > 0 ? lowHand : visitor,
  );
}

/** Of the onsets that fall into a chord. */
function shareInChord(line: readonly Note[], chords: readonly Note[]): number | null {
  let inside = 0;
  let counted = 0;
  for (const { pitch, onsetMs } of line) {
    const atMs = onsetMs + 20;
    const sounding = chords.filter((note) => note.onsetMs <= atMs && note.onsetMs + note.durationMs > atMs);
    const classes = new Set(sounding.map((note) => pitchClassOf(note.pitch)));
    if (classes.size < 2 || recognizeChord(sounding.map((note) => note.pitch)) === 'N.C.') continue;
    counted++;
    if (classes.has(pitchClassOf(pitch))) inside++;
  }
  return counted === 0 ? null : inside / counted;
}

function topOf(notes: readonly Note[]): Note[] {
  return notes.filter(
    ({ onsetMs, pitch }) =>
      !notes.some((other) => Math.abs(other.onsetMs - onsetMs) < 60 && other.pitch > pitch),
  );
}

/** The mean over the phrases that were answered, each against as much of the answer as it is long. */
function distanceOf({ visitor, machine, effects }: Duet, grid: Grid): number | null {
  const answers = machine.filter(({ voice }) => voice === 'melody');
  const distances: number[] = [];
  let fromMs = 0;
  for (const { atMs, effect } of effects) {
    if (effect.type !== 'turn' || effect.turn !== 'machine') continue;
    const phrase = visitor.filter(({ onsetMs }) => onsetMs >= fromMs && onsetMs < atMs);
    const first = answers.find(({ onsetMs }) => onsetMs >= atMs);
    fromMs = atMs;
    if (!first || phrase.length === 0) continue;
    const startMs = phrase[0]?.onsetMs ?? 0;
    const lengthMs = (phrase.at(-1)?.onsetMs ?? 0) - startMs + 1;
    const answer = answers.filter(
      ({ onsetMs }) => onsetMs >= first.onsetMs && onsetMs < first.onsetMs + lengthMs,
    );
    distances.push(
      relativeDistance(
        keyed(phrase, { ...grid, originMs: startMs }),
        keyed(answer, { ...grid, originMs: first.onsetMs }),
      ),
    );
  }
  return distances.length === 0 ? null : distances.reduce((sum, each) => sum + each, 0) / distances.length;
}

function keyed(notes: readonly Note[], grid: Grid) {
  const line = topLine(quantize(notes, grid));
  const weighted = line.map(({ pitch, startStep, endStep }) => ({ pitch, weight: endStep - startStep }));
  return { sounds: soundsOfLine(line, line[0]?.startStep ?? 0), key: keyOf(weighted) };
}
