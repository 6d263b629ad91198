'use client';
import { useEffect, useReducer, useRef, useState } from 'react';
import { Sampler } from '../sound/sampler';
import type { DuetNote } from './notes-of-duet';
import { Playback } from './playback';

interface Instruments {
  sampler: Sampler;
  playback: Playback;
  /** Asked for at the first play. */
  sounds: Promise<void> | null;
}

/** Plays a duet in this tab. The sounds are fetched at the first play, which is a gesture. */
export function usePlayback(notes: readonly DuetNote[], durationMs: number) {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const instruments = useRef<Instruments | null>(null);
  const [speed, setSpeed] = useState(1);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    const sampler = new Sampler();
    instruments.current = { sampler, playback: new Playback(sampler, redraw), sounds: null };
    return () => {
      instruments.current?.playback.pause();
      instruments.current = null;
      sampler.close();
    };
  }, []);
  useEffect(() => instruments.current?.playback.duet(notes, durationMs), [notes, durationMs]);

  const toggle = async () => {
    if (!instruments.current) return;
    const { sampler, playback } = instruments.current;
    if (playback.playing) return playback.pause();
    sampler.unlock();
    setProblem(null);
    try {
      instruments.current.sounds ??= sampler.load();
      await instruments.current.sounds;
      playback.play();
    } catch {
      if (instruments.current) instruments.current.sounds = null;
      setProblem('The sounds did not arrive. Try again.');
    }
  };
  return {
    playing: instruments.current?.playback.playing ?? false,
    positionMs: () => instruments.current?.playback.positionMs() ?? 0,
    speed,
    problem,
    toggle: () => void toggle(),
    seek: (ms: number) => instruments.current?.playback.seek(ms),
    setSpeed: (value: number) => {
      setSpeed(value);
      instruments.current?.playback.speed(value);
    },
  };
}
