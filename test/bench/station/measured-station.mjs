/**
 * The built station on the stand-in driver. Its arguments are a server, its token, a data folder, and how busy its main thread is in %; `none` is no
 * station at all.
 */
import { createRequire } from 'node:module';

const [, , server, token, dataFolder, busy] = process.argv;

if (busy === 'none') passThruBarely();
else await runStation();

function passThruBarely() {
  const { Input, Output } = createRequire(process.env.MEASURED_STATION)('@julusian/midi');
  const [input, output] = [new Input(), new Output()];
  input.on('message', (_, bytes) => output.sendMessage(bytes));
  output.openPort(0);
  input.openPort(0);
}

async function runStation() {
  const part = (name) => import(new URL(name, new URL('./dist/', `file://${process.env.MEASURED_STATION}`)));

  const { Station } = await part('station.js');
  const { holdDataFolder } = await part('data-folder.js');
  const { MidiKeyboard } = await part('keyboards/midi-keyboard.js');
  const { createLogger } = await part('log.js');

  const ports = { inputs: () => ['measured'], outputs: () => ['measured'], close: () => {} };
  const BUSY_MS = 3;

  function work() {
    const untilMs = performance.now() + BUSY_MS;
    while (performance.now() < untilMs);
    setTimeout(work, (100 * BUSY_MS) / Number(busy) - BUSY_MS);
  }
  if (Number(busy) > 0) work();

  const stopped = new AbortController();
  process.on('SIGTERM', () => stopped.abort());
  const data = holdDataFolder(dataFolder);
  await new Station(
    {
      server,
      token,
      name: 'measured',
      port: null,
      outPort: 'measured',
      clockIn: null,
      clockOut: false,
      thru: 'on',
      dataFolder,
      midiFile: null,
      out: null,
    },
    {
      keyboard: new MidiKeyboard(ports, { port: null, outPort: 'measured' }),
      clockIn: null,
      data,
      logger: createLogger({ level: 'warn', plain: true }),
    },
  ).run(stopped.signal);
  process.exit(0);
}
