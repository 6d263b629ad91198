/** The command line of the station. */
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT, StationError } from './station-error.js';

export const usage = `antiphon-station [options]      makes a MIDI keyboard a station of a booth

  --server URL       the booth (default http://localhost:4000, or ANTIPHON_SERVER)
  --token TOKEN      the station token, from "Add a station" in the dashboard (or ANTIPHON_TOKEN)
  --name NAME        what operators see (default this machine's name)
  --port NAME        the keyboard, by a part of its name (default the first one found)
  --out-port NAME    where answers sound (default the keyboard itself)
  --thru WHEN        pass notes through to --out-port: auto (when it is not the keyboard), on or off (default auto)
  --clock-in NAME    where MIDI clock comes in, by a part of its name (default the keyboard)
  --clock-out        send MIDI clock where answers sound
  --data FOLDER      identity and journal of the station (default .antiphon-station)
  --list-ports       show the MIDI ports and exit
  --midi-file FILE   play a MIDI file into the booth in real time in place of fingers, then exit
  --out FILE         write what the machine answered to a MIDI file, on exit
  --help             this text
`;

export interface StationOptions {
  server: string;
  token: string;
  name: string;
  port: string | null;
  outPort: string | null;
  clockIn: string | null;
  clockOut: boolean;
  thru: 'auto' | 'on' | 'off';
  dataFolder: string;
  midiFile: string | null;
  out: string | null;
}

export type Command = { run: 'help' } | { run: 'listPorts' } | { run: 'station'; options: StationOptions };

/** Throws StationError that says which option is wrong. */
export function parseCommand(args: string[], environment: NodeJS.ProcessEnv): Command {
  const values = parse(args);
  if (values.help) return { run: 'help' };
  if (values['list-ports']) return { run: 'listPorts' };
  const server = values.server ?? environment.ANTIPHON_SERVER ?? 'http://localhost:4000';
  if (!/^https?:\/\//.test(server) || !URL.canParse(server))
    throw wrong(`--server must be an address such as http://booth.local:4000, not "${server}"`);
  const token = values.token ?? environment.ANTIPHON_TOKEN;
  if (!token) throw wrong('--token is needed; "Add a station" in the dashboard shows it');
  const thru = values.thru ?? 'auto';
  if (thru !== 'auto' && thru !== 'on' && thru !== 'off')
    throw wrong(`--thru must be auto, on or off, not "${thru}"`);
  return {
    run: 'station',
    options: {
      server,
      token,
      name: values.name ?? hostname(),
      port: values.port ?? null,
      outPort: values['out-port'] ?? null,
      clockIn: values['clock-in'] ?? null,
      clockOut: values['clock-out'] ?? false,
      thru,
      dataFolder: resolve(values.data ?? '.antiphon-station'),
      midiFile: values['midi-file'] ?? null,
      out: values.out ?? null,
    },
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        server: { type: 'string' },
        token: { type: 'string' },
        name: { type: 'string' },
        port: { type: 'string' },
        'out-port': { type: 'string' },
        'clock-in': { type: 'string' },
        'clock-out': { type: 'boolean' },
        thru: { type: 'string' },
        data: { type: 'string' },
        'list-ports': { type: 'boolean' },
        'midi-file': { type: 'string' },
        out: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw wrong((error as Error).message);
  }
}

function wrong(message: string): StationError {
  return new StationError(`${message}\n\n${usage}`, EXIT.usage);
}
