/** The MIDI ports of this machine. */
import { existsSync } from 'node:fs';
import { EXIT, StationError } from '../station-error.js';
import { usbPlaceOf } from './usb-place.js';

export interface Ports {
  inputs(): string[];
  outputs(): string[];
  close(): void;
}

const SEQUENCER = '/dev/snd/seq';
/** Ports that are no keyboards: the sequencer's own, and this program's, which would feed notes back to it. */
const NOT_KEYBOARDS = /Midi Through|RtMidi|easymidi|antiphon/i;

/**
 * Opens the list of ports once and keeps it: each asking through a new one would use up one of the few clients that ALSA allows.
 * Throws StationError in one sentence where there is no MIDI.
 */
export async function openPorts(): Promise<Ports> {
  const midi = await import('@julusian/midi').catch((cause) => {
    throw new StationError(
      `MIDI needs the ALSA library; install it with "apt-get install libasound2" (${(cause as Error).message.split('\n')[0]}).`,
      EXIT.noMidi,
      { cause },
    );
  });
  if (process.platform === 'linux' && !existsSync(SEQUENCER)) throw noSequencer();
  try {
    const input = new midi.Input();
    const output = new midi.Output();
    const names = (port: typeof input | typeof output) =>
      Array.from({ length: port.getPortCount() }, (_, i) => port.getPortName(i)).filter(
        (name) => name && !NOT_KEYBOARDS.test(name),
      );
    return {
      inputs: () => names(input),
      outputs: () => names(output),
      close: () => {
        input.destroy();
        output.destroy();
      },
    };
  } catch (cause) {
    throw noSequencer(cause);
  }
}

function noSequencer(cause?: unknown): StationError {
  return new StationError(
    `This machine has no MIDI sequencer (${SEQUENCER}): load it with "modprobe snd-seq", or play in a browser at /play instead.`,
    EXIT.noMidi,
    { cause },
  );
}

/** ALSA ends a port's name with numbers that change at every plug: they are no part of who it is. */
export function stableName(port: string): string {
  return port.replace(/\s+\d+:\d+$/, '');
}

/** Who a port is for people, with what tells it from another of its make: `CASIO USB-MIDI (serial A1, USB 1-2)`. */
export function describePort(port: string): string {
  const place = usbPlaceOf(port);
  const marks = [place?.serial && `serial ${place.serial}`, place?.socket && `USB ${place.socket}`].filter(
    Boolean,
  );
  return marks.length > 0 ? `${stableName(port)} (${marks.join(', ')})` : stableName(port);
}

/** The port whose description holds `wanted`, or the first; null where there is none. */
export function choosePort(
  ports: readonly string[],
  wanted: string | null,
  describe: (port: string) => string,
): string | null {
  if (wanted === null) return ports[0] ?? null;
  const lower = wanted.toLowerCase();
  return ports.find((port) => describe(port).toLowerCase().includes(lower)) ?? null;
}
