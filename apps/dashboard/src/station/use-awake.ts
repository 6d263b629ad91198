'use client';
import { useEffect } from 'react';

/** Keeps the screen from going dark while somebody may play, where the browser can (only with https or on the booth's own machine). */
export function useAwake(): void {
  useEffect(() => {
    let lock: WakeLockSentinel | null = null;
    const stayAwake = () => {
      if (!document.hidden)
        navigator.wakeLock?.request('screen').then(
          (held) => {
            lock = held;
          },
          () => {}, // such as a battery that is low
        );
    };
    stayAwake();
    document.addEventListener('visibilitychange', stayAwake);
    return () => {
      document.removeEventListener('visibilitychange', stayAwake);
      void lock?.release().catch(() => {});
    };
  }, []);
}
