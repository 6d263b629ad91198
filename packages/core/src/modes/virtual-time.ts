/** Modes played in virtual time, for tests: what happens goes in, and the effects that come of it out. */
import { AppError } from '../app-error.js';
import type { MelodyEvent, VoicedNote } from '../music/index.js';
import { createRandom } from '../random.js';
import { type PlayerAction, VirtualPlayer } from '../timing/index.js';
import type { Action } from './action.js';
import type { Effect, GeneratedStep, ModeEvent, ModeGenerationRequest } from './mode.js';
import { type RunningMode, resumeMode } from './run.js';

export type TimedEvent = ModeEvent & { atMs: number };

export interface Scene {
  effects: { atMs: number; effect: Effect }[];
}

export interface Performance {
  seed: number;
  /** How long a model takes for an answer. */
  generationMs: number;
  untilMs: number;
  /** Stop and resume the mode between any two events. */
  revive?: boolean;
  /** What a model says; an error is a failure to say anything. A random walk where it is left out. */
  model?: (request: ModeGenerationRequest, requestId: number) => (MelodyEvent | GeneratedStep)[] | Error;
}

const CHORDS = ['C', 'Am', 'F', 'G7', 'N.C.'];

/** Plays `events` and performs the mode's wakes and generations. */
export function perform(mode: () => RunningMode, events: TimedEvent[], options: Performance): Scene {
  const random = createRandom(options.seed);
  const scene: Scene = { effects: [] };
  let running = mode();
  let wakeMs: number | null = null;
  let pending: { atMs: number; event: ModeEvent & { requestId: number } }[] = [];
  const played = [...events];
  const wanderer = (request: ModeGenerationRequest) =>
    (request.role ?? running.role) === 'accompaniment'
      ? accompany(request, random.next)
      : wander(request.steps, request.allowedPitches, random.next);
  const model = options.model ?? wanderer;
  while (true) {
    const times = [played[0]?.atMs, wakeMs, ...pending.map(({ atMs }) => atMs)].filter(
      (time) => time !== null && time !== undefined,
    );
    const nowMs = Math.min(...times);
    if (times.length === 0 || nowMs > options.untilMs) return scene;
    const generated = pending.find(({ atMs }) => atMs === nowMs);
    let event: ModeEvent;
    if (played[0]?.atMs === nowMs) event = played.shift() as ModeEvent;
    else if (generated) {
      event = generated.event;
      pending = pending.filter((other) => other !== generated);
    } else {
      event = { type: 'wake', atMs: nowMs };
      wakeMs = null;
    }
    if (options.revive) running = resumeMode(running.id, JSON.parse(JSON.stringify(running.state)));
    for (const effect of running.step(event, { nowMs, random: random.next })) {
      scene.effects.push({ atMs: nowMs, effect });
      if (effect.type === 'wake') wakeMs = Math.max(effect.atMs, nowMs);
      if (effect.type === 'cancel')
        pending = pending.filter(({ event: { requestId } }) => requestId !== effect.requestId);
      if (effect.type === 'generate') pending.push(...generate(effect, nowMs));
    }
  }

  function* generate({ requestId, request }: Effect & { type: 'generate' }, nowMs: number) {
    const said = model(request, requestId);
    if (said instanceof Error) {
      const { message: reason } = said;
      const code = said instanceof AppError ? said.code : 'runnerFailed';
      const event = { type: 'generationFailed', requestId, code, reason } as const;
      yield { atMs: nowMs + options.generationMs, event };
      return;
    }
    for (let from = 0; from < said.length; from += 8)
      yield {
        atMs: nowMs + (options.generationMs * (from + 8)) / said.length,
        event: {
          type: 'generated' as const,
          requestId,
          fromStep: from,
          steps: said
            .slice(from, from + 8)
            .map((step) => (typeof step === 'number' ? { event: step } : step)),
          done: from + 8 >= said.length,
        },
      };
  }
}

function wander(steps: number, allowed: number[] | null, next: () => number): MelodyEvent[] {
  return Array.from({ length: steps }, () => {
    const coin = next();
    if (coin < 0.5) return -2;
    return coin < 0.6 ? -1 : (allowed?.[Math.floor(next() * allowed.length)] ?? 60);
  });
}

/** Random chords and bass past those that are given. */
export function accompany(
  { prompt, steps, chords = [], bass = [] }: ModeGenerationRequest,
  next: () => number,
): GeneratedStep[] {
  return Array.from({ length: steps }, (_, i) => ({
    event: -2,
    chord: chords[prompt.length + i] ?? (CHORDS[Math.floor(next() * CHORDS.length)] as string),
    bass: bass[prompt.length + i] ?? (next() < 0.7 ? -2 : 36 + Math.floor(next() * 12)),
  }));
}

/** A visitor who plays in bursts, sometimes chords, sometimes keys held for long, sometimes into the machine's turn. */
export function visitor(seed: number, untilMs: number): TimedEvent[] {
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

/** Somebody who presses controls at random, every few seconds. */
export function meddler(seed: number, actions: readonly Action[], untilMs: number): TimedEvent[] {
  const random = createRandom(seed);
  const events: TimedEvent[] = [];
  for (let atMs = 2000; actions.length > 0 && atMs < untilMs; atMs += 100 + random.next() * 5000)
    events.push({
      type: 'action',
      action: actions[Math.floor(random.next() * actions.length)] as Action,
      atMs,
    });
  return events;
}

export const inOrder = (...parts: TimedEvent[][]): TimedEvent[] =>
  parts.flat().sort((a, b) => a.atMs - b.atMs);

export const key = (pitch: number, onMs: number, offMs: number, velocity = 100): TimedEvent[] => [
  { type: 'noteOn', pitch, velocity, atMs: onMs },
  { type: 'noteOff', pitch, atMs: offMs },
];

export const notesOf = ({ effects }: Scene): VoicedNote[] =>
  effects.flatMap(({ effect }) => (effect.type === 'plan' ? effect.notes : []));

/** What is pressed and released until then when a station plays the scene's plans. */
export function heard({ effects }: Scene, untilMs: number): PlayerAction[] {
  const player = new VirtualPlayer();
  let revision = 0;
  for (const { atMs, effect } of effects) {
    if (effect.type !== 'plan') continue;
    const { fromMs, notes } = effect;
    player.plan({ revision: ++revision, fromMs, commitUntilMs: atMs, notes });
  }
  return player.finish().filter(({ atMs }) => atMs < untilMs);
}
