/** Models and what can be asked of them over HTTP, under /api. */
import { z } from 'zod';
import { MelodyEvent } from './melody-event.js';

export const ModelView = z.object({
  id: z.string(),
  title: z.string(),
  /** What it is good for. */
  role: z.enum(['melody', 'accompaniment', 'improv', 'latent']),
  styles: z.array(z.string()),
  /** Of what runs it: `replacing` has died and the next one is started, `down` is tried again from time to time. */
  status: z.enum(['up', 'replacing', 'down']),
  runner: z.string(),
  /** Why this runner; or what became of it. */
  reason: z.string(),
  /** It was brought in, and did not come with Antiphon. */
  removable: z.boolean(),
});
export type ModelView = z.infer<typeof ModelView>;

/** Where a model is fetched from, and what it will be called; a name is made of the address where it is left out. */
export const ModelSource = z.object({
  url: z.url({ protocol: /^https?$/ }).max(2000),
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'must be small letters, digits, - and _')
    .optional(),
});
export type ModelSource = z.infer<typeof ModelSource>;

/** A model that was brought in, and what was not as its source says. */
export const ImportedModel = z.object({ id: z.string(), warnings: z.array(z.string()) });
export type ImportedModel = z.infer<typeof ImportedModel>;

/** A model on its way here. */
export const ModelImport = z.object({
  id: z.string(),
  receivedBytes: z.number(),
  /** Null where the source does not tell. */
  totalBytes: z.number().nullable(),
});
export type ModelImport = z.infer<typeof ModelImport>;

/** A melody to be continued; -2 holds, -1 ends the note, else a MIDI pitch, one a 16th. */
export const GenerateRequest = z.object({
  model: z.string().default('melody'),
  primer: z.array(MelodyEvent).max(4096).default([]),
  /** Steps to generate, 16ths. */
  steps: z.number().int().min(1).max(1024).default(64),
  temperature: z.number().min(0).max(2).default(1),
  seed: z
    .number()
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .optional(),
  style: z.string().optional(),
  /** The chord's symbol at each step from the primer's first on, for models that hear chords. */
  chords: z.array(z.string().max(16)).max(8192).default([]),
  stepsPerBar: z.number().int().min(1).max(64).default(16),
});
export type GenerateRequest = z.infer<typeof GenerateRequest>;

export const Generated = z.object({
  /** With it the same is generated again. */
  seed: z.number().int(),
  melody: z.array(MelodyEvent),
  /** Natural log of the probability of each step. */
  logProbabilities: z.array(z.number()),
  /** From models that accompany. */
  chords: z.array(z.string()).optional(),
  bass: z.array(MelodyEvent).optional(),
});
export type Generated = z.infer<typeof Generated>;
