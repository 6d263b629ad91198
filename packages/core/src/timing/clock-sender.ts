/** Sends MIDI clock for a pulse that may change: what is due, and when to be asked again. Pure, as the scheduler is. */
import { type ClockMessage, joinClock, PULSES_PER_QUARTER } from './midi-clock.js';
import { driftMs, type Pulse } from './pulse.js';

export interface ClockSender {
  pulse: Pulse | null;
  /** What a follower has to be told at its time, before the pulses that come then. */
  orders: ClockMessage[];
  /** The next pulse to be sent, counted from the start of the song. */
  next: number;
}

export const silentSender: ClockSender = { pulse: null, orders: [], next: 0 };

/** A follower hears no jump that is shorter than this, and is told of no new place in the song. */
const JUMP_MS = 10;

/** From now on the clock keeps `pulse`; null stops it. */
export function keepPulse(sender: ClockSender, pulse: Pulse | null, nowMs: number): ClockSender {
  if (sender.pulse && pulse && driftMs(sender.pulse, pulse, nowMs) < JUMP_MS) return { ...sender, pulse };
  const stop: ClockMessage[] = sender.pulse ? [{ type: 'stop', atMs: nowMs }] : [];
  if (!pulse) return { pulse, orders: stop, next: 0 };
  const join = joinClock(pulse, nowMs);
  const beginMs = join.at(-1)?.atMs ?? nowMs;
  return {
    pulse,
    orders: [...stop, ...join],
    next: Math.round((beginMs - pulse.originMs) / pulseMsOf(pulse)),
  };
}

export function advanceClock(
  { pulse, orders, next }: ClockSender,
  nowMs: number,
): { sender: ClockSender; messages: ClockMessage[]; nextMs: number | null } {
  const messages = orders.filter(({ atMs }) => atMs <= nowMs);
  const later = orders.filter(({ atMs }) => atMs > nowMs);
  let to = next;
  if (pulse && later.length === 0)
    for (; timeOf(pulse, to) <= nowMs; to++) messages.push({ type: 'clock', atMs: timeOf(pulse, to) });
  const nextMs = later[0]?.atMs ?? (pulse && timeOf(pulse, to));
  return { sender: { pulse, orders: later, next: to }, messages, nextMs };
}

const pulseMsOf = ({ tempoBpm }: Pulse): number => 60_000 / tempoBpm / PULSES_PER_QUARTER;
const timeOf = (pulse: Pulse, count: number): number => pulse.originMs + count * pulseMsOf(pulse);
