import { z } from 'zod';

/** What the bundled models were trained on, and can be asked for. */
export const Style = z.enum(['folk', 'pop', 'chorale']);
export type Style = z.infer<typeof Style>;
