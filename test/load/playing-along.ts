/** Stations whose visitors are accompanied: whether the plan for each 16th was there in time. */
import type { PhraseNote, SimulatedStation } from '../harness/simulated-station.js';

const BEAT_MS = 500;
const STEP_MS = BEAT_MS / 4;
/** The mode's own: it is silent for so long. */
const LISTEN_BEATS = 8;
/** StreamMUSE's C: 16ths a plan may run ahead before it is worth nothing. */
const MOST_BACKUP = 32;

export interface PlayedAlong {
  /** For every 16th from the entry on, (C - backup) / C. */
  worths: number[];
  /** From half a step before a 16th, when its plan is asked for, to the plan's arrival. */
  latenciesMs: number[];
  lateNotes: number;
}

/** A scale up and down, a note a beat. */
export function tune(bars: number): PhraseNote[] {
  const degrees = [0, 2, 4, 5, 7, 9, 11, 12, 11, 9, 7, 5, 4, 2];
  return Array.from({ length: 4 * bars }, (_, beat) => ({
    pitch: 60 + (degrees[beat % degrees.length] as number),
    onsetMs: beat * BEAT_MS,
    durationMs: 0.9 * BEAT_MS,
  }));
}

/** Plays the tune, and judges the plans that came while it was played. */
export async function playAlong(station: SimulatedStation, bars: number): Promise<PlayedAlong> {
  const { startMs } = await station.play(tune(bars));
  const untilMs = startMs + 4 * bars * BEAT_MS;
  const plans = station.plans.filter(({ plan, arrivedMs }) => plan.notes.length > 0 && arrivedMs < untilMs);
  const stepAt = (ms: number) => (ms - startMs) / STEP_MS;
  const made: number[] = [];
  for (const [i, { arrivedMs }] of plans.entries()) {
    const before = plans[i - 1];
    // One request at a time: the next one is made at the first half step after the answer to the one before.
    const asked = before ? Math.ceil(stepAt(before.arrivedMs) + 0.5) : Math.floor(stepAt(arrivedMs) + 0.5);
    made.push(Math.max(asked, (made.at(-1) ?? 0) + 1));
  }
  const endsMs = plans.map(({ plan }) =>
    Math.max(...plan.notes.map(({ onsetMs, durationMs }) => onsetMs + durationMs)),
  );
  const worths: number[] = [];
  for (let step = 4 * LISTEN_BEATS; step < 16 * bars; step++) {
    const nowMs = startMs + step * STEP_MS;
    const newest = plans.findLastIndex(({ arrivedMs }, i) => arrivedMs <= nowMs && (endsMs[i] ?? 0) > nowMs);
    const backup = newest < 0 ? MOST_BACKUP : Math.max(0, step - (made[newest] ?? 0));
    worths.push(Math.max(0, MOST_BACKUP - backup) / MOST_BACKUP);
  }
  return {
    worths,
    latenciesMs: plans.map(({ arrivedMs }, i) => (stepAt(arrivedMs) - (made[i] ?? 0) + 0.5) * STEP_MS),
    lateNotes: plans.flatMap(({ plan, arrivedMs }) => plan.notes.filter(({ onsetMs }) => onsetMs < arrivedMs))
      .length,
  };
}
