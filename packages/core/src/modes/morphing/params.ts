import { z } from 'zod';
import { timeParams } from '../time/params.js';

const strength = (title: string, description: string, fallback: number) =>
  z.number().min(0).max(1).default(fallback).meta({ title, description });

export const Params = z.object({
  ...timeParams,
  path: z.enum(['around', 'drift', 'between']).default('around').meta({
    title: 'Path',
    description:
      'Around the melody, further away with each pass, or from one visitor’s melody to the next one’s',
  }),
  strategy: z.enum(['variation', 'latent']).default('variation').meta({
    title: 'Strategy',
    description:
      'Varied by rule, or chosen among the melodies that a latent model finds between two; by rule where the booth has no such model',
  }),
  closeness: strength(
    'Closeness',
    '1 leaves the melody as it is; at 0 a pass may have nothing in common with it',
    0.6,
  ),
  ornament: strength('Ornament', 'How readily notes are split and decorated', 0.6),
  rhythm: strength('Rhythm', 'How readily notes become longer, shorter or one', 0.4),
  pitch: strength('Pitch', 'How readily notes move on the scale', 0.4),
  passes: z.int().min(0).max(64).default(4).meta({
    title: 'Passes',
    description: 'How often the melody comes back; 0 goes on until somebody plays',
  }),
  bassLoudness: z
    .number()
    .min(0)
    .max(1.2)
    .default(0.8)
    .meta({ title: 'Bass', description: 'How loud against the melody; 0 leaves it out' }),
  temperature: z
    .number()
    .min(0.1)
    .max(2)
    .default(0.7)
    .meta({ title: 'Temperature', description: 'Of the bass: low is cautious, high is adventurous' }),
});
export type Params = z.infer<typeof Params>;
