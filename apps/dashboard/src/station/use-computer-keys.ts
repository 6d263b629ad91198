'use client';
import { useEffect, useState } from 'react';
import { OCTAVE_KEYS, pitchOfKey } from '../keyboard/key-map';

const VELOCITY = 84;
const LOWEST = 24;
const HIGHEST = 84;

/** The computer's keys as a piano. Answers the lowest pitch of the row. */
export function useComputerKeys(
  enabled: boolean,
  onPress: (pitch: number, velocity: number) => void,
  onRelease: (pitch: number) => void,
): number {
  const [rowLowest, setRowLowest] = useState(60);
  useEffect(() => {
    if (!enabled) return;
    const held = new Map<string, number>();
    const releaseAll = () => {
      for (const pitch of held.values()) onRelease(pitch);
      held.clear();
    };
    const down = (event: KeyboardEvent) => {
      if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof HTMLInputElement) return;
      const octave = OCTAVE_KEYS[event.code];
      if (octave) setRowLowest((lowest) => Math.min(HIGHEST, Math.max(LOWEST, lowest + octave)));
      const pitch = pitchOfKey(event.code, rowLowest);
      if (pitch === null || held.has(event.code)) return;
      event.preventDefault();
      held.set(event.code, pitch);
      onPress(pitch, VELOCITY);
    };
    const up = (event: KeyboardEvent) => {
      const pitch = held.get(event.code);
      if (pitch === undefined) return;
      held.delete(event.code);
      onRelease(pitch);
    };
    window.addEventListener('keydown', down);
    window.addEventListener('keyup', up);
    window.addEventListener('blur', releaseAll);
    return () => {
      releaseAll();
      window.removeEventListener('keydown', down);
      window.removeEventListener('keyup', up);
      window.removeEventListener('blur', releaseAll);
    };
  }, [enabled, onPress, onRelease, rowLowest]);
  return rowLowest;
}
