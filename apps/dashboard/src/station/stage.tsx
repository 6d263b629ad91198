'use client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { moveRow } from '../keyboard/key-map';
import type { MidiMessage } from '../keyboard/midi-message';
import { OnScreenKeyboard } from '../keyboard/on-screen-keyboard';
import { keyboardRange } from '../keyboard/piano-keys';
import { useComputerKeys } from '../keyboard/use-computer-keys';
import { useKeyLayout } from '../keyboard/use-key-layout';
import { useMidiInput } from '../keyboard/use-midi-input';
import type { Sampler } from '../sound/sampler';
import { useWidth } from '../ui/use-width';
import type { Run } from './run';
import { StageActions } from './stage-actions';
import { StageHeader } from './stage-header';
import { StageRoll } from './stage-roll';
import { StageStrip } from './stage-strip';
import { turnWords } from './turn-words';
import { useAwake } from './use-awake';
import { useStation } from './use-station';
import { happenedMs } from './visitor-part';

const MIDDLE_C = 60;

/** The visitor's view of a station: whose turn it is, what sounds, and a keyboard. */
export function Stage({
  token,
  run,
  sampler,
  onRefused,
}: {
  token: string;
  run: Run;
  sampler: Sampler;
  onRefused: (message: string) => void;
}) {
  const { station, state } = useStation({ token, run, sampler });
  const [rowLowest, setRowLowest] = useState(MIDDLE_C);
  const layout = useKeyLayout();
  const [keyboardPlace, keyboardWidth] = useWidth<HTMLElement>();
  const wasOnline = useRef(false);
  if (state.link.status === 'online') wasOnline.current = true;
  const words = turnWords(state, wasOnline.current);

  const press = useCallback(
    (pitch: number, velocity: number, timeStampMs: number) =>
      station?.press({ pitch }, velocity, happenedMs(timeStampMs, performance.now())),
    [station],
  );
  const release = useCallback(
    (pitch: number, timeStampMs: number) =>
      station?.release({ pitch }, happenedMs(timeStampMs, performance.now())),
    [station],
  );
  const hear = useCallback(
    (message: MidiMessage, timeStampMs: number) => {
      const atMs = happenedMs(timeStampMs, performance.now());
      if (message.type === 'pedal') return station?.pedal(message.value, atMs);
      const { pitch, channel } = message;
      if (message.type === 'press') station?.press({ pitch, channel }, message.velocity, atMs);
      else station?.release({ pitch, channel }, atMs);
    },
    [station],
  );
  const plugged = useCallback(
    (names: string[]) => {
      station?.releaseAll(); // a keyboard that was pulled out says nothing of the keys it held
      station?.keyboards(names);
    },
    [station],
  );
  const moveOctave = useCallback((by: -12 | 12) => setRowLowest((lowest) => moveRow(lowest, by)), []);
  useComputerKeys({ rowLowest, onPress: press, onRelease: release, onOctave: moveOctave });
  useMidiInput({ onMessage: hear, onKeyboards: plugged });
  useAwake();
  useEffect(() => {
    const leave = () => document.hidden && station?.releaseAll();
    document.addEventListener('visibilitychange', leave);
    return () => document.removeEventListener('visibilitychange', leave);
  }, [station]);
  const { link } = state;
  useEffect(() => {
    if (link.status === 'refused') onRefused(link.message);
  }, [link, onRefused]);

  return (
    <main data-mood={words.mood} className="stage flex h-dvh flex-col overflow-hidden">
      <StageHeader words={words} link={link} modeTitle={state.modeTitle} onPanic={() => station?.panic()} />
      <StageRoll station={station} mood={words.mood} quiet={state.quiet} />
      <div className="relative">
        <StageActions offer={state.offer} onAction={(action) => station?.act(action)} />
        <StageStrip rowLowest={rowLowest} layout={layout} onOctave={moveOctave} />
      </div>
      <section ref={keyboardPlace} className="h-[28vh] min-h-24 px-1 pb-1 sm:px-4 sm:pb-4">
        <OnScreenKeyboard
          {...keyboardRange(keyboardWidth, rowLowest)}
          rowLowest={rowLowest}
          layout={layout}
          down={state.down}
          onPress={press}
          onRelease={release}
        />
      </section>
    </main>
  );
}
