/** Where a MIDI port is plugged in, which tells two keyboards of one make apart and an old plug from a new one. Linux only. */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { basename } from 'node:path';

export interface UsbPlace {
  /** Another one after every plug, even when the port gets its old name back. */
  plug: string;
  /** The socket, such as `1-1.2`; null where the card is not on USB. */
  socket: string | null;
  serial: string | null;
}

/** ALSA gives each card four clients, from 16 on (SNDRV_SEQ_GLOBAL_CLIENTS, SNDRV_SEQ_CLIENTS_PER_CARD). */
const FIRST_CARD_CLIENT = 16;
const CLIENTS_PER_CARD = 4;
const FIRST_PROGRAM_CLIENT = 128;

/** Null for ports of programs, and where the system does not say. */
export function usbPlaceOf(port: string): UsbPlace | null {
  const card = cardOf(port);
  if (card === null) return null;
  try {
    const plug = String(statSync(`/dev/snd/controlC${card}`).ino);
    const device = realpathSync(`/sys/class/sound/card${card}/device`);
    const socket = /^([\d.-]+):/.exec(basename(device))?.[1] ?? null;
    return { plug, socket, serial: socket === null ? null : readSerial(`${device}/../serial`) };
  } catch {
    return null;
  }
}

/** The sound card of a port whose name ends in ALSA's `client:port`. */
export function cardOf(port: string): number | null {
  const client = Number(/\s(\d+):\d+$/.exec(port)?.[1] ?? Number.NaN);
  if (!(client >= FIRST_CARD_CLIENT && client < FIRST_PROGRAM_CLIENT)) return null;
  return Math.floor((client - FIRST_CARD_CLIENT) / CLIENTS_PER_CARD);
}

function readSerial(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim() || null;
  } catch {
    return null;
  }
}
