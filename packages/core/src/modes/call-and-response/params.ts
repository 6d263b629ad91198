import { z } from 'zod';
import { tempoParams } from '../tempo-params.js';

export const Params = z.object({
  ...tempoParams,
  endOfCall: z.enum(['pause', 'silentBar']).default('pause').meta({
    title: 'End of call',
    description: 'A pause of 600 ms after the last key, or a whole silent bar',
  }),
  responseBars: z
    .enum(['auto', '1', '2', '3', '4', '5', '6', '7', '8'])
    .default('auto')
    .meta({ title: 'Length of the answer', description: 'Bars; auto answers with as many as were played' }),
  temperature: z
    .number()
    .min(0.1)
    .max(2)
    .default(1)
    .meta({ title: 'Temperature', description: 'Low is cautious, high is adventurous' }),
  overlap: z
    .boolean()
    .default(false)
    .meta({ title: 'Play on together', description: 'The answer goes on when the visitor plays during it' }),
});
export type Params = z.infer<typeof Params>;
