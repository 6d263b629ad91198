'use client';
import { useCallback, useEffect, useMemo, useReducer, useState } from 'react';
import { OnScreenKeyboard } from '../keyboard/on-screen-keyboard';
import { pitchRange, type RollNote } from '../roll/geometry';
import { RollCanvas } from '../roll/roll-canvas';
import type { Sampler } from '../sound/sampler';
import { Button } from '../ui/button';
import { BrowserStation } from './browser-station';
import { useComputerKeys } from './use-computer-keys';
import { useMidiInput } from './use-midi-input';

const PAST_MS = 6_000;
const FUTURE_MS = 4_000;
/** Few enough that a note is seen from two metres. */
const LEAST_PITCHES = 28;

const TURNS = {
  visitor: { title: 'Your turn', hint: 'Play a phrase, then let go and listen.', colour: 'text-visitor' },
  listening: { title: 'Listening …', hint: 'Pause for a moment, and I will answer.', colour: 'text-ink' },
  machine: {
    title: 'My turn',
    hint: 'Listen. When I am done, it is your turn again.',
    colour: 'text-machine',
  },
};

/** The visitor's view of a station: whose turn it is, what sounds, and a keyboard. */
export function Stage({
  token,
  sampler,
  onRefused,
}: {
  token: string;
  sampler: Sampler;
  onRefused: (message: string) => void;
}) {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const [station, setStation] = useState<BrowserStation | null>(null);
  useEffect(() => {
    const opened = new BrowserStation({ token, sampler, onChange: redraw });
    setStation(opened);
    return () => opened.close();
  }, [token, sampler]);
  const press = useCallback((pitch: number, velocity: number) => station?.press(pitch, velocity), [station]);
  const release = useCallback((pitch: number) => station?.release(pitch), [station]);
  const rowLowest = useComputerKeys(station !== null, press, release);
  useMidiInput(station !== null, press, release);
  useFrequentRedraw(redraw);

  const link = station?.state.link ?? { status: 'connecting' as const };
  useEffect(() => {
    if (link.status === 'refused') onRefused(link.message);
  }, [link, onRefused]);
  const frame = useMemo(
    () => () => {
      const nowMs = station?.boothMs() ?? 0;
      const notes: RollNote[] = station?.notes() ?? [];
      return {
        nowMs,
        notes,
        view: { fromMs: nowMs - PAST_MS, toMs: nowMs + FUTURE_MS, ...pitchRange(notes, LEAST_PITCHES) },
      };
    },
    [station],
  );
  const narrow = typeof window !== 'undefined' && window.innerWidth < 640;
  const keyboard = narrow
    ? { lowest: rowLowest - (rowLowest % 12), highest: rowLowest - (rowLowest % 12) + 16 }
    : { lowest: 48, highest: 84 };
  const turn = TURNS[station?.state.turn ?? 'visitor'];

  return (
    <main className="flex h-dvh flex-col overflow-hidden">
      <header className="flex items-start justify-between gap-4 px-4 pt-4 sm:px-8 sm:pt-6">
        <div aria-live="polite">
          <h1 data-testid="turn" className={`font-display text-4xl leading-none sm:text-6xl ${turn.colour}`}>
            {turn.title}
          </h1>
          <p className="mt-2 text-quiet sm:text-xl">
            {link.status === 'online'
              ? turn.hint
              : 'The machine is away for a moment. You can play on; it will be back.'}
          </p>
        </div>
        <div className="flex flex-col items-end gap-2 text-right text-quiet text-sm">
          <span data-testid="link" className="flex items-center gap-2">
            <span
              className={`size-2.5 rounded-full ${link.status === 'online' ? 'bg-machine' : 'animate-pulse bg-danger'}`}
            />
            {link.status === 'online' ? station?.state.modeTitle : 'connecting …'}
          </span>
          <Button onClick={() => station?.panic()}>Stop all sound</Button>
        </div>
      </header>
      <section className="min-h-0 flex-1 py-3">
        <RollCanvas frame={frame} label="What you and the machine play" />
      </section>
      <p className="flex flex-wrap justify-center gap-x-6 px-4 pb-2 text-quiet text-xs sm:text-sm">
        <span>
          <span className="text-visitor">●</span> you
        </span>
        <span>
          <span className="text-machine">●</span> the machine
        </span>
        <span className="hidden sm:inline">the letters on the keys play too · Z and X change the octave</span>
      </p>
      <section className="h-[26vh] min-h-28 px-1 pb-1 sm:px-4 sm:pb-4">
        <OnScreenKeyboard
          {...keyboard}
          rowLowest={rowLowest}
          down={station?.down() ?? new Map()}
          onPress={press}
          onRelease={release}
        />
      </section>
    </main>
  );
}

/** Keys that the machine plays light up and go out by time alone. */
function useFrequentRedraw(redraw: () => void): void {
  useEffect(() => {
    const timer = setInterval(redraw, 50);
    return () => clearInterval(timer);
  }, [redraw]);
}
