/** What is played: notes with exact times in milliseconds, and the live events they are made of. */
import { z } from 'zod';

export const Pitch = z.number().int().min(0).max(127);
export const Velocity = z.number().int().min(1).max(127);

/** The keys of a piano. */
export const LOWEST_KEY = 21;
export const HIGHEST_KEY = 108;

/** Which part a machine note belongs to; each sounds on its own MIDI channel. A visitor only plays `melody`. */
export const Voice = z.enum(['melody', 'chords', 'bass', 'click']);
export type Voice = z.infer<typeof Voice>;

/** A whole note. Times are booth time in ms, or relative to a piece's start where the context says so. */
export const Note = z.object({
  pitch: Pitch,
  velocity: Velocity,
  onsetMs: z.number(),
  durationMs: z.number().nonnegative(),
});
export type Note = z.infer<typeof Note>;

export const VoicedNote = Note.extend({ voice: Voice });
export type VoicedNote = z.infer<typeof VoicedNote>;

/** A MIDI channel, counted from 0. */
export const Channel = z.number().int().min(0).max(15);

/** The channel it came on tells a pad from the key of its number, and is of no matter to music; left out where there is none. */
const channel = Channel.exactOptional();

/** One thing a player did on a keyboard, at an exact time (booth time, ms). */
export const KeyEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('noteOn'), pitch: Pitch, velocity: Velocity, channel, atMs: z.number() }),
  z.object({ type: z.literal('noteOff'), pitch: Pitch, channel, atMs: z.number() }),
  z.object({
    type: z.literal('control'),
    controller: z.number().int().min(0).max(127),
    value: z.number().int().min(0).max(127),
    channel,
    atMs: z.number(),
  }),
]);
export type KeyEvent = z.infer<typeof KeyEvent>;

export const Player = z.enum(['visitor', 'machine']);
export type Player = z.infer<typeof Player>;

/** A key event as it sounded at a station, by either player: what a duet's record is made of. */
export const PlayedEvent = z.intersection(KeyEvent, z.object({ player: Player, voice: Voice }));
export type PlayedEvent = z.infer<typeof PlayedEvent>;
