/**
 * One station in virtual time: a mode hears a scripted visitor, the real engine answers it, and a player plays the plans. Only what
 * the engine takes is real: an answer is there as long after its request as the engine took.
 */
import type { AppError } from '@antiphon/core/errors';
import { createRandom, type ModelRole } from '@antiphon/core/models';
import { beginMode, type Effect, type ModeEvent, type ModeGenerationRequest } from '@antiphon/core/modes';
import { type KeyEvent, type Note, notesOfKeyEvents, type VoicedNote } from '@antiphon/core/music';
import type { Engine, EngineSession } from '@antiphon/core/runtime';
import { VirtualPlayer } from '@antiphon/core/timing';
import { portionsOf } from '../../apps/server/src/sessions/portions.js';

export interface BoothOptions {
  engine: Engine;
  mode: string;
  params: Record<string, unknown>;
  events: readonly KeyEvent[];
  seed: number;
}

export interface Request {
  atMs: number;
  /** When the first notes that came of it were planned; null where none were. */
  respondedMs: number | null;
  /** When its last step was there; null where it failed or was called off. */
  answeredMs: number | null;
  role: ModelRole | null;
  request: ModeGenerationRequest;
}

export interface Duet {
  visitor: Note[];
  machine: VoicedNote[];
  effects: { atMs: number; effect: Effect }[];
  requests: Request[];
  /** Notes that were planned for a time already past. */
  late: number;
  /** Presses that were never released. */
  stuck: number;
}

/** The duet is over when nothing is left to happen for so long after the visitor's last key. */
const AFTERGLOW_MS = 30_000;

/** Plays the whole duet. A model that is missing fails the requests that ask for it. */
export async function playDuet({ engine, mode, params, events, seed }: BoothOptions): Promise<Duet> {
  const random = createRandom(seed);
  const running = beginMode(mode, params);
  const engines = new Map<string, EngineSession>();
  const sessionFor = (role: ModelRole | null): EngineSession => {
    const playing = engine.models().filter((model) => model.role === (role ?? 'melody'));
    const model = playing.find(({ id }) => id === role) ?? playing[0];
    if (!model) throw new Error(`there is no model for ${role}`);
    const opened = engines.get(model.id) ?? engine.open({ model: model.id, seed });
    engines.set(model.id, opened);
    return opened;
  };
  const duet: Omit<Duet, 'machine' | 'stuck' | 'visitor'> = { effects: [], requests: [], late: 0 };
  const keys = [...events];
  const endMs = (events.at(-1)?.atMs ?? 0) + AFTERGLOW_MS;
  let wakeMs: number | null = null;
  let pending: { atMs: number; event: ModeEvent & { requestId: number }; request: Request }[] = [];

  while (true) {
    const times = [keys[0]?.atMs, wakeMs, ...pending.map(({ atMs }) => atMs)].filter((time) => time != null);
    const nowMs = Math.min(...times);
    if (times.length === 0 || nowMs > endMs) break;
    const answer = pending.find(({ atMs }) => atMs === nowMs);
    let event: ModeEvent = { type: 'wake', atMs: nowMs };
    if (keys[0]?.atMs === nowMs) event = keys.shift() as KeyEvent;
    else if (answer) {
      event = answer.event;
      if (event.type === 'generated' && event.done) answer.request.answeredMs = nowMs;
      pending = pending.filter((other) => other !== answer);
    } else wakeMs = null;
    for (const effect of running.step(event, { nowMs, random: random.next })) {
      duet.effects.push({ atMs: nowMs, effect });
      if (effect.type === 'wake') wakeMs = Math.max(effect.atMs, nowMs);
      if (effect.type === 'cancel')
        pending = pending.filter(({ event: { requestId } }) => requestId !== effect.requestId);
      if (effect.type === 'plan') {
        duet.late += effect.notes.filter(({ onsetMs }) => onsetMs < nowMs).length;
        if (answer && event === answer.event && effect.notes.length > 0) answer.request.respondedMs ??= nowMs;
      }
      if (effect.type !== 'generate') continue;
      const role = effect.request.role ?? running.role;
      const request: Request = {
        atMs: nowMs,
        respondedMs: null,
        answeredMs: null,
        role,
        request: effect.request,
      };
      duet.requests.push(request);
      for (const answered of await generate(effect, role))
        pending.push({ ...answered, atMs: nowMs + answered.tookMs, request });
    }
  }
  for (const session of engines.values()) session.close();
  return { ...duet, ...playPlans(duet.effects), visitor: notesOfKeyEvents(events, endMs) };

  /** What the mode is told, and how long after the request. Deadlines count from now: the engine knows no virtual time. */
  async function generate({ requestId, request }: Effect & { type: 'generate' }, role: ModelRole | null) {
    const told: { tookMs: number; event: ModeEvent & { requestId: number } }[] = [];
    const startMs = performance.now();
    const tell = (event: ModeEvent & { requestId: number }) =>
      told.push({ tookMs: performance.now() - startMs, event });
    try {
      const inTime = { ...request, deadlineMs: startMs + (request.stepMs ?? 0) };
      for await (const portion of portionsOf(sessionFor(role), inTime, new AbortController().signal))
        tell({ type: 'generated', requestId, ...portion });
    } catch (error) {
      const { code = 'generationFailed', message: reason } = error as AppError;
      tell({ type: 'generationFailed', requestId, code, reason });
    }
    return told;
  }
}

/** What a station plays of the plans. */
function playPlans(effects: Duet['effects']): Pick<Duet, 'machine' | 'stuck'> {
  const player = new VirtualPlayer();
  let revision = 0;
  for (const { atMs, effect } of effects) {
    if (effect.type !== 'plan') continue;
    const { fromMs, notes } = effect;
    player.plan({ revision: ++revision, fromMs, commitUntilMs: atMs, notes });
  }
  const machine: VoicedNote[] = [];
  const sounding = new Map<string, VoicedNote>();
  for (const action of player.finish()) {
    const { voice, pitch, atMs } = action;
    const key = `${voice} ${pitch}`;
    if (action.type === 'noteOn') {
      const note = { voice, pitch, velocity: action.velocity, onsetMs: atMs, durationMs: 0 };
      machine.push(note);
      sounding.set(key, note);
      continue;
    }
    const note = sounding.get(key);
    if (note) note.durationMs = atMs - note.onsetMs;
    sounding.delete(key);
  }
  return { machine, stuck: sounding.size };
}
