/** From ticks to milliseconds through a file's tempo changes. */
import type { MidiHeader } from './chunks.js';

const DEFAULT_MICROSECONDS_PER_QUARTER = 500_000; // 120 bpm, where a file says nothing

export interface TempoChange {
  atTicks: number;
  microsecondsPerQuarter: number;
}

/** A tempo, and from when on. */
export interface TimedTempo {
  atMs: number;
  /** Quarter notes a minute. */
  tempoBpm: number;
}

export interface TempoMap {
  msAt(ticks: number): number;
  /** Of each stretch, the first from tick 0. */
  changes: TimedTempo[];
}

export function tempoMapOf(division: MidiHeader['division'], changes: TempoChange[]): TempoMap {
  if ('ticksPerSecond' in division) {
    const msAt = (ticks: number) => (ticks * 1000) / division.ticksPerSecond;
    return { msAt, changes: [{ atMs: 0, tempoBpm: 120 }] };
  }
  const stretches = [{ atTicks: 0, atMs: 0, msPerTick: msPerTick(DEFAULT_MICROSECONDS_PER_QUARTER) }];
  function msPerTick(microsecondsPerQuarter: number): number {
    return microsecondsPerQuarter / 1000 / (division as { ticksPerQuarter: number }).ticksPerQuarter;
  }
  for (const change of [...changes].sort((a, b) => a.atTicks - b.atTicks)) {
    const last = stretches[stretches.length - 1] as (typeof stretches)[number];
    const next = {
      atTicks: change.atTicks,
      atMs: last.atMs + (change.atTicks - last.atTicks) * last.msPerTick,
      msPerTick: msPerTick(change.microsecondsPerQuarter),
    };
    if (change.atTicks === last.atTicks) stretches.pop();
    stretches.push(next);
  }
  const stretchAt = (ticks: number) => {
    let low = 0;
    let high = stretches.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((stretches[middle] as (typeof stretches)[number]).atTicks <= ticks) low = middle;
      else high = middle - 1;
    }
    return stretches[low] as (typeof stretches)[number];
  };
  return {
    msAt(ticks) {
      const stretch = stretchAt(ticks);
      return stretch.atMs + (ticks - stretch.atTicks) * stretch.msPerTick;
    },
    changes: stretches.map(({ atMs, msPerTick: rate }) => ({
      atMs,
      tempoBpm: 60_000 / (rate * division.ticksPerQuarter),
    })),
  };
}
