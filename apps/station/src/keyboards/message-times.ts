/**
 * When MIDI messages really came. They wait while the program is busy, but each carries the time since the one before it, measured by
 * the driver; counting on from a message that came promptly gives the others their own times.
 */
export interface MessageTimes {
  lastMs: number;
}

/** After so long a pause the next message's arrival is believed: the two clocks have drifted. */
const RESYNC_SECONDS = 1;

/**
 * Times are ms of the machine's clock; `deltaSeconds` is what the driver says. A message is never later than its
 * arrival, and never before the one that it follows: clocks may go back by a little.
 */
export function timeOfMessage(
  times: MessageTimes | null,
  deltaSeconds: number,
  arrivalMs: number,
): MessageTimes {
  if (!times || deltaSeconds > RESYNC_SECONDS) return { lastMs: arrivalMs };
  const { lastMs } = times;
  return { lastMs: Math.max(lastMs, Math.min(arrivalMs, lastMs + deltaSeconds * 1000)) };
}
