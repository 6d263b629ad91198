/** The score with the model's latest answer in the place of what was provisional, and the notes that it comes to. */

import {
  countedSteps,
  HOLD,
  msOfStep,
  OFF,
  soundingAfter,
  stepOfMs,
  type VoicedNote,
} from '../../music/index.js';
import { spanFrom, spanOf, spansBetween } from '../chord-spans.js';
import { LEAD_MS } from '../lead-time.js';
import { bassUnder, unhurried } from '../plain-harmony.js';
import { planFromMs } from '../time/retiming.js';
import { chordOfForm } from './form.js';
import type { Params } from './params.js';
import { render } from './rendering.js';
import { generatedAt, type Song, soFar, spansOf } from './song.js';
import { elected, type Votes, votesFor } from './votes.js';

export interface Revision {
  song: Song;
  fromMs: number;
  notes: VoicedNote[];
}

const MOST_MOVED_MS = 60;

/** Nothing that is committed changes; one more stretch of `commitBeats` is committed. The same song where there is nothing to revise. */
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
    Math.min(endStep, spanFrom(reached + params.commitBeats * countedSteps(hearing.grid), spans)),
  );
  const fromMs =
    fromStep === song.committedStep
      ? song.committedMs
      : Math.max(song.committedMs, planFromMs(hearing.grid, fromStep));
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
      const said = generatedAt(song, step)?.bass ?? HOLD;
      const kept = bassUnder(isStart ? said : unhurried(said, bass), { chord, isStart, sounding });
      const event = isStart && kept === HOLD ? (sounding ?? HOLD) : kept; // struck anew, as all of a span is
      if (event !== HOLD) sounding = event === OFF ? null : event;
      chords.push(chord);
      bass.push(event);
    }
  }
  return { ...song, chords, bass, votes };
}

/** Where the pulse has moved back a little, what would begin before the plan begins with it. */
function notBefore(fromMs: number, note: VoicedNote): VoicedNote[] {
  const lateMs = fromMs - note.onsetMs;
  if (lateMs <= 0) return [note];
  if (lateMs > MOST_MOVED_MS || note.durationMs <= 2 * lateMs) return [];
  return [{ ...note, onsetMs: fromMs, durationMs: note.durationMs - lateMs }];
}
