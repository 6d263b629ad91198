/**
 * Which time of the audio clock belongs to a `performance.now()`. The audio clock moves in steps, as its buffers are filled, so a single
 * reading lags by up to one of them; the least lagging reading of the last second is believed.
 */
export interface AudioClock {
  readings: AudioReading[];
  /** Audio time in ms minus `performance.now()`. Null until the first reading. */
  offsetMs: number | null;
}

interface AudioReading {
  offsetMs: number;
  takenMs: number;
}

const MEMORY_MS = 1_000;

export const unreadAudioClock: AudioClock = { readings: [], offsetMs: null };

export function readAudioClock(
  clock: AudioClock,
  reading: { audioSeconds: number; performanceMs: number },
): AudioClock {
  const offsetMs = reading.audioSeconds * 1000 - reading.performanceMs;
  const readings = [
    ...clock.readings.filter(({ takenMs }) => takenMs > reading.performanceMs - MEMORY_MS),
    { offsetMs, takenMs: reading.performanceMs },
  ];
  return { readings, offsetMs: Math.max(...readings.map((one) => one.offsetMs)) };
}
