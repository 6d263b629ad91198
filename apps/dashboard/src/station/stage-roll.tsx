'use client';
import { useCallback, useRef } from 'react';
import { glide, pitchRange } from '../roll/geometry';
import { type Frame, RollCanvas } from '../roll/roll-canvas';
import { DuetMotif } from '../ui/duet-motif';
import type { BrowserStation } from './browser-station';
import type { TurnWords } from './turn-words';

/** A narrow screen shows less time, so that notes stay long enough to be seen. */
const NARROW_PX = 640;
const NARROW = { pastMs: 3_200, futureMs: 1_800 };
const WIDE = { pastMs: 6_500, futureMs: 3_500 };
/** Few enough that a note is seen from two metres, fewer still where there is little height. */
const MOST_ROWS = 22;
const LEAST_ROWS = 12;
const ROW_PX = 14;
const HALF_LIFE_MS = 140;
const NOW_COLOURS: Record<TurnWords['mood'], string> = {
  visitor: '#ffb454',
  listening: '#c5b3ff',
  machine: '#62d6c6',
  alone: '#a9a3b8',
};

/** What both have just played, what sounds, and what is to come. */
export function StageRoll({
  station,
  mood,
  quiet,
}: {
  station: BrowserStation | null;
  mood: TurnWords['mood'];
  /** Nothing is on the roll: the emblem invites to play. */
  quiet: boolean;
}) {
  const range = useRef({ lowest: 54, highest: 78, drawnMs: 0 });
  const frame = useCallback(
    ({ width, height }: { width: number; height: number }): Frame => {
      const nowMs = performance.now();
      const notes = station?.notes(nowMs) ?? [];
      const { pastMs, futureMs } = width < NARROW_PX ? NARROW : WIDE;
      const { lowest, highest, drawnMs } = range.current;
      const goal = pitchRange(notes, Math.max(LEAST_ROWS, Math.min(MOST_ROWS, Math.round(height / ROW_PX))));
      const pace = { elapsedMs: nowMs - drawnMs, halfLifeMs: HALF_LIFE_MS };
      range.current = {
        lowest: glide(lowest, goal.lowest, pace),
        highest: glide(highest, goal.highest, pace),
        drawnMs: nowMs,
      };
      return {
        nowMs,
        notes,
        view: {
          fromMs: nowMs - pastMs,
          toMs: nowMs + futureMs,
          lowest: range.current.lowest,
          highest: range.current.highest,
        },
        style: { scene: 'live', nowColour: NOW_COLOURS[mood] },
      };
    },
    [station, mood],
  );
  return (
    <section className="relative min-h-0 flex-1 py-3">
      <RollCanvas moving frame={frame} label="What you and the machine play" />
      <div
        className={`pointer-events-none absolute inset-0 flex items-center justify-center transition duration-700 ${quiet ? 'opacity-40' : 'opacity-0'}`}
      >
        <DuetMotif className="max-h-full w-2/3 max-w-3xl" />
      </div>
    </section>
  );
}
