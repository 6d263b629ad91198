/** Clicks between a mode's notes: a plan replaces every voice, so each one is sent with the clicks that belong in it. */

import { barLineFrom, barMs, type Grid, type VoicedNote } from '../../music/index.js';
import { LEAD_MS } from '../lead-time.js';
import type { Effect, Turn } from '../mode.js';
import { clicksOf } from './clicks.js';
import type { TimeParams } from './params.js';

/** Clicks are planned so far ahead, and again when half of that is left: longer than most gaps in a network. */
const CLICKS_AHEAD_MS = 4_000;

export interface Metronome {
  /** What the mode has planned, as far as it lies ahead. */
  notes: VoicedNote[];
  /** Clicks are planned up to here. */
  clickedMs: number | null;
  /** The bar line that the last count-in begins at; null once it is not the visitor's turn any more. */
  countInMs: number | null;
}

export const silentMetronome: Metronome = { notes: [], clickedMs: null, countInMs: null };

export interface Ticking {
  /** Null while nobody has played. */
  grid: Grid | null;
  /** Whether the grid is another than before. */
  moved: boolean;
  setting: TimeParams['metronome'];
  nowMs: number;
}

/** The mode's effects with clicks in its plans, and a plan of its own where only clicks have changed. */
export function withClicks(
  before: Metronome,
  effects: readonly Effect[],
  { grid, moved, setting, nowMs }: Ticking,
): { metronome: Metronome; effects: Effect[] } {
  const turn = effects.findLast((effect) => effect.type === 'turn')?.turn ?? null;
  const countInMs = setting === 'countIn' && grid ? countInFrom(before, { grid, turn, moved, nowMs }) : null;
  const countedInMs = grid && countInMs !== null ? countInMs + barMs(grid) : null;
  const clickedMs = grid && setting === 'on' ? clickedUntil(before, moved, nowMs) : countedInMs;
  const merged = (fromMs: number): VoicedNote[] =>
    [
      ...notes.filter(({ onsetMs }) => onsetMs >= fromMs),
      ...(grid && clickedMs !== null
        ? clicksOf(grid, Math.max(nowMs, fromMs, countInMs ?? nowMs), clickedMs)
        : []),
    ].sort((a, b) => a.onsetMs - b.onsetMs);
  let notes = before.notes.filter(({ onsetMs }) => onsetMs >= nowMs);
  const performed = effects.map((effect): Effect => {
    if (effect.type !== 'plan') return effect;
    notes = [...notes.filter(({ onsetMs }) => onsetMs < effect.fromMs), ...effect.notes];
    return { ...effect, notes: merged(effect.fromMs) };
  });
  const changedMs = clicksChangedFrom(before.clickedMs, clickedMs, { moved, nowMs });
  if (changedMs !== null)
    performed.push({ type: 'plan', fromMs: changedMs, notes: merged(changedMs), why: 'the metronome' });
  return { metronome: { notes, clickedMs, countInMs }, effects: performed };
}

/** When more clicks have to be planned. */
export function nextTickingMs({ clickedMs }: Metronome, setting: TimeParams['metronome']): number | null {
  return setting === 'on' && clickedMs !== null ? clickedMs - CLICKS_AHEAD_MS / 2 : null;
}

function clickedUntil({ clickedMs }: Metronome, moved: boolean, nowMs: number): number {
  const isEnough = clickedMs !== null && clickedMs > nowMs + CLICKS_AHEAD_MS / 2;
  return isEnough && !moved ? clickedMs : nowMs + CLICKS_AHEAD_MS;
}

/** When the visitor's turn comes, the next bar is counted in; with the grid it moves. */
function countInFrom(
  { countInMs }: Metronome,
  { grid, turn, moved, nowMs }: { grid: Grid; turn: Turn | null; moved: boolean; nowMs: number },
): number | null {
  if (turn === 'visitor') return barLineFrom(grid, nowMs + LEAD_MS);
  if (turn !== null || countInMs === null) return null;
  return moved ? barLineFrom(grid, countInMs - barMs(grid) / 2) : countInMs;
}

function clicksChangedFrom(
  wereUntilMs: number | null,
  areUntilMs: number | null,
  { moved, nowMs }: { moved: boolean; nowMs: number },
): number | null {
  const were = Math.max(nowMs, wereUntilMs ?? nowMs);
  const are = Math.max(nowMs, areUntilMs ?? nowMs);
  if (moved && Math.max(were, are) > nowMs) return nowMs;
  return were === are ? null : Math.min(were, are);
}
