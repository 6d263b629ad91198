/** Scripted visitors: what each of them plays, as key events from 0 ms on. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createRandom } from '@antiphon/core/models';
import { type KeyEvent, keyEventsOfNotes, type Note, readMidiFile } from '@antiphon/core/music';

export interface Visitor {
  name: string;
  tempoBpm: number;
  metre: string;
  /** In the order of time. */
  events: KeyEvent[];
}

const TEMPO_BPM = 120;
const BEAT_MS = 60_000 / TEMPO_BPM;
/** What is longer is no slow beat but a pause. */
const LONGEST_BEAT_MS = 1.15 * BEAT_MS;
/** A tune in C, [pitch, beats]: 16 bars with their chords. */
const PHRASES: [pitch: number, beats: number][][] = [
  [
    [64, 1],
    [64, 1],
    [65, 1],
    [67, 1],
    [67, 1],
    [65, 1],
    [64, 1],
    [62, 1],
    [60, 1],
    [60, 1],
    [62, 1],
    [64, 1],
    [64, 1.5],
    [62, 0.5],
    [62, 2],
  ],
  [
    [64, 1],
    [64, 1],
    [65, 1],
    [67, 1],
    [67, 1],
    [65, 1],
    [64, 1],
    [62, 1],
    [60, 1],
    [60, 1],
    [62, 1],
    [64, 1],
    [62, 1.5],
    [60, 0.5],
    [60, 2],
  ],
  [
    [62, 1],
    [62, 1],
    [64, 1],
    [60, 1],
    [62, 1],
    [64, 0.5],
    [65, 0.5],
    [64, 1],
    [60, 1],
    [62, 1],
    [64, 0.5],
    [65, 0.5],
    [64, 1],
    [62, 1],
    [60, 1],
    [62, 1],
    [67, 2],
  ],
];
const CHORDS: number[][] = [
  [48, 52, 55],
  [43, 53, 59],
  [45, 52, 60],
  [41, 53, 57],
];

type Played = [pitch: number, startBeat: number, beats: number];

function tune(phrases: number[]): Played[] {
  let beat = 0;
  return phrases.flatMap((phrase) =>
    (PHRASES[phrase] ?? []).map(([pitch, beats]): Played => {
      const startBeat = beat;
      beat += beats;
      return [pitch, startBeat, beats];
    }),
  );
}

const TUNE = tune([0, 1, 2, 1]);
const BEATS = 64;

/** `msOfBeat` makes the time; notes are let go a little early, and before every pause. */
function played(notes: Played[], msOfBeat = (beat: number) => beat * BEAT_MS, velocity = 88): Note[] {
  return notes.map(([pitch, startBeat, beats], i) => {
    const onsetMs = msOfBeat(startBeat);
    const durationMs = Math.max(
      40,
      Math.min(msOfBeat(startBeat + beats) - onsetMs, beats * LONGEST_BEAT_MS) * 0.9,
    );
    return { pitch, velocity: velocity + ((i * 7) % 17) - 8, onsetMs, durationMs };
  });
}

/** A chord a bar, struck every so many beats. */
function chordsEvery(beats: number): Played[] {
  return Array.from({ length: BEATS / beats }, (_, i) =>
    (CHORDS[Math.floor((i * beats) / 4) % CHORDS.length] ?? []).map(
      (pitch): Played => [pitch, i * beats, beats],
    ),
  ).flat();
}

const scripted: Record<string, () => Note[]> = {
  steady: () => played(TUNE),
  /** The tempo sways by a tenth over four bars, and every note by a few ms. */
  rubato: () => {
    const random = createRandom(1);
    const sway = (beat: number) =>
      beat * BEAT_MS + 0.1 * BEAT_MS * (16 / (2 * Math.PI)) * Math.sin((2 * Math.PI * beat) / 16);
    return played(TUNE, (beat) => Math.max(0, sway(beat) + (random.next() - 0.5) * 30));
  },
  'wrong notes': () => {
    const random = createRandom(2);
    return played(
      TUNE.map(([pitch, ...time]) => [
        random.next() < 0.15 ? pitch + (random.next() < 0.5 ? 1 : -1) : pitch,
        ...time,
      ]),
    );
  },
  'long silences': () => played(TUNE, (beat) => (beat + Math.floor(beat / 16) * 12) * BEAT_MS),
  'two hands': () => [...played(TUNE), ...played(chordsEvery(4), undefined, 70)],
  chords: () => played(chordsEvery(2), undefined, 70),
  'fast runs': () =>
    played(
      Array.from({ length: BEATS * 4 }, (_, i): Played => {
        const degrees = [0, 2, 4, 5, 7, 9, 11, 12, 14, 12, 11, 9, 7, 5, 4, 2];
        return [60 + (degrees[i % 16] ?? 0), i / 4, 1 / 4];
      }),
    ),
  /** The tune up a tritone in the middle. */
  'key change': () =>
    played(TUNE.map(([pitch, beat, beats]) => [beat < BEATS / 2 ? pitch : pitch + 6, beat, beats])),
  'one key': () => played(Array.from({ length: BEATS }, (_, beat): Played => [60, beat, 1])),
};

export const scriptedNames = Object.keys(scripted);

export function scriptedVisitor(name: string): Visitor | null {
  const notes = scripted[name]?.();
  return notes ? { name, tempoBpm: TEMPO_BPM, metre: '4/4', events: inTime(notes) } : null;
}

/** One visitor for each MIDI file of a folder, who plays its first track that has notes: `limit` files, spread over the folder. */
export async function recordedVisitors(folder: string, limit: number): Promise<Visitor[]> {
  const files = (await readdir(folder)).filter((name) => /\.midi?$/i.test(name)).sort();
  const every = Math.max(1, Math.floor(files.length / limit));
  const chosen = files.filter((_, i) => i % every === 0).slice(0, limit);
  return Promise.all(chosen.map((file) => recordedVisitor(join(folder, file))));
}

const METRES = ['2/4', '3/4', '4/4', '6/8'];
/** Enough of a piece to hear. */
const LONGEST_MS = 60_000;

async function recordedVisitor(path: string): Promise<Visitor> {
  const { tracks, tempoChanges, timeSignatures } = readMidiFile(await readFile(path));
  const notes = tracks.find((track) => track.notes.length > 0)?.notes ?? [];
  const startMs = notes[0]?.onsetMs ?? 0;
  const { numerator, denominator } = timeSignatures[0] ?? { numerator: 4, denominator: 4 };
  const metre = `${numerator}/${denominator}`;
  return {
    name: basename(path).replace(/\.midi?$/i, ''),
    tempoBpm: Math.min(240, Math.max(40, tempoChanges[0]?.tempoBpm ?? TEMPO_BPM)),
    metre: METRES.includes(metre) ? metre : '4/4',
    events: inTime(
      notes
        .filter(({ onsetMs }) => onsetMs - startMs < LONGEST_MS)
        .map(({ pitch, velocity, onsetMs, durationMs }) => ({
          pitch,
          velocity,
          onsetMs: onsetMs - startMs,
          durationMs,
        })),
    ),
  };
}

function inTime(notes: Note[]): KeyEvent[] {
  return keyEventsOfNotes([...notes].sort((a, b) => a.onsetMs - b.onsetMs || a.pitch - b.pitch));
}
