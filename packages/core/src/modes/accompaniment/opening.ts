/** The beat of somebody who has just begun: when it is found, what they have played so far is heard again on it. */
import type { Grid, KeyEvent } from '../../music/index.js';
import type { Pulse } from '../../timing/index.js';
import { spanFrom } from '../chord-spans.js';
import { beginHearing, closeSteps, type Hearing, hearKey, openStep } from '../hearing.js';
import { gridFor } from '../time/params.js';
import type { Params } from './params.js';
import { type Song, spansOf } from './song.js';

/** The song on another beat than was thought, its first note in the same place of the bar. */
export function onFoundBeat(
  song: Song & { opening: KeyEvent[] },
  { params, pulse, nowMs }: { params: Params; pulse: Pulse; nowMs: number },
): Song {
  const first = song.opening[0]?.atMs ?? nowMs;
  const hearing = hearAgain(song.opening, gridFor(pulse, params, first), nowMs);
  const next = { ...song, hearing, chords: [], bass: [], votes: [], asked: null };
  return { ...next, committedStep: spanFrom(openStep(hearing), spansOf(next, params)) };
}

function hearAgain(events: readonly KeyEvent[], grid: Grid, nowMs: number): Hearing {
  let hearing = beginHearing(grid, nowMs);
  for (const event of events) hearing = hearKey(closeSteps(hearing, event.atMs), event);
  return { ...closeSteps(hearing, nowMs), lastMs: events.at(-1)?.atMs ?? nowMs };
}
