import { z } from 'zod';
import { type Grid, Metre, metreOf } from '../../music/index.js';
import type { Pulse } from '../../timing/pulse.js';

/** The form shows these together, apart from a mode's own. */
const group = 'time';

/** Parameters of every mode that keeps time; what each promises is kept by `keepingTime`. */
export const timeParams = {
  tempo: z.enum(['fixed', 'tapped', 'followed', 'midiClock', 'booth']).default('followed').meta({
    group,
    title: 'Tempo from',
    description:
      'Fixed; tapped on a control; followed, as the visitor plays; MIDI clock into the station; or the booth’s, which stations share',
  }),
  tempoBpm: z.number().min(40).max(240).default(120).meta({
    group,
    title: 'Tempo',
    description: 'Quarter notes a minute; where the tempo comes from elsewhere, until it is known',
  }),
  metre: Metre.default('4/4').meta({
    group,
    title: 'Metre',
    description: 'Beats in a bar; a beat is a quarter note, in 6/8 a dotted one',
  }),
  swing: z
    .int()
    .min(50)
    .max(75)
    .default(50)
    .meta({ group, title: 'Swing', description: 'Where the second eighth falls: 50 % even, 67 % triplets' }),
  metronome: z.enum(['off', 'countIn', 'on']).default('off').meta({
    group,
    title: 'Metronome',
    description:
      'Clicks on a channel of its own; a count-in is the first whole bar of them when the visitor’s turn comes',
  }),
};

export const TimeParams = z.object(timeParams);
export type TimeParams = z.infer<typeof TimeParams>;

/** How early a key still belongs to the coming bar, in 16ths. */
const EARLY_STEPS = 0.5;

/** The grid that a phrase begun at `startMs` lies on, its origin the bar line it begins at; without a pulse that is its first note. */
export function gridFor(pulse: Pulse | null, params: TimeParams, startMs: number): Grid {
  const tempoBpm = pulse?.tempoBpm ?? params.tempoBpm;
  const grid = {
    originMs: pulse?.originMs ?? startMs,
    tempoBpm,
    ...metreOf(params.metre, params.swing / 100),
  };
  const barMs = (grid.beatsPerBar * 60_000) / tempoBpm;
  const earlyMs = (EARLY_STEPS * 60_000) / tempoBpm / 4;
  const bars = Math.floor((startMs + earlyMs - grid.originMs) / barMs);
  return { ...grid, originMs: grid.originMs + bars * barMs };
}
