/** One request under way in a batcher, and what its session remembers. */
import { type Condition, type MelodyEncoding, NO_CONDITION, sameUntil } from '../models/encoding.js';
import type { Model } from '../models/model.js';
import { type Transposition, transpositionFor } from '../models/transposition.js';
import { type ChordSymbol, NO_CHORD } from '../music/chord.js';
import { HOLD, type MelodyEvent, OFF, soundingAfter } from '../music/melody.js';
import { createRandom, type RandomStream } from '../random.js';
import type { Generation } from './batcher-messages.js';
import type { GenerationRequest } from './engine.js';

/** What a state in the runner has seen, as the model hears it. */
export interface Heard {
  events: MelodyEvent[];
  condition: Condition;
  /** After the last event, one array a head, its own. */
  logits: Float32Array[] | null;
}

export interface SessionMemory {
  slot: number;
  heard: Heard;
  /** As it was at the end of the last prompt, kept in a slot of its own: the next prompt may go on from there. */
  atPrompt: { slot: number; heard: Heard } | null;
  /** The job that brought the session to where it is: what was heard need not be compared with its history again. */
  primedBy: Job | null;
}

export interface Job {
  id: number;
  session: SessionMemory;
  request: GenerationRequest;
  transposition: Transposition;
  random: RandomStream;
  /** Prompt and what was generated, as the model hears it. */
  history: MelodyEvent[];
  /** Chords and bass likewise: what the request gives and, where the model accompanies, what was generated. */
  condition: Condition & { chords: ChordSymbol[]; bass: MelodyEvent[] };
  /** Whether the chord of a step is heard with the event before it. */
  hearsChordsAhead: boolean;
  promptSteps: number;
  generated: number;
  /** When it was asked; null once it is begun. */
  askedMs: number | null;
  readySinceMs: number;
}

export function nothingHeard(): Heard {
  return { events: [], condition: NO_CONDITION, logits: null };
}

export function newJob(
  { job: id, generation }: { job: number; generation: Generation },
  { session, model, nowMs }: { session: SessionMemory; model: Model; nowMs: number },
): Job {
  const { request, randomPlace, generated, askedMs } = generation;
  const transposition = transpositionFor(request.prompt, model);
  const prompt = request.prompt.length > 0 ? transposition.toModel(request.prompt) : [HOLD];
  const { chords, bass, ...condition } = transposition.conditionToModel(request.condition);
  const job: Job = {
    id,
    session,
    request,
    transposition,
    random: createRandom(randomPlace),
    history: prompt,
    condition: { ...condition, chords: [...chords], bass: [...bass] },
    hearsChordsAhead: model.hearsChords,
    promptSteps: prompt.length,
    generated: 0,
    askedMs: generated.events.length > 0 ? null : askedMs,
    readySinceMs: nowMs,
  };
  if (model.accompaniment)
    for (let step = 0; step < prompt.length; step++) {
      job.condition.chords[step] ??= NO_CHORD;
      job.condition.bass[step] ??= HOLD;
    }
  const { chords: saidChords, bass: saidBass } = transposition.conditionToModel({
    ...NO_CONDITION,
    ...generated,
  });
  transposition.toModel(generated.events).forEach((event, i) => {
    for (let draw = 0; draw < drawsPerStep(model); draw++) job.random.next();
    const step = job.history.length;
    job.history.push(event);
    job.generated++;
    if (!model.accompaniment) return;
    job.condition.chords[step] ??= saidChords[i] as ChordSymbol;
    job.condition.bass[step] ??= saidBass[i] as MelodyEvent;
  });
  return job;
}

/** Every step draws as often, whatever is given, so that a request that goes on elsewhere draws the same. */
function drawsPerStep({ accompaniment }: Model): number {
  return accompaniment ? 3 : 1;
}

/** When the job's next event is wanted. */
export function dueMs({ request, generated }: Pick<Job, 'request' | 'generated'>): number {
  return request.deadlineMs + generated * request.stepMs;
}

/** Whether a state that has heard this can go on with the job. */
export function goesOn({ events, condition }: Heard, job: Job): boolean {
  return (
    events.length <= job.history.length &&
    events.every((event, i) => event === job.history[i]) &&
    sameUntil(condition, job.condition, events.length + (job.hearsChordsAhead ? 1 : 0))
  );
}

/** The class after which nothing sounds. */
export function silenceClass(encoding: MelodyEncoding, history: readonly MelodyEvent[]): number {
  return encoding.classOf(soundingAfter(history) === null ? HOLD : OFF, history);
}
