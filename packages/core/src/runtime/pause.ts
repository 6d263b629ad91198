import { setTimeout as sleep } from 'node:timers/promises';

const LONGEST_PAUSE_MS = 60_000;

/** Before what has failed is tried again: none for the first time, then `pauseMs`, and twice as long each further time. Ends early when `signal` is aborted. */
export async function pauseBefore(
  times: number,
  { pauseMs, signal }: { pauseMs: number; signal: AbortSignal },
): Promise<void> {
  if (times <= 0) return;
  const ms = Math.min(LONGEST_PAUSE_MS, pauseMs * 2 ** (times - 1));
  await sleep(ms, undefined, { ref: false, signal }).catch(() => {});
}
