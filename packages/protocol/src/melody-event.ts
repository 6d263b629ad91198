import { z } from 'zod';

/** -2 holds, -1 ends the note, else a MIDI pitch. */
export const MelodyEvent = z.number().int().min(-2).max(127);
