/** The beat of somebody who has just begun: when it is found, what they have played so far is heard again on it. */
import type { Grid } from '../../music/index.js';
import { SURE, trackBeat } from '../../timing/index.js';
import { spanFrom } from '../chord-spans.js';
import { beginHearing, closeSteps, type Hearing, hearKey, openStep } from '../hearing.js';
import type { Params } from './params.js';
import { type Song, soFar, spansOf } from './song.js';

/** Tempi within this share of each other are the same: the one that is kept goes on. */
const SAME_TEMPO = 0.02;

/** The song on the visitor's own beat, their first note on a bar line; as it was where no other beat is found. */
export function onFoundBeat(song: Song, params: Params, nowMs: number): Song {
  const { hearing, opening } = song;
  if (!opening) return song;
  const { grid, recent } = hearing;
  const found = trackBeat(
    recent.map(({ atMs, velocity }) => ({ atMs, weight: velocity })),
    params.tempoBpm,
  );
  if (!found || found.confidence < SURE) return song;
  if (Math.abs(found.pulse.tempoBpm / grid.tempoBpm - 1) < SAME_TEMPO) return song;
  const again = hearAgain(opening, { ...grid, ...found.pulse }, nowMs);
  const committedStep = spanFrom(openStep(again), spansOf({ ...song, hearing: again }, params));
  const before = soFar(song);
  const place = (step: number) => Math.floor((step * grid.tempoBpm) / found.pulse.tempoBpm);
  const { chords, bass } = soFar({ ...song, hearing: again, chords: [], bass: [], committedStep });
  return {
    ...song,
    hearing: again,
    chords: chords.map((chord, step) => before.chords[place(step)] ?? chord),
    bass: bass.map((event, step) => before.bass[place(step)] ?? event),
    committedStep,
    asked: null,
  };
}

function hearAgain(events: NonNullable<Song['opening']>, grid: Grid, nowMs: number): Hearing {
  let hearing = beginHearing(grid, nowMs);
  for (const event of events) hearing = hearKey(closeSteps(hearing, event.atMs), event);
  return { ...closeSteps(hearing, nowMs), lastMs: events.at(-1)?.atMs ?? nowMs };
}
