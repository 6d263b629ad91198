/** One request under way in a batcher, and what its session remembers. */
import type { MelodyEncoding } from '../models/encoding.js';
import { HOLD, type MelodyEvent, OFF } from '../music/melody.js';
import { createRandom, type RandomStream } from '../random.js';
import type { Generation } from './batcher-messages.js';
import type { GenerationRequest } from './engine.js';

/** What a session's state in the runner has seen. */
export interface SessionMemory {
  slot: number;
  heard: MelodyEvent[];
  /** After the last event of `heard`. */
  logits: Float32Array | null;
  /** The job that brought the session to where it is: what was heard need not be compared with its history again. */
  primedBy: Job | null;
}

export interface Job {
  id: number;
  session: SessionMemory;
  request: GenerationRequest;
  random: RandomStream;
  /** Prompt and what was generated. */
  history: MelodyEvent[];
  generated: number;
  readySinceMs: number;
}

export function newJob(
  { job: id, generation }: { job: number; generation: Generation },
  session: SessionMemory,
  nowMs: number,
): Job {
  const { request, randomPlace, generated } = generation;
  const random = createRandom(randomPlace);
  for (const _ of generated) random.next();
  const prompt = request.prompt.length > 0 ? request.prompt : [HOLD];
  return {
    id,
    session,
    request,
    random,
    history: [...prompt, ...generated],
    generated: generated.length,
    readySinceMs: nowMs,
  };
}

/** When the job's next event is wanted. */
export function dueMs({ request, generated }: Job): number {
  return request.deadlineMs + generated * request.stepMs;
}

/** At most `most` of the events that the job's session has not heard yet; null where it has heard something else. */
export function unheard(job: Job, most: number): MelodyEvent[] | null {
  const { heard, primedBy } = job.session;
  const goesOn =
    primedBy === job ||
    (heard.length <= job.history.length && heard.every((event, i) => event === job.history[i]));
  if (!goesOn) return null;
  job.session.primedBy = job;
  return job.history.slice(heard.length, heard.length + most);
}

/** The class after which nothing sounds. */
export function silenceClass(encoding: MelodyEncoding, history: readonly MelodyEvent[]): number {
  let last = history.length - 1;
  while (last >= 0 && history[last] === HOLD) last--;
  const isSounding = last >= 0 && history[last] !== OFF;
  return encoding.classOf(isSounding ? OFF : HOLD, history);
}
