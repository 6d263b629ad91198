'use client';
import { useEffect, useState } from 'react';

/** The whole page without the browser around it. Not every phone can. */
export function useFullScreen(): { possible: boolean; on: boolean; toggle: () => void } {
  const [state, setState] = useState({ possible: false, on: false });
  useEffect(() => {
    const look = () =>
      setState({ possible: document.fullscreenEnabled, on: document.fullscreenElement !== null });
    look();
    document.addEventListener('fullscreenchange', look);
    return () => document.removeEventListener('fullscreenchange', look);
  }, []);
  const toggle = () => {
    const done = state.on ? document.exitFullscreen() : document.documentElement.requestFullscreen();
    done.catch(() => {}); // refused by the browser: everything stays as it is
  };
  return { ...state, toggle };
}
