/** Every message between a station and the server, one schema each. See README.md for the order they come in. */
import { Action, ControlMap, Light } from '@antiphon/core/controls';
import { PlayedEvent } from '@antiphon/core/music';
import { FASTEST_BPM, Plan, Pulse, SLOWEST_BPM } from '@antiphon/core/timing';
import { z } from 'zod';
import { Capability } from './capabilities.js';

export const StationKind = z.enum(['browser', 'hardware']);
export type StationKind = z.infer<typeof StationKind>;

/** Booth time goes on from the wall clock: what lies outside of this is not a time, and no date can be made of it. */
const LAST_MS = Date.UTC(2200, 0);
const isBoothTime = (atMs: number) => atMs >= 0 && atMs < LAST_MS;

/** First message after connecting; nothing else is heard before it is answered by `welcome`. */
export const Hello = z.object({
  version: z.number().int(),
  capabilities: z.array(Capability),
  token: z.string().min(1).max(200),
  /** Chosen once by the station and kept: the same keyboard is the same station after a restart. */
  stationId: z.uuid(),
  kind: StationKind,
  /** What an operator sees until they rename it, such as the host's name. */
  name: z.string().trim().min(1).max(80),
  /** New at every start of the station's program; `played` counts from 1 within it. */
  runId: z.uuid(),
});
export type Hello = z.infer<typeof Hello>;

/** Asks for booth time; answered with a `ClockAnswer` acknowledgement. */
export const ClockQuestion = z.object({ sentMs: z.number() });
export type ClockQuestion = z.infer<typeof ClockQuestion>;
export const ClockAnswer = z.object({ sentMs: z.number(), boothMs: z.number() });
export type ClockAnswer = z.infer<typeof ClockAnswer>;

/**
 * What sounded at the station, by either player, in order. Acknowledged with `PlayedAnswer` only once it is in the
 * database; sent again until then, so the same `sequence` may come twice.
 */
export const Played = z.object({
  sequence: z.number().int().positive(),
  events: z
    .array(
      PlayedEvent.refine(({ atMs }) => isBoothTime(atMs), { path: ['atMs'], error: 'is not a booth time' }),
    )
    .min(1)
    .max(1000),
});
export type Played = z.infer<typeof Played>;
export const PlayedAnswer = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), sequence: z.number().int() }),
  z.object({ ok: z.literal(false), code: z.string(), message: z.string() }),
]);
export type PlayedAnswer = z.infer<typeof PlayedAnswer>;

/** How the station is, every few seconds and when something changes. */
export const Health = z.object({
  keyboard: z.discriminatedUnion('status', [
    z.object({ status: z.literal('connected'), name: z.string().max(200) }),
    z.object({ status: z.literal('missing'), reason: z.string().max(500) }),
  ]),
  clockUncertaintyMs: z.number().nullable(),
  roundTripMs: z.number().nullable(),
  /** 99th percentile of how late planned notes were played since the last report. */
  latenessP99Ms: z.number().nullable(),
});
export type Health = z.infer<typeof Health>;

/** Something asked of the machine at the station, in booth time; means nothing while nobody plays. */
export const Act = z.object({ action: Action, atMs: z.number() });
export type Act = z.infer<typeof Act>;

export const Welcome = z.object({
  version: z.number().int(),
  capabilities: z.array(Capability),
  name: z.string(),
  boothMs: z.number(),
  mode: z.object({ id: z.string(), title: z.string() }),
  turn: z.enum(['visitor', 'listening', 'machine', 'together']),
  /** The plan in force, so that a reconnecting station plays on. */
  plan: Plan,
});
export type Welcome = z.infer<typeof Welcome>;

export const RefusedReason = z.enum([
  'badToken',
  'stationTooOld',
  'serverTooOld',
  /** Another connection plays as this station. */
  'stationTaken',
  /** A message did not fit its schema; `message` names the field. */
  'badMessage',
  'serverStopping',
]);
export type RefusedReason = z.infer<typeof RefusedReason>;
export const Refused = z.object({ reason: RefusedReason, message: z.string() });
export type Refused = z.infer<typeof Refused>;

export const TurnChange = z.object({ turn: z.enum(['visitor', 'listening', 'machine', 'together']) });
export type TurnChange = z.infer<typeof TurnChange>;

export const ModeChange = z.object({ id: z.string(), title: z.string() });
export type ModeChange = z.infer<typeof ModeChange>;

/** Stop all sound at once. */
export const Panic = z.object({});
export type Panic = z.infer<typeof Panic>;

/** The beat of the MIDI clock that the station hears, in booth time; null when it hears none. */
export const ClockHeard = z.object({
  pulse: Pulse.extend({
    tempoBpm: z.number().min(SLOWEST_BPM).max(FASTEST_BPM),
    originMs: z.number().refine(isBoothTime, 'is not a booth time'),
  }).nullable(),
});
export type ClockHeard = z.infer<typeof ClockHeard>;

/** The beat that is kept at the station, in booth time, for those who follow its MIDI clock; null when a session ends. */
export const Beat = z.object({ pulse: Pulse.nullable() });
export type Beat = z.infer<typeof Beat>;

/** What can be asked of the machine now: while nobody plays only to hear the tempo, tapped. */
export const ActionOffer = z.object({
  actions: z.array(Action),
  /** Of those that go on and off, those that are on. */
  switches: z.array(Action),
});
export type ActionOffer = z.infer<typeof ActionOffer>;

export const stationToServer = {
  hello: Hello,
  clock: ClockQuestion,
  played: Played,
  health: Health,
  clockHeard: ClockHeard,
  act: Act,
};
export const serverToStation = {
  welcome: Welcome,
  refused: Refused,
  plan: Plan,
  turn: TurnChange,
  mode: ModeChange,
  panic: Panic,
  /** What the station's controls do besides making music: at every welcome and whenever it changes. */
  controls: ControlMap,
  /** What the light of a control shows; sent to stations that have `lights`. */
  light: Light,
  /** Sent to stations that have `clockOut`. */
  beat: Beat,
  /** Sent to stations that have `actions`, whenever it changes. */
  actions: ActionOffer,
};
