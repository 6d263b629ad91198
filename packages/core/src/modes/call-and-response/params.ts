import { z } from 'zod';
import { Style } from '../../models/style.js';
import { timeParams } from '../time/params.js';

const Bars = z.enum(['auto', '1', '2', '3', '4', '5', '6', '7', '8']).default('auto');

export const Params = z.object({
  ...timeParams,
  endOfCall: z.enum(['pause', 'silentBar', 'control']).default('pause').meta({
    title: 'End of call',
    description: 'A pause of 600 ms after the last key, a whole silent bar, or only the end-call control',
  }),
  callBars: Bars.meta({
    title: 'Length of the call',
    description: 'Bars after which the call is over, whatever is played; auto waits for its end',
  }),
  shortestCall: z.int().min(0).max(16).default(0).meta({
    title: 'Shortest call',
    description:
      'Quarter notes; what is shorter is left without an answer, unless the end-call control is used',
  }),
  responseBars: Bars.meta({
    title: 'Length of the answer',
    description: 'Bars; auto answers with as many as were played',
  }),
  temperature: z
    .number()
    .min(0.1)
    .max(2)
    .default(1)
    .meta({ title: 'Temperature', description: 'Low is cautious, high is adventurous' }),
  style: z
    .enum(['any', ...Style.options])
    .default('any')
    .meta({
      title: 'Style',
      description: 'Of the answers, where the model knows styles',
    }),
  overlap: z.boolean().default(false).meta({
    title: 'Play on together',
    description: 'The answer goes on when the visitor plays during it; what they play is the next call',
  }),
});
export type Params = z.infer<typeof Params>;
