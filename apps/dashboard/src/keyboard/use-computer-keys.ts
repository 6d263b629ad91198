'use client';
import { useEffect, useRef } from 'react';
import { OCTAVE_KEYS, pitchOfKey } from './key-map';

const VELOCITY = 84;

/** The computer's keys as a piano whose row begins at `rowLowest`. Held notes end when the window loses the keyboard. */
export function useComputerKeys({
  rowLowest,
  onPress,
  onRelease,
  onOctave,
}: {
  rowLowest: number;
  onPress: (pitch: number, velocity: number, timeStampMs: number) => void;
  onRelease: (pitch: number, timeStampMs: number) => void;
  onOctave: (by: -12 | 12) => void;
}): void {
  const row = useRef(rowLowest);
  row.current = rowLowest;
  useEffect(() => {
    const held = new Map<string, number>();
    const releaseAll = ({ timeStamp }: { timeStamp: number }) => {
      for (const pitch of held.values()) onRelease(pitch, timeStamp);
      held.clear();
    };
    const down = (event: KeyboardEvent) => {
      if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof HTMLInputElement) return;
      const octave = OCTAVE_KEYS[event.code];
      if (octave) onOctave(octave);
      const pitch = pitchOfKey(event.code, row.current);
      if (pitch === null || held.has(event.code)) return;
      event.preventDefault();
      held.set(event.code, pitch);
      onPress(pitch, VELOCITY, event.timeStamp);
    };
    const up = (event: KeyboardEvent) => {
      const pitch = held.get(event.code);
      if (pitch === undefined) return;
      held.delete(event.code);
      onRelease(pitch, event.timeStamp);
    };
    window.addEventListener('keydown', down);
    window.addEventListener('keyup', up);
    window.addEventListener('blur', releaseAll);
    return () => {
      releaseAll({ timeStamp: performance.now() });
      window.removeEventListener('keydown', down);
      window.removeEventListener('keyup', up);
      window.removeEventListener('blur', releaseAll);
    };
  }, [onPress, onRelease, onOctave]);
}
