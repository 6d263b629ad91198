/**
 * One station in virtual time: a mode hears a scripted visitor, the real engine answers it, and a player plays the plans. Only what
 * the engine takes is real: an answer is there as long after its request as the engine took.
 */
import type { AppError } from '@antiphon/core/errors';
import { createRandom, type ModelRole } from '@antiphon/core/models';
import {
  beginMode,
  type Effect,
  type GeneratedStep,
  type ModeEvent,
  type ModeGenerationRequest,
} from '@antiphon/core/modes';
import type { KeyEvent, Note, VoicedNote } from '@antiphon/core/music';
import type { Engine, EngineSession } from '@antiphon/core/runtime';
import { advance, idleScheduler, takePlan } from '@antiphon/core/timing';

export interface BoothOptions {
  engine: Engine;
  mode: string;
  params: Record<string, unknown>;
  events: readonly KeyEvent[];
  seed: number;
}

export interface Request {
  atMs: number;
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

/** As sessions do: the first beat step by step, the rest a beat at a time. */
const STEPS_PER_BEAT = 4;
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
      if (effect.type === 'plan') duet.late += effect.notes.filter(({ onsetMs }) => onsetMs < nowMs).length;
      if (effect.type !== 'generate') continue;
      const role = effect.request.role ?? running.role;
      const request: Request = { atMs: nowMs, answeredMs: null, role, request: effect.request };
      duet.requests.push(request);
      for (const answered of await generate(effect, role))
        pending.push({ ...answered, atMs: nowMs + answered.tookMs, request });
    }
  }
  for (const session of engines.values()) session.close();
  return { ...duet, ...playPlans(duet.effects), visitor: notesOf(events) };

  /** What the mode is told, and how long after the request. Deadlines count from now: the engine knows no virtual time. */
  async function generate({ requestId, request }: Effect & { type: 'generate' }, role: ModelRole | null) {
    const told: { tookMs: number; event: ModeEvent & { requestId: number } }[] = [];
    const startMs = performance.now();
    const { role: _, silentSteps, stepMs, chords, bass, style, stepsPerBar, ...wanted } = request;
    let group: GeneratedStep[] = [];
    let fromStep = 0;
    const tell = (done: boolean) => {
      const event = { type: 'generated', requestId, fromStep, steps: group, done } as const;
      told.push({ tookMs: performance.now() - startMs, event });
      fromStep += group.length;
      group = [];
    };
    try {
      for await (const { logProbability: __, ...step } of sessionFor(role).generate({
        ...wanted,
        topK: null,
        topP: null,
        silentSteps: silentSteps ?? null,
        stepMs: stepMs ?? 0,
        deadlineMs: startMs + (stepMs ?? 0),
        condition: {
          chords: chords ?? [],
          bass: bass ?? [],
          style: style ?? null,
          stepsPerBar: stepsPerBar ?? 16,
        },
      })) {
        group.push(step);
        const size = fromStep < STEPS_PER_BEAT ? 1 : STEPS_PER_BEAT;
        if (group.length === size && fromStep + group.length < request.steps) tell(false);
      }
      tell(true);
    } catch (error) {
      const { code = 'generationFailed', message: reason } = error as AppError;
      told.push({
        tookMs: performance.now() - startMs,
        event: { type: 'generationFailed', requestId, code, reason },
      });
    }
    return told;
  }
}

/** What a station plays of the plans. */
function playPlans(effects: Duet['effects']): Pick<Duet, 'machine' | 'stuck'> {
  let scheduler = idleScheduler;
  let revision = 0;
  const machine: VoicedNote[] = [];
  const sounding = new Map<string, VoicedNote>();
  const play = (nowMs: number) => {
    let nextMs: number | null = nowMs;
    for (let atMs = playedMs; nextMs !== null && atMs <= nowMs; ) {
      const advanced = advance(scheduler, atMs);
      scheduler = advanced.state;
      for (const action of advanced.actions) {
        const key = `${action.voice} ${action.pitch}`;
        if (action.type === 'noteOn') {
          const note = {
            voice: action.voice,
            pitch: action.pitch,
            velocity: action.velocity,
            onsetMs: action.atMs,
            durationMs: 0,
          };
          machine.push(note);
          sounding.set(key, note);
        } else {
          const note = sounding.get(key);
          if (note) note.durationMs = action.atMs - note.onsetMs;
          sounding.delete(key);
        }
      }
      nextMs = advanced.nextMs;
      if (nextMs !== null) atMs = Math.max(atMs + 0.01, nextMs);
    }
    playedMs = nowMs;
  };
  let playedMs = 0;
  for (const { atMs, effect } of effects) {
    if (effect.type !== 'plan') continue;
    play(atMs);
    const { fromMs, notes } = effect;
    scheduler = takePlan(scheduler, { revision: ++revision, fromMs, commitUntilMs: atMs, notes });
  }
  play(Number.MAX_SAFE_INTEGER);
  return { machine, stuck: sounding.size };
}

function notesOf(events: readonly KeyEvent[]): Note[] {
  const notes: Note[] = [];
  for (const event of events) {
    if (event.type === 'noteOn')
      notes.push({ pitch: event.pitch, velocity: event.velocity, onsetMs: event.atMs, durationMs: 0 });
    if (event.type !== 'noteOff') continue;
    const note = notes.findLast(({ pitch, durationMs }) => pitch === event.pitch && durationMs === 0);
    if (note) note.durationMs = event.atMs - note.onsetMs;
  }
  return notes;
}
