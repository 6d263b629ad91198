import { z } from 'zod';

/** What a station can do beyond the wire's basics; the server offers nothing that a station has not named. */
export const Capability = z.enum([
  /** Plays plans by itself, to the ms, on booth time. */
  'plans',
  /** Shows whose turn it is. */
  'turn',
  /** Shows values on its keyboard's controls. */
  'lights',
  /** Sends MIDI clock. */
  'clockOut',
  /** Shows what can be asked of the machine, and asks for it. */
  'actions',
]);
export type Capability = z.infer<typeof Capability>;
