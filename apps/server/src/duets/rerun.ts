/** A recorded session once more, from its log: with what was said then, or with what another model says now. */
import { setImmediate } from 'node:timers/promises';
import { AppError } from '@antiphon/core/errors';
import type { ModelRole } from '@antiphon/core/models';
import {
  Course,
  type CourseEffect,
  type CourseEvent,
  type ModeGenerationRequest,
} from '@antiphon/core/modes';
import type { PlayedEvent } from '@antiphon/core/music';
import type { EngineSession } from '@antiphon/core/runtime';
import { VirtualPlayer } from '@antiphon/core/timing';
import type { LogEntry } from '@antiphon/protocol';
import { portionsOf } from '../sessions/portions.js';
import type { KeptBeat } from './tempos.js';

/** How long a step takes in a session that is run again, so that it is the same every time. */
const STEP_MS = 2;
/** When nobody waits for an answer: all that live sessions want comes first. */
const NEVER_MS = Number.MAX_SAFE_INTEGER;
/** Live sessions come in between: so many are heard in a millisecond or two. */
const ENTRIES_AT_ONCE = 50;

/** In booth time. */
export interface Recorded {
  seed: number;
  entries: LogEntry[];
}

export interface Models {
  /** The one that is asked in a role, while `assigned` plays with the mode's own. Throws AppError `unknownModel` or `noModel`. */
  open(role: ModelRole | null, assigned: { model: string; role: ModelRole | null }): EngineSession;
}

/** Hears every entry as it was heard then. Answers the beats that were kept, too. Throws AppError `noLog`. */
export async function runAgain(recorded: Recorded): Promise<{ events: PlayedEvent[]; beats: KeptBeat[] }> {
  const replay = new Replay(recorded);
  for (const [i, { heardMs, ...event }] of recorded.entries.entries()) {
    if (i % ENTRIES_AT_ONCE === 0) await setImmediate();
    if (i > 0 && event.type !== 'asked') replay.hear(event, heardMs);
  }
  return { events: replay.events(), beats: replay.beats };
}

/** Hears again what came from outside, and asks the models anew. Answers the log of it, too. Throws AppError `noLog`. */
export async function runWith(
  models: Models,
  recorded: Recorded,
): Promise<{ events: PlayedEvent[]; entries: LogEntry[] }> {
  const replay = new Replay(recorded);
  const outside = recorded.entries.slice(1).filter(isFromOutside);
  const endMs = recorded.entries.at(-1)?.heardMs ?? 0;
  let wakeMs: number | null = null;
  let answers: { heardMs: number; event: CourseEvent & { requestId: number } }[] = [];

  const answer = async (requestId: number, request: ModeGenerationRequest, nowMs: number) => {
    const { assigned, role } = replay.course;
    let heardMs = nowMs;
    try {
      const model = models.open(request.role ?? role, { model: assigned.model, role });
      replay.entries.push({ type: 'asked', requestId, model: model.model, heardMs: nowMs });
      const patient = { ...request, deadlineMs: NEVER_MS, stepMs: 0 };
      for await (const portion of portionsOf(model, patient, new AbortController().signal)) {
        heardMs += portion.steps.length * STEP_MS;
        answers.push({ heardMs, event: { type: 'generated', requestId, ...portion } });
      }
    } catch (error) {
      const { code = 'generationFailed', message: reason } = error as AppError;
      if (code === 'unknownModel') throw error;
      answers.push({ heardMs, event: { type: 'generationFailed', requestId, code, reason } });
    }
  };

  const perform = async (effect: CourseEffect, nowMs: number) => {
    if (effect.type === 'wake') wakeMs = Math.max(effect.atMs, nowMs);
    if (effect.type === 'generate') await answer(effect.requestId, effect.request, nowMs);
    if (effect.type === 'cancel')
      answers = answers.filter(({ event }) => event.requestId !== effect.requestId);
    if (effect.type !== 'forget') return;
    wakeMs = null;
    answers = [];
  };

  const next = (): { event: CourseEvent; heardMs: number } | null => {
    const [given] = outside;
    const [said] = answers.sort((a, b) => a.heardMs - b.heardMs);
    const heardMs = Math.min(given?.heardMs ?? Infinity, said?.heardMs ?? Infinity, wakeMs ?? Infinity);
    if (heardMs > endMs) return null;
    if (given?.heardMs === heardMs) {
      outside.shift();
      const { heardMs: _, ...event } = given;
      return { event, heardMs };
    }
    if (said?.heardMs === heardMs) return answers.shift() ?? null;
    wakeMs = null;
    return { event: { type: 'wake', atMs: heardMs }, heardMs };
  };

  let heard = 0;
  for (let now = next(); now; now = next()) {
    if (heard++ % ENTRIES_AT_ONCE === 0) await setImmediate();
    for (const effect of replay.hear(now.event, now.heardMs)) await perform(effect, now.heardMs);
  }
  return { events: replay.events(), entries: replay.entries };
}

type FromOutside = Exclude<LogEntry, { type: 'asked' | 'generated' | 'generationFailed' | 'wake' }>;

function isFromOutside(entry: LogEntry): entry is FromOutside {
  const { type } = entry;
  return type !== 'asked' && type !== 'generated' && type !== 'generationFailed' && type !== 'wake';
}

/** Where a session is run again: keeps what its modes hear, and what a station is told of it. */
class Replay {
  readonly course: Course;
  readonly entries: LogEntry[];
  readonly beats: KeptBeat[] = [];
  readonly #player = new VirtualPlayer();
  #revision = 0;

  constructor({ seed, entries: [first] }: Recorded) {
    if (first?.type !== 'assigned')
      throw new AppError('noLog', 'nothing says what happened in this duet besides its notes: it has no log');
    this.course = new Course(seed, first);
    this.entries = [first];
  }

  hear(event: CourseEvent, heardMs: number): CourseEffect[] {
    this.entries.push({ ...event, heardMs });
    if (event.type === 'panic') this.#player.panic(heardMs);
    const effects = this.course.hear(event, heardMs);
    for (const effect of effects) {
      if (effect.type === 'beat') this.beats.push({ atMs: heardMs, pulse: effect.pulse });
      if (effect.type !== 'plan') continue;
      const { fromMs, notes } = effect;
      this.#player.plan({ revision: ++this.#revision, fromMs, commitUntilMs: heardMs, notes });
    }
    return effects;
  }

  /** What sounds, of both players. */
  events(): PlayedEvent[] {
    const visitor = this.entries.flatMap((entry): PlayedEvent[] => {
      if (entry.type !== 'noteOn' && entry.type !== 'noteOff' && entry.type !== 'control') return [];
      const { heardMs: _, ...event } = entry;
      return [{ ...event, player: 'visitor', voice: 'melody' }];
    });
    const machine = this.#player
      .finish()
      .filter(({ voice }) => voice !== 'click')
      .map((action): PlayedEvent => ({ ...action, player: 'machine' }));
    return [...visitor, ...machine].sort((a, b) => a.atMs - b.atMs);
  }
}
