import { holdDataFolder } from './data-folder.js';
import type { Keyboard } from './keyboards/keyboard.js';
import { MidiFileKeyboard } from './keyboards/midi-file-keyboard.js';
import { describePort, openPorts } from './keyboards/ports.js';
import { createLogger } from './log.js';
import { parseCommand, type StationOptions, usage } from './options.js';
import { checkWritable } from './recording.js';
import { Station } from './station.js';
import { StationError } from './station-error.js';

async function openKeyboard({ midiFile, port, outPort }: StationOptions): Promise<Keyboard> {
  if (midiFile) return new MidiFileKeyboard(midiFile);
  const ports = await openPorts();
  const { MidiKeyboard } = await import('./keyboards/midi-keyboard.js');
  return new MidiKeyboard(ports, { port, outPort });
}

async function openClock({ clockIn }: StationOptions): Promise<Keyboard | null> {
  if (!clockIn) return null;
  const ports = await openPorts();
  const { MidiKeyboard } = await import('./keyboards/midi-keyboard.js');
  return new MidiKeyboard(ports, { port: clockIn, outPort: null });
}

async function listPorts(): Promise<void> {
  const ports = await openPorts();
  for (const [title, names] of [
    ['Keyboards', ports.inputs()],
    ['Outputs', ports.outputs()],
  ] as const)
    console.log(`${title}:\n${names.map((name) => `  ${describePort(name)}`).join('\n') || '  none'}`);
  ports.close();
}

async function main(): Promise<void> {
  const command = parseCommand(process.argv.slice(2), process.env);
  if (command.run === 'help') return console.log(usage);
  if (command.run === 'listPorts') return listPorts();
  const { options } = command;
  const logger = createLogger({
    level: process.env.LOG_LEVEL ?? 'info',
    plain: process.stdout.isTTY === true,
  });
  if (options.out) checkWritable(options.out);
  const data = holdDataFolder(options.dataFolder);
  try {
    const keyboard = await openKeyboard(options);
    const clockIn = await openClock(options);
    const stopped = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopped.abort());
    let failure: Error | null = null;
    process.on('uncaughtException', (error) => {
      failure ??= error;
      stopped.abort(); // every note is released first
    });
    const { answeredNotes } = await new Station(options, { keyboard, clockIn, data, logger }).run(
      stopped.signal,
    );
    if (failure) throw failure;
    logger.info(
      `the machine played ${answeredNotes} notes${options.out ? `; written to ${options.out}` : ''}`,
    );
  } finally {
    data.release();
  }
}

try {
  await main();
  process.exit(0);
} catch (error) {
  console.error(error instanceof StationError ? error.message : error);
  process.exit(error instanceof StationError ? error.exitCode : 1);
}
