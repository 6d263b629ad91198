/** The log of a session: all that its modes heard, in order. With the session's seed it says every note of the machine. */
import { Action } from '@antiphon/core/controls';
import { Pitch, PlayedEvent, Velocity } from '@antiphon/core/music';
import { Pulse } from '@antiphon/core/timing';
import { z } from 'zod';
import { MelodyEvent } from './melody-event.js';

const GeneratedStep = z.object({
  event: MelodyEvent,
  /** From models that accompany. */
  chord: z.string().exactOptional(),
  bass: MelodyEvent.exactOptional(),
  /** Natural log of the probability of the step, chord and bass included; to four places. */
  logProbability: z.number().exactOptional(),
});

/** When it was heard. An event's own time may lie before. */
const heardMs = z.number();
const atMs = z.number();
const requestId = z.number().int();

/** Times are ms since the session's start in a duet, and booth time while it is played. */
export const LogEntry = z.discriminatedUnion('type', [
  z.object({ heardMs, type: z.literal('noteOn'), pitch: Pitch, velocity: Velocity, atMs }),
  z.object({ heardMs, type: z.literal('noteOff'), pitch: Pitch, atMs }),
  z.object({
    heardMs,
    type: z.literal('control'),
    controller: z.number().int(),
    value: z.number().int(),
    atMs,
  }),
  z.object({ heardMs, type: z.literal('action'), action: Action, atMs }),
  /** The beat from outside. */
  z.object({ heardMs, type: z.literal('pulse'), pulse: Pulse.nullable(), atMs }),
  z.object({ heardMs, type: z.literal('wake'), atMs }),
  /** A model was asked. Modes count their requests from when they were begun. */
  z.object({ heardMs, type: z.literal('asked'), requestId, model: z.string() }),
  /** What it said, the steps from `fromStep` on. */
  z.object({
    heardMs,
    type: z.literal('generated'),
    requestId,
    fromStep: z.number().int(),
    steps: z.array(GeneratedStep),
    done: z.boolean(),
  }),
  z.object({
    heardMs,
    type: z.literal('generationFailed'),
    requestId,
    /** Of the engine's error; logs of before it was told have none. */
    code: z.string().default('generationFailed'),
    reason: z.string(),
  }),
  /** Played from now on; the first entry of every log. */
  z.object({
    heardMs,
    type: z.literal('assigned'),
    mode: z.string(),
    params: z.record(z.string(), z.unknown()),
    model: z.string(),
    /** By mode, what the session before handed on: in the first entry. */
    memories: z.record(z.string(), z.unknown()).exactOptional(),
  }),
  /** All sound was stopped at once, and the mode began as if nothing had been played. */
  z.object({ heardMs, type: z.literal('panic') }),
  /** The same, but what sounded ended at its own time. */
  z.object({ heardMs, type: z.literal('beganAgain'), why: z.string() }),
  z.object({ heardMs, type: z.literal('ended') }),
]);
export type LogEntry = z.infer<typeof LogEntry>;

export const DuetLog = z.object({
  id: z.uuid(),
  /** Of the session and of every model that it asked. */
  seed: z.number().int(),
  entries: z.array(LogEntry),
});
export type DuetLog = z.infer<typeof DuetLog>;

/** A model that is asked instead of those of its role; left out, what was said is heard again and no model is asked. */
export const RerunRequest = z.object({ model: z.string().optional() });
export type RerunRequest = z.infer<typeof RerunRequest>;

/** A recorded session once more: what sounds, and the log of it. Times are ms since the session's start. */
export const Rerun = z.object({ events: z.array(PlayedEvent), log: DuetLog });
export type Rerun = z.infer<typeof Rerun>;
