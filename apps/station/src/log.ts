/** The station's log: JSON lines for a supervisor, plain lines for a person at a terminal. */
import { type Logger, pino } from 'pino';

const WARNING = 40; // pino's level

export function createLogger(options: { level: string; plain: boolean }): Logger {
  const { level, plain } = options;
  if (!plain) return pino({ base: null, level });
  return pino({ base: null, level }, { write: (line: string) => process.stdout.write(plainLine(line)) });
}

/** `line` is one of pino's. */
export function plainLine(line: string): string {
  const { level, time, msg } = JSON.parse(line);
  const clock = new Date(time).toTimeString().slice(0, 8);
  return `${clock} ${level >= WARNING ? '! ' : '  '}${msg}\n`;
}
