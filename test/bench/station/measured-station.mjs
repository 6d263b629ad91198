/** The built station on the stand-in driver, with a main thread that is as busy as asked for: argv is the server, a data folder, a share. */
const [, , server, dataFolder, busyShare] = process.argv;
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
  setTimeout(work, BUSY_MS / Number(busyShare) - BUSY_MS);
}
if (Number(busyShare) > 0) work();

const stopped = new AbortController();
process.on('SIGTERM', () => stopped.abort());
const data = holdDataFolder(dataFolder);
await new Station(
  {
    server,
    token: 'measured',
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
