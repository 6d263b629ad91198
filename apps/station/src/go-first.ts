import { setPriority } from 'node:os';

const AHEAD_OF_OTHERS = -15;

/**
 * Lets the thread that calls it run before others as soon as it has something to do, where the system allows it (root, or the service's
 * `LimitNICE`). Linux alone keeps a priority for each thread; elsewhere it would be the whole program's, and nothing is changed.
 */
export function goFirst(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(AHEAD_OF_OTHERS);
  } catch {
    // not allowed: the music waits its turn
  }
}
