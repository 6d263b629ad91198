/** What visitor and machine have played so far, and what the machine is about to play: the accompaniment's score. */
import {
  barMs,
  type ChordSymbol,
  chordOf,
  HOLD,
  type Key,
  type KeyEvent,
  keyOf,
  type MelodyEvent,
  msOfStep,
  NO_CHORD,
  OFF,
  pitchClassOf,
  STEPS_PER_QUARTER,
  soundingAfter,
  stepOfMs,
  stepsPerBar,
  symbolOf,
  type VoicedNote,
} from '../../music/index.js';
import { type Span, spanFrom, spanOf, spansBetween } from '../chord-spans.js';
import { forget, type Hearing, handsOf, loudnessOf, openStep, stepsToForget } from '../hearing.js';
import type { GeneratedStep } from '../mode.js';
import { bassUnder, plainChord } from '../plain-harmony.js';
import type { Params } from './params.js';
import { playTexture } from './texture.js';
import { placeBass, voiceChord } from './voicing.js';

export interface Song {
  hearing: Hearing;
  /** The chord and the bass event of each step from the hearing's first on: as played, as committed, then as planned. */
  chords: ChordSymbol[];
  bass: MelodyEvent[];
  /** Begins a span; what lies before is final. */
  committedStep: number;
  /** The same in booth time: notes that begin before it are final. */
  committedMs: number;
  /** Before this the machine is silent. */
  entryStep: number;
  /** For the spans that are not committed. */
  votes: Votes[];
  /** The chord before `committedStep` as it lies under the machine's hands. */
  voicing: number[];
  /** All that was played while the machine still listens, for a beat that is found late; null from then on. */
  opening: KeyEvent[] | null;
  /** What the model was asked for and has answered so far. */
  asked: { requestId: number; fromStep: number; steps: GeneratedStep[] } | null;
}

/** What was predicted for a span, in steps. */
export interface Votes {
  startStep: number;
  chords: Record<ChordSymbol, number>;
  /** By pitch class. */
  melody: number[];
}

export interface Revision {
  song: Song;
  fromMs: number;
  notes: VoicedNote[];
}

/** A plan reaches the station this long before its first note. */
const LEAD_MS = 60;
const MOST_MOVED_MS = 60;
/** What a prediction counts for when the next one is made, a 16th later. */
const OLDER_VOTES = 0.85;
/** How much more a chord counts that has the expected melody; one that has nothing of it is still possible. */
const SUITING = 6;
const LEAST_SUITED = 0.1;
/** Bars of the melody that tell its key. */
const KEY_BARS = 8;
const HANDS_BARS = 2;
const MAJOR = [0, 4, 7];
const MINOR = [0, 3, 7];
const DOMINANT = [0, 4, 7, 10];

export const spansOf = ({ hearing }: Song, { chordBeats }: Params) => ({
  chordBeats,
  beatsPerBar: hearing.grid.beatsPerBar,
});

/** The steps to ask the model for: to the end of the span that the lookahead reaches. */
export function stepsAhead(song: Song, params: Params): number {
  const from = openStep(song.hearing);
  const committed = params.commitBeats * STEPS_PER_QUARTER + 1;
  const ahead = Math.max(params.lookaheadBeats * STEPS_PER_QUARTER, committed);
  return spanFrom(from + ahead, spansOf(song, params)) - from;
}

/**
 * The score with the model's answer in the place of what was provisional, and the notes that it comes to. Nothing that is committed
 * changes; one more stretch of `commitBeats` is committed.
 */
export function revise(song: Song, params: Params, nowMs: number): Revision {
  const { hearing, asked } = song;
  if (!asked) return { song, fromMs: song.committedMs, notes: [] };
  const spans = spansOf(song, params);
  const stepNow = Math.ceil(stepOfMs(hearing.grid, nowMs + LEAD_MS));
  const isSilent = stepNow < song.entryStep && song.committedStep <= song.entryStep;
  const reached = isSilent ? asked.fromStep : stepNow;
  const firstSpan = isSilent ? spanOf(reached, spans).startStep : spanFrom(reached, spans);
  const fromStep = spanFrom(Math.max(song.committedStep, firstSpan), spans);
  const endStep = asked.fromStep + asked.steps.length;
  if (endStep <= fromStep) return { song, fromMs: song.committedMs, notes: [] };

  const written = write(song, { fromStep, endStep }, params);
  const committedStep = Math.max(
    fromStep,
    Math.min(endStep, spanFrom(reached + params.commitBeats * STEPS_PER_QUARTER, spans)),
  );
  const fromMs =
    fromStep === song.committedStep
      ? song.committedMs
      : Math.max(song.committedMs, msOfStep(hearing.grid, fromStep));
  const { notes, voicing } = render(written, { fromStep, endStep, committedStep }, { params, nowMs });
  return {
    song: {
      ...written,
      committedStep,
      committedMs: Math.max(fromMs, msOfStep(hearing.grid, committedStep)),
      voicing,
    },
    fromMs,
    notes: notes.flatMap((note) => notBefore(fromMs, note)),
  };
}

/** Chords and bass of every step before the committed one, and of the steps that went by without a plan. */
export function soFar({ hearing, chords, bass, committedStep }: Song): {
  chords: ChordSymbol[];
  bass: MelodyEvent[];
} {
  const length = Math.max(openStep(hearing), committedStep) - hearing.firstStep;
  return {
    chords: Array.from({ length }, (_, i) => chords[i] ?? NO_CHORD),
    bass: Array.from({ length }, (_, i) => bass[i] ?? (i === bass.length ? OFF : HOLD)),
  };
}

/** What was played while the machine listens, with plain chords under it: nothing of them was heard, but the model goes on from them. */
export function harmonised(song: Song, params: Params): Song {
  const { hearing, entryStep } = song;
  const endStep = Math.min(openStep(hearing), entryStep);
  const key = keyOfSong(song);
  const chords = [...song.chords];
  const bass = [...song.bass];
  const at = (step: number) => step - hearing.firstStep;
  for (const { startStep, endStep: nextStep } of spansBetween(
    hearing.firstStep,
    endStep,
    spansOf(song, params),
  )) {
    const before = soundingAfter(hearing.melody.slice(0, at(startStep))) ?? OFF;
    const chord = plainChord(hearing.melody.slice(at(startStep), at(nextStep)), key, before);
    for (let step = startStep; step < Math.min(nextStep, endStep); step++) {
      const isStart = step === startStep;
      const sounding = isStart ? null : (bass[at(startStep)] ?? null);
      chords[at(step)] = chord;
      bass[at(step)] = bassUnder(HOLD, { chord, isStart, sounding });
    }
  }
  return { ...song, chords, bass };
}

/** Keeps what a model is told of within bounds. */
export function forgetOldSteps(song: Song): Song {
  const steps = stepsToForget(song.hearing);
  if (steps === 0) return song;
  return {
    ...song,
    hearing: forget(song.hearing, steps),
    chords: song.chords.slice(steps),
    bass: song.bass.slice(steps),
  };
}

/** Where the pulse has moved back a little, what would begin before the plan begins with it. */
function notBefore(fromMs: number, note: VoicedNote): VoicedNote[] {
  const lateMs = fromMs - note.onsetMs;
  if (lateMs <= 0) return [note];
  if (lateMs > MOST_MOVED_MS || note.durationMs <= 2 * lateMs) return [];
  return [{ ...note, onsetMs: fromMs, durationMs: note.durationMs - lateMs }];
}

/** One chord a span: the one that the model wants for most of it, in this prediction and the latest ones before. */
function write(
  song: Song,
  { fromStep, endStep }: { fromStep: number; endStep: number },
  params: Params,
): Song {
  const { firstStep } = song.hearing;
  const before = soFar({ ...song, committedStep: fromStep });
  const chords = before.chords.slice(0, fromStep - firstStep);
  const bass = before.bass.slice(0, fromStep - firstStep);
  const votes: Votes[] = [];
  let sounding = soundingAfter(bass);
  for (const span of spansBetween(fromStep, endStep, spansOf(song, params))) {
    const voted = votesFor(song, span);
    votes.push(voted);
    const chord = chordOfForm(song, span, params) ?? elected(voted);
    for (let step = span.startStep; step < span.endStep; step++) {
      const isStart = step === span.startStep;
      const event = bassUnder(generatedAt(song, step)?.bass ?? HOLD, { chord, isStart, sounding });
      if (event !== HOLD) sounding = event === OFF ? null : event;
      chords.push(chord);
      bass.push(event);
    }
  }
  return { ...song, chords, bass, votes };
}

function generatedAt({ asked }: Song, step: number): GeneratedStep | undefined {
  return asked?.steps[step - asked.fromStep];
}

/** What this prediction says of a span, and with less weight the ones before. */
function votesFor(song: Song, { startStep, endStep }: Span): Votes {
  const before = song.votes.find((each) => each.startStep === startStep);
  const faded = ([chord, votes]: [ChordSymbol, number]) => [chord, votes * OLDER_VOTES] as const;
  const chords: Votes['chords'] = Object.fromEntries(Object.entries(before?.chords ?? {}).map(faded));
  const melody = Array.from({ length: 12 }, (_, i) => (before?.melody[i] ?? 0) * OLDER_VOTES);
  const events = song.asked?.steps.slice(0, Math.max(0, startStep - song.asked.fromStep)) ?? [];
  let sounding = soundingAfter([...song.hearing.melody, ...events.map(({ event }) => event)]);
  for (let step = startStep; step < endStep; step++) {
    const { chord = NO_CHORD, event = HOLD } = generatedAt(song, step) ?? {};
    chords[chord] = (chords[chord] ?? 0) + 1;
    if (event !== HOLD) sounding = event === OFF ? null : event;
    if (sounding !== null) melody[pitchClassOf(sounding)] = (melody[pitchClassOf(sounding)] ?? 0) + 1;
  }
  return { startStep, chords, melody };
}

/** The chord with the most votes, each of which counts for more the better the chord suits the expected melody. */
function elected({ chords, melody }: Votes): ChordSymbol {
  const expected = melody.reduce((sum, steps) => sum + steps, 0);
  const scoreOf = (chord: ChordSymbol) => {
    const tones = chordOf(chord)?.pitchClasses ?? [];
    const suiting = tones.reduce((sum, tone) => sum + (melody[tone] ?? 0), 0) / Math.max(1, expected);
    return (chords[chord] ?? 0) * (LEAST_SUITED + suiting) ** SUITING;
  };
  const scores = Object.keys(chords).map(scoreOf);
  return Object.keys(chords)[scores.indexOf(Math.max(...scores))] ?? NO_CHORD;
}

/** The last bar of the form is the key's own chord, the span before it the dominant. */
function chordOfForm(song: Song, { startStep, endStep }: Span, { formBars }: Params): ChordSymbol | null {
  if (formBars === 0) return null;
  const bar = stepsPerBar(song.hearing.grid);
  const place = (step: number) => Math.floor(step / bar) % formBars;
  const { tonic, scale } = keyOfSong(song);
  if (place(startStep) === formBars - 1) return symbolOf(tonic, scale === 'major' ? MAJOR : MINOR);
  return place(endStep) === formBars - 1 ? symbolOf((tonic + 7) % 12, DOMINANT) : null;
}

function keyOfSong({ hearing }: Song): Key {
  const bars = hearing.melody.slice(-KEY_BARS * stepsPerBar(hearing.grid));
  return keyOf(bars.filter((event) => event >= 0).map((pitch) => ({ pitch, weight: 1 })));
}

function render(
  song: Song,
  { fromStep, endStep, committedStep }: { fromStep: number; endStep: number; committedStep: number },
  { params, nowMs }: { params: Params; nowMs: number },
): { notes: VoicedNote[]; voicing: number[] } {
  const { hearing, chords } = song;
  const { grid, firstStep } = hearing;
  const hands = handsOf(hearing, nowMs - HANDS_BARS * barMs(grid));
  const velocity = loudnessOf(hearing) * params.loudness;
  const notes: VoicedNote[] = [];
  let voicing = song.voicing;
  let committedVoicing = voicing;
  for (const span of spansBetween(fromStep, endStep, spansOf(song, params))) {
    const chord = chordOf(chords[span.startStep - firstStep] ?? NO_CHORD);
    const pitches = chord ? voiceChord(chord, hands, voicing) : [];
    if (chord) voicing = pitches;
    if (span.endStep <= committedStep) committedVoicing = voicing;
    if (span.startStep < song.entryStep) continue;
    const textured = {
      ...span,
      chord: pitches,
      ...bassOf(song, span, { pitches, hands }),
      fifth: chord && placeBass(chord.root + 7, pitches, hands),
      beatsPerBar: grid.beatsPerBar,
      velocity,
    };
    for (const note of playTexture(textured, params.texture, params.density)) {
      const onsetMs = msOfStep(grid, note.startStep);
      const durationMs = msOfStep(grid, note.endStep) - onsetMs;
      notes.push({ pitch: note.pitch, velocity: note.velocity, onsetMs, durationMs, voice: note.voice });
    }
  }
  return { notes, voicing: committedVoicing };
}

function bassOf(
  { bass, hearing: { firstStep } }: Song,
  { startStep, endStep }: Span,
  { pitches, hands }: { pitches: number[]; hands: { lowest: number; highest: number } | null },
): { bass: MelodyEvent[]; bassBefore: number | null } {
  const place = (event: MelodyEvent) => (event >= 0 ? placeBass(event, pitches, hands) : event);
  const before = soundingAfter(bass.slice(0, startStep - firstStep));
  return {
    bass: bass.slice(startStep - firstStep, endStep - firstStep).map(place),
    bassBefore: before === null ? null : place(before),
  };
}

/** When the last committed note has been played. */
export function quietMs({ hearing: { grid }, committedStep, committedMs }: Song): number {
  return Math.max(committedMs, msOfStep(grid, committedStep));
}
