/**
 * Agreement on booth time. A station asks the server for its time again and again and believes the exchange that travelled
 * fastest, since the least delayed one is the least distorted (the minimum filter of NTP, RFC 5905 section 10).
 */

/** One exchange: station time at asking and at hearing the answer, and the booth time in it; all ms. */
export interface ClockExchange {
  sentMs: number;
  boothMs: number;
  receivedMs: number;
}

export interface ClockSample {
  offsetMs: number;
  roundTripMs: number;
  takenMs: number;
}

/** Clocks of two machines drift apart by some 50 ppm: after a minute an exchange is 3 ms worse than it was. */
const MAX_AGE_MS = 60_000;
const MAX_SAMPLES = 32;

export interface ClockEstimate {
  samples: ClockSample[];
  /** Booth time = station time + offset. Null until the first exchange. */
  offsetMs: number | null;
  /** Half of the best round trip: the offset cannot be wrong by more. */
  uncertaintyMs: number | null;
}

export const unknownClock: ClockEstimate = { samples: [], offsetMs: null, uncertaintyMs: null };

/** The estimate after one more exchange. An exchange that ends before it began is ignored. */
export function observeClock(estimate: ClockEstimate, exchange: ClockExchange): ClockEstimate {
  const roundTripMs = exchange.receivedMs - exchange.sentMs;
  if (roundTripMs < 0) return estimate;
  const sample = {
    offsetMs: exchange.boothMs - (exchange.sentMs + exchange.receivedMs) / 2,
    roundTripMs,
    takenMs: exchange.receivedMs,
  };
  const samples = [...estimate.samples, sample]
    .filter(({ takenMs }) => takenMs > exchange.receivedMs - MAX_AGE_MS)
    .slice(-MAX_SAMPLES);
  const best = samples.reduce((a, b) => (b.roundTripMs < a.roundTripMs ? b : a));
  return { samples, offsetMs: best.offsetMs, uncertaintyMs: best.roundTripMs / 2 };
}

/** When to ask: quickly at first, so that the first note is timed well, then seldom. */
export function clockIntervalMs(exchangesSoFar: number): number {
  return exchangesSoFar < 8 ? 100 : 2_000;
}
