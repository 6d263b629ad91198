/** Times as people say them. */
export function dayAndTime(iso: string): string {
  return new Date(iso).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
}

export function timeOfDay(iso: string): string {
  return new Date(iso).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** How long ago; what is longer ago than an hour, as a time. Clocks of two machines may differ: the future is now. */
export function ago(iso: string, nowMs: number): string {
  const elapsedMs = nowMs - Date.parse(iso);
  if (elapsedMs < 2 * SECOND_MS) return 'now';
  if (elapsedMs < MINUTE_MS) return `${Math.floor(elapsedMs / SECOND_MS)} s ago`;
  if (elapsedMs < HOUR_MS) return `${Math.floor(elapsedMs / MINUTE_MS)} min ago`;
  return elapsedMs < 12 * HOUR_MS ? timeOfDay(iso) : dayAndTime(iso);
}
