/** What operators see and say: HTTP bodies under /api, and live station views on the socket's `/operator` namespace. */
import { Action, ControlMap, ControlTarget } from '@antiphon/core/controls';
import { PlayedEvent } from '@antiphon/core/music';
import { FASTEST_BPM, SLOWEST_BPM } from '@antiphon/core/timing';
import { z } from 'zod';
import { Health, StationKind } from './station-messages.js';

/** Where operators' live updates are; opened with the cookie of a signed-in operator. */
export const OPERATOR_NAMESPACE = '/operator';

export const ModeAssignment = z.object({
  mode: z.string(),
  params: z.record(z.string(), z.unknown()),
  /** The model that generates; left out, the server's standard one. */
  model: z.string().optional(),
});
export type ModeAssignment = z.infer<typeof ModeAssignment>;

/** Everything the dashboard shows of a station; sent whole whenever something in it changes, at most four times a second. */
export const StationView = z.object({
  id: z.uuid(),
  name: z.string(),
  kind: StationKind,
  link: z.discriminatedUnion('status', [
    z.object({ status: z.literal('online'), sinceMs: z.number() }),
    z.object({ status: z.literal('offline'), lastSeenAt: z.iso.datetime().nullable() }),
  ]),
  health: Health.nullable(),
  assignment: ModeAssignment,
  turn: z.enum(['visitor', 'listening', 'machine', 'together']),
  lastNote: z
    .object({ player: z.enum(['visitor', 'machine']), pitch: z.number(), at: z.iso.datetime() })
    .nullable(),
  /** The session under way. */
  session: z
    .object({
      id: z.uuid(),
      startedAt: z.iso.datetime(),
      notes: z.number().int(),
      /** Of the actions that go on and off, those that are on. */
      switches: z.array(Action),
      /** Of the beat that is kept, quarter notes a minute. */
      tempoBpm: z.number().nullable(),
    })
    .nullable(),
  /** How the mode says that it goes. */
  info: z.string().nullable(),
  /** What is wrong, or went wrong a moment ago. */
  notices: z.array(z.string()),
  /** What its knobs, faders, pads and keys do besides making music. */
  controls: ControlMap,
  /** What the next control that is moved will do. */
  learning: ControlTarget.nullable(),
});
export type StationView = z.infer<typeof StationView>;

export const operatorEvents = {
  stations: z.array(StationView),
  station: StationView,
  stationGone: z.object({ id: z.uuid() }),
};

/** A mode that can be assigned; `paramsSchema` is JSON Schema, from which the form is drawn. */
export const ModeView = z.object({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  /** What its model has to be good for; null where it needs none. */
  role: z.enum(['melody', 'accompaniment', 'improv', 'latent']).nullable(),
  /** What can be asked of it while it plays. */
  actions: z.array(Action),
  paramsSchema: z.record(z.string(), z.unknown()),
  defaults: z.record(z.string(), z.unknown()),
});
export type ModeView = z.infer<typeof ModeView>;

export const Login = z.object({ password: z.string().min(1).max(200) });
export type Login = z.infer<typeof Login>;

/** Something asked of the mode that plays at a station. */
export const StationAction = z.object({ action: Action });
export type StationAction = z.infer<typeof StationAction>;

/** The beat that stations share whose tempo is the booth's. */
export const BoothTempo = z.object({ tempoBpm: z.number().min(SLOWEST_BPM).max(FASTEST_BPM) });
export type BoothTempo = z.infer<typeof BoothTempo>;

/** The next control that is moved at the station will do this; null calls it off. */
export const ControlLearning = z.object({ target: ControlTarget.nullable() });
export type ControlLearning = z.infer<typeof ControlLearning>;

export const StationRename = z.object({ name: z.string().trim().min(1).max(80) });
export type StationRename = z.infer<typeof StationRename>;

/** A recorded session as listed, newest first. */
export const DuetSummary = z.object({
  id: z.uuid(),
  station: z.object({ id: z.uuid(), name: z.string() }),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  durationMs: z.number(),
  mode: z.string(),
  model: z.string().nullable(),
  notes: z.object({ visitor: z.number().int(), machine: z.number().int() }),
});
export type DuetSummary = z.infer<typeof DuetSummary>;

export const DuetPage = z.object({ duets: z.array(DuetSummary), nextCursor: z.string().nullable() });
export type DuetPage = z.infer<typeof DuetPage>;

/** A recorded session whole. Event times are ms since its start; `parts` says which mode ran from when. */
export const Duet = DuetSummary.extend({
  seed: z.number().int(),
  parts: z.array(
    z.object({
      atMs: z.number(),
      mode: z.string(),
      params: z.record(z.string(), z.unknown()),
      model: z.string().nullable(),
    }),
  ),
  events: z.array(PlayedEvent),
});
export type Duet = z.infer<typeof Duet>;

/** The body of every HTTP error. */
export const Problem = z.object({ code: z.string(), message: z.string() });
export type Problem = z.infer<typeof Problem>;
