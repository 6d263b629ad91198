import { z } from 'zod';
import { timeParams } from '../time/params.js';

export const Params = z.object({
  ...timeParams,
  listenBeats: z
    .int()
    .min(0)
    .max(32)
    .default(8)
    .meta({ title: 'Listen first', description: 'Beats of silence before the machine joins in' }),
  commitBeats: z
    .int()
    .min(0)
    .max(8)
    .default(1)
    .meta({ title: 'Committed', description: 'Beats ahead that are no longer changed' }),
  lookaheadBeats: z
    .int()
    .min(1)
    .max(16)
    .default(4)
    .meta({ title: 'Planned ahead', description: 'Beats; a shorter gap in the network is not heard' }),
  chordBeats: z
    .int()
    .min(1)
    .max(4)
    .default(2)
    .meta({ title: 'Beats a chord', description: 'A chord stays at least this long' }),
  texture: z
    .enum(['block', 'broken', 'boomChuck'])
    .default('block')
    .meta({ title: 'Texture', description: 'Chords at once, note by note, or bass and chord in turn' }),
  density: z
    .number()
    .min(0)
    .max(1)
    .default(0.3)
    .meta({ title: 'Density', description: '0 is sparse, 1 is dense' }),
  loudness: z
    .number()
    .min(0.2)
    .max(1.2)
    .default(0.7)
    .meta({ title: 'Loudness', description: 'Against the visitor: 1 is as loud as they play' }),
  formBars: z.int().min(0).max(64).default(0).meta({
    title: 'Bars of the form',
    description: 'The last one comes home to the key; 0 goes on without end',
  }),
  stopBeats: z
    .int()
    .min(1)
    .max(32)
    .default(4)
    .meta({ title: 'Stop after', description: 'Beats of silence after which the machine stops, too' }),
  temperature: z
    .number()
    .min(0.1)
    .max(2)
    .default(0.8)
    .meta({ title: 'Temperature', description: 'Low is cautious, high is adventurous' }),
});
export type Params = z.infer<typeof Params>;
