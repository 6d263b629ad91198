import { z } from 'zod';

/** Parameters of every mode that keeps a steady pulse. */
export const tempoParams = {
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
};
