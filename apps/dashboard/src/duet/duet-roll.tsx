'use client';
import { useCallback, useMemo } from 'react';
import { pitchRange, windowAround } from '../roll/geometry';
import { type Frame, RollCanvas } from '../roll/roll-canvas';
import { Clock } from './clock';
import type { DuetNote } from './notes-of-duet';
import type { usePlayback } from './use-playback';

/** A longer duet is shown in two rolls: all of it, and this much around the cursor. */
const WINDOW_MS = 20_000;
const LEAST_PITCHES = 24;
const NOW_COLOUR = '#f4f1ea';

/** The whole duet; a click goes there. */
export function DuetRoll({
  notes,
  durationMs,
  playback,
}: {
  notes: readonly DuetNote[];
  durationMs: number;
  playback: ReturnType<typeof usePlayback>;
}) {
  const { positionMs, playing, seek } = playback;
  const wholeMs = Math.max(durationMs, 1_000);
  const pitches = useMemo(() => pitchRange(notes, LEAST_PITCHES), [notes]);
  const frame = useCallback(
    (spanMs: number): Frame => {
      const nowMs = positionMs();
      return {
        nowMs,
        notes,
        view: { ...windowAround(nowMs, spanMs, wholeMs), ...pitches },
        style: { scene: 'recorded', nowColour: NOW_COLOUR },
      };
    },
    [notes, pitches, wholeMs, positionMs],
  );
  const whole = useCallback(() => frame(wholeMs), [frame, wholeMs]);
  const near = useCallback(() => frame(WINDOW_MS), [frame]);
  const isLong = wholeMs > 1.5 * WINDOW_MS;
  const pickNear = (share: number) => {
    const { fromMs, toMs } = windowAround(positionMs(), WINDOW_MS, wholeMs);
    seek(fromMs + share * (toMs - fromMs));
  };
  return (
    <div className="space-y-2">
      {isLong && (
        <div className="h-[36vh] overflow-hidden rounded-2xl border border-line bg-panel">
          <RollCanvas
            moving={playing}
            frame={near}
            onPick={pickNear}
            label="The duet around the cursor as a piano roll"
          />
        </div>
      )}
      <div
        className={`overflow-hidden rounded-2xl border border-line bg-panel ${isLong ? 'h-[12vh] min-h-20' : 'h-[46vh]'}`}
      >
        <RollCanvas
          moving={playing}
          frame={whole}
          onPick={(share) => seek(share * wholeMs)}
          label="The whole duet as a piano roll"
        />
      </div>
      <div className="flex items-center gap-4">
        <Clock positionMs={positionMs} playing={playing} durationMs={durationMs} seek={seek} />
      </div>
    </div>
  );
}
