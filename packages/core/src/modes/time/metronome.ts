/** Clicks between a mode's notes: a plan replaces every voice, so each one is sent with the clicks that belong in it. */
import { barMs, type Grid, type VoicedNote } from '../../music/index.js';
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
  /** A count-in goes on until then. */
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
  const countInMs = setting === 'countIn' && grid ? countInUntil(before, { grid, turn, nowMs }) : null;
  const clickedMs = grid && (setting === 'on' ? clickedUntil(before, moved, nowMs) : countInMs);
  const merged = (fromMs: number): VoicedNote[] =>
    [
      ...notes.filter(({ onsetMs }) => onsetMs >= fromMs),
      ...(grid && clickedMs !== null ? clicksOf(grid, Math.max(nowMs, fromMs), clickedMs) : []),
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

/** A bar is counted in when the visitor's turn comes, until they play. */
function countInUntil(
  { countInMs }: Metronome,
  { grid, turn, nowMs }: { grid: Grid; turn: Turn | null; nowMs: number },
): number | null {
  if (turn === 'visitor') return nowMs + barMs(grid);
  return turn === null && countInMs !== null && countInMs > nowMs ? countInMs : null;
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
