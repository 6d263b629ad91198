/** When a visitor has gone. */
import type { ActiveSession } from './station.js';

/** Whatever else a machine does, it does it no longer than this for nobody. */
const UNATTENDED_MS = 600_000;

/** What the machine was asked for is played to its end first, where it has one. */
export function isIdle(
  {
    session,
    lastHeardMs,
    attendedMs,
  }: Pick<ActiveSession, 'lastHeardMs' | 'attendedMs'> & {
    session: Pick<ActiveSession['session'], 'turn' | 'plannedUntilMs' | 'isEndless'>;
  },
  { nowMs, idleMs }: { nowMs: number; idleMs: number },
): boolean {
  const unattendedMs = nowMs - attendedMs;
  if (session.isEndless) return unattendedMs > idleMs;
  const isOver = session.turn === 'visitor' && nowMs > session.plannedUntilMs;
  return (isOver && nowMs - lastHeardMs > idleMs) || unattendedMs > UNATTENDED_MS;
}
