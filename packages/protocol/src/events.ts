import type { z } from 'zod';
import type {
  Act,
  ClockAnswer,
  ClockHeard,
  ClockQuestion,
  Health,
  Hello,
  Played,
  PlayedAnswer,
  serverToStation,
} from './station-messages.js';

/** socket.io's event map for a set of message schemas. */
export type EventsOf<Schemas extends Record<string, z.ZodType>> = {
  [Name in keyof Schemas]: (message: z.infer<Schemas[Name]>) => void;
};

export type ServerToStation = EventsOf<typeof serverToStation>;
export type StationToServer = {
  hello: (message: Hello) => void;
  clock: (message: ClockQuestion, answer: (answer: ClockAnswer) => void) => void;
  played: (message: Played, answer: (answer: PlayedAnswer) => void) => void;
  health: (message: Health) => void;
  clockHeard: (message: ClockHeard) => void;
  act: (message: Act) => void;
};
