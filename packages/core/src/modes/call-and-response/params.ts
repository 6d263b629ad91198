import { z } from 'zod';

export const Params = z.object({
  tempoBpm: z
    .number()
    .min(40)
    .max(240)
    .default(120)
    .meta({ title: 'Tempo', description: 'Quarter notes a minute' }),
  beatsPerBar: z
    .int()
    .min(2)
    .max(6)
    .default(4)
    .meta({ title: 'Beats a bar', description: 'Quarter notes a bar' }),
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
