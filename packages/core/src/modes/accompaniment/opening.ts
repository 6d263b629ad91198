/** The first bars, in which the machine listens: heard again on a beat that is found late, and with plain chords under them. */
import { type Grid, HOLD, type KeyEvent, OFF, soundingAfter } from '../../music/index.js';
import type { Pulse } from '../../timing/index.js';
import { spanFrom, spansBetween } from '../chord-spans.js';
import { beginHearing, closeSteps, type Hearing, hearKey, openStep } from '../hearing.js';
import { bassUnder, plainChord } from '../plain-harmony.js';
import { gridFor } from '../time/params.js';
import type { Params } from './params.js';
import { keyOfSong, type Song, spansOf } from './song.js';

/** The song on another beat than was thought, its first note in the same place of the bar. */
export function onFoundBeat(
  song: Song & { opening: KeyEvent[] },
  { params, pulse, nowMs }: { params: Params; pulse: Pulse; nowMs: number },
): Song {
  const first = song.opening[0]?.atMs ?? nowMs;
  const hearing = hearAgain(song.opening, gridFor(pulse, params, first), nowMs);
  const next = { ...song, hearing, chords: [], bass: [], votes: [], asked: null };
  const spans = spansOf(next, params);
  return {
    ...next,
    committedStep: spanFrom(openStep(hearing), spans),
    entryStep: spanFrom(song.entryStep, spans),
  };
}

function hearAgain(events: readonly KeyEvent[], grid: Grid, nowMs: number): Hearing {
  let hearing = beginHearing(grid, nowMs);
  for (const event of events) hearing = hearKey(closeSteps(hearing, event.atMs), event);
  return { ...closeSteps(hearing, nowMs), lastMs: events.at(-1)?.atMs ?? nowMs };
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
