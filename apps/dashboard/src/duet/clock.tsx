'use client';
import { useEffect, useReducer } from 'react';
import { duration } from './duration';

const REDRAW_MS = 100;

/** Where playback is, in figures and as a slider for the keyboard. */
export function Clock({
  positionMs,
  playing,
  durationMs,
  seek,
}: {
  positionMs: () => number;
  playing: boolean;
  durationMs: number;
  seek: (ms: number) => void;
}) {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    if (!playing) return;
    const timer = setInterval(redraw, REDRAW_MS);
    return () => clearInterval(timer);
  }, [playing]);
  const atMs = positionMs();
  return (
    <>
      <input
        type="range"
        aria-label="Position"
        aria-valuetext={duration(atMs)}
        min={0}
        max={Math.max(1, Math.round(durationMs))}
        step={100}
        value={Math.round(atMs)}
        onChange={(event) => seek(Number(event.target.value))}
        className="w-full accent-machine"
      />
      <output className="whitespace-nowrap text-quiet text-sm tabular-nums">
        {duration(atMs)} / {duration(durationMs)}
      </output>
    </>
  );
}
