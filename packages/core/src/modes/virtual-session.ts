/** A session in virtual time, for tests: a mode, scripted keys, and a model that answers as it is told to. */
import { createRandom } from '../random.js';
import type { Effect, GeneratedStep, ModeEvent, ModeGenerationRequest } from './mode.js';
import { type RunningMode, resumeMode } from './run.js';

export type TimedEvent = ModeEvent & { atMs: number };

export interface Scene {
  effects: { atMs: number; effect: Effect }[];
}

/** The steps that a model answers; `random` is uniform in [0, 1). */
export type ScriptedModel = (request: ModeGenerationRequest, random: () => number) => GeneratedStep[];

export interface Performance {
  seed: number;
  /** From the request to its last step; the steps come evenly. */
  generationMs: number;
  untilMs: number;
  /** Stop and resume the mode from JSON before every event. */
  revive?: boolean;
  model?: ScriptedModel;
}

const CHORDS = ['C', 'Am', 'F', 'G7', 'N.C.'];
const STEPS_A_TIME = 8;

export const randomModel: ScriptedModel = (
  { steps, allowedPitches, chords = [], bass = [], prompt },
  random,
) =>
  Array.from({ length: steps }, (_, i) => {
    const coin = random();
    const pitch = allowedPitches?.[Math.floor(random() * allowedPitches.length)] ?? 60;
    return {
      event: coin < 0.5 ? -2 : coin < 0.6 ? -1 : pitch,
      chord: chords[prompt.length + i] ?? (CHORDS[Math.floor(random() * CHORDS.length)] as string),
      bass: bass[prompt.length + i] ?? (random() < 0.7 ? -2 : 36 + Math.floor(random() * 12)),
    };
  });

/** Plays `events` and performs the mode's wakes and generations. */
export function perform(mode: () => RunningMode, events: TimedEvent[], performance: Performance): Scene {
  const { model = randomModel, generationMs } = performance;
  const random = createRandom(performance.seed);
  const scene: Scene = { effects: [] };
  let running = mode();
  let wakeMs: number | null = null;
  let pending: { atMs: number; event: ModeEvent & { type: 'generated' } }[] = [];
  const keys = [...events];
  while (true) {
    const times = [keys[0]?.atMs, wakeMs, ...pending.map(({ atMs }) => atMs)].filter(
      (time) => time !== null && time !== undefined,
    );
    const nowMs = Math.min(...times);
    if (times.length === 0 || nowMs > performance.untilMs) return scene;
    const generated = pending.find(({ atMs }) => atMs === nowMs);
    let event: ModeEvent;
    if (keys[0]?.atMs === nowMs) event = keys.shift() as ModeEvent;
    else if (generated) {
      event = generated.event;
      pending = pending.filter((other) => other !== generated);
    } else {
      event = { type: 'wake', atMs: nowMs };
      wakeMs = null;
    }
    if (performance.revive) running = resumeMode(running.id, JSON.parse(JSON.stringify(running.state)));
    for (const effect of running.step(event, { nowMs, random: random.next })) {
      scene.effects.push({ atMs: nowMs, effect });
      if (effect.type === 'wake') wakeMs = Math.max(effect.atMs, nowMs);
      if (effect.type === 'cancel')
        pending = pending.filter(({ event: { requestId } }) => requestId !== effect.requestId);
      if (effect.type !== 'generate') continue;
      const { requestId, request } = effect;
      const answer = model(request, random.next);
      for (let from = 0; from < request.steps; from += STEPS_A_TIME)
        pending.push({
          atMs: nowMs + (generationMs * Math.min(from + STEPS_A_TIME, request.steps)) / request.steps,
          event: {
            type: 'generated',
            requestId,
            fromStep: from,
            steps: answer.slice(from, from + STEPS_A_TIME),
            done: from + STEPS_A_TIME >= request.steps,
          },
        });
    }
  }
}

/** A visitor who plays in bursts, sometimes chords, sometimes keys held for long, sometimes into the machine's turn. */
export function randomVisitor(seed: number, untilMs: number): TimedEvent[] {
  const random = createRandom(seed);
  const events: TimedEvent[] = [];
  let atMs = random.next() * 500;
  while (atMs < untilMs) {
    const pitch = 30 + Math.floor(random.next() * 70);
    const heldMs = 30 + random.next() * (random.next() < 0.1 ? 4000 : 400);
    events.push({ type: 'noteOn', pitch, velocity: 1 + Math.floor(random.next() * 127), atMs });
    events.push({ type: 'noteOff', pitch, atMs: atMs + heldMs });
    atMs +=
      random.next() < 0.15 ? 1000 + random.next() * 5000 : random.next() < 0.2 ? 0 : 60 + random.next() * 600;
  }
  return events.sort((a, b) => a.atMs - b.atMs);
}

/** One key pressed and released. */
export function keyStroke(pitch: number, onMs: number, offMs: number, velocity = 100): TimedEvent[] {
  return [
    { type: 'noteOn', pitch, velocity, atMs: onMs },
    { type: 'noteOff', pitch, atMs: offMs },
  ];
}
