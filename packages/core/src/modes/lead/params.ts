import { z } from 'zod';
import { Style } from '../../models/style.js';
import { timeParams } from '../time/params.js';

export const Params = z.object({
  ...timeParams,
  listenBeats: z
    .int()
    .min(0)
    .max(32)
    .default(4)
    .meta({ title: 'Listen first', description: 'Beats of silence before the machine joins in' }),
  tradeBars: z
    .int()
    .min(0)
    .max(8)
    .default(0)
    .meta({ title: 'Trade', description: 'Bars in turn, such as 4 for trading fours; 0 plays all the time' }),
  density: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .meta({ title: 'Density', description: 'Against how busy the visitor is: 0 is sparse, 1 is dense' }),
  loudness: z
    .number()
    .min(0.2)
    .max(1.2)
    .default(0.9)
    .meta({ title: 'Loudness', description: 'Against the visitor: 1 is as loud as they play' }),
  stopBeats: z
    .int()
    .min(1)
    .max(32)
    .default(6)
    .meta({ title: 'Stop after', description: 'Beats of silence after which the machine stops, too' }),
  temperature: z
    .number()
    .min(0.1)
    .max(2)
    .default(0.9)
    .meta({ title: 'Temperature', description: 'Low is cautious, high is adventurous' }),
  style: z
    .enum(['any', ...Style.options])
    .default('folk')
    .meta({ title: 'Style', description: 'Of the melody, where the model knows styles' }),
});
export type Params = z.infer<typeof Params>;
