/** Inside the machine: a visitor's fingers on an emulated USB keyboard, and ears for what comes back. Reports as RESULT lines. */
import { execFileSync, spawn } from 'node:child_process';
import { createReadStream, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

let said = '';
let station = null;

const { server, token } = JSON.parse(readFileSync('/app/booth.json', 'utf8'));
const NAME = 'CASIO USB-MIDI';
const PHRASE = [60, 64, 67, 72];

const usb = (...args) => execFileSync('usb-keyboard', args);
const report = (name, value) => console.log(`RESULT ${JSON.stringify({ name, value })}`);

async function until(what, find, timeoutMs = 60_000) {
  const endMs = Date.now() + timeoutMs;
  for (;;) {
    const found = find();
    if (found) return found;
    if (Date.now() > endMs || station?.exitCode > 0)
      throw new Error(`waited in vain for ${what}; the station said:\n${said}`);
    await sleep(50);
  }
}

/** The keyboard's own side of the cable. */
async function openFingers() {
  const card = await until(
    'the sound card of the keys',
    () => /^\s*(\d+) \[keys0/m.exec(readFileSync('/proc/asound/cards', 'utf8'))?.[1],
  );
  const fd = openSync(`/dev/snd/midiC${card}D0`, 'r+');
  const heard = [];
  createReadStream(null, { fd, autoClose: false })
    .on('data', (bytes) => heard.push(...[...bytes].map((byte) => ({ byte, atMs: performance.now() }))))
    .on('error', () => {});
  await sleep(200);
  return {
    heard,
    press: (pitch, velocity) => writeSync(fd, Buffer.from([0x90, pitch, velocity])),
    release: (pitch) => writeSync(fd, Buffer.from([0x80, pitch, 0])),
  };
}

/** Presses and releases in a stream of MIDI bytes, running status included. */
function notesIn(heard) {
  const notes = [];
  let status = 0;
  let data = [];
  for (const { byte, atMs } of heard) {
    if (byte >= 0xf8) continue;
    if (byte >= 0x80) {
      status = byte;
      data = [];
      continue;
    }
    data.push(byte);
    if (data.length < 2) continue;
    const [pitch, velocity] = data;
    data = [];
    const kind = status & 0xf0;
    if (kind === 0x90 && velocity > 0) notes.push({ type: 'on', pitch, atMs });
    else if (kind === 0x80 || kind === 0x90) notes.push({ type: 'off', pitch, atMs });
  }
  return notes;
}

usb('make', '0', NAME);
usb('plug', '0');
station = spawn('node', [
  '/app/bin/antiphon-station.js',
  '--server',
  server,
  '--token',
  token,
  '--name',
  'machine',
  '--port',
  NAME,
  '--data',
  '/tmp/station',
]);
for (const stream of [station.stdout, station.stderr])
  stream.on('data', (text) => {
    said += text;
  });
const stationExit = new Promise((resolve) => station.once('exit', resolve));

await until('the keyboard', () => said.includes(`keyboard: ${NAME}`));
await until('its output', () => said.includes(`answers sound on ${NAME}`));
const fingers = await openFingers();
for (const pitch of PHRASE) {
  fingers.press(pitch, 90);
  await sleep(300);
  fingers.release(pitch);
  await sleep(100);
}
report('phrase', PHRASE);

const quiet = () => {
  const notes = notesIn(fingers.heard);
  const last = notes.at(-1);
  const sounding = notes.reduce((sum, { type }) => sum + (type === 'on' ? 1 : -1), 0);
  return last && sounding === 0 && performance.now() - last.atMs > 3_000 && notes;
};
const answer = await until('an answer on the keyboard', quiet, 90_000);
report(
  'answer',
  answer.map(({ type, pitch, atMs }) => ({ type, pitch, atMs: atMs - answer[0].atMs })),
);

fingers.press(50, 70);
await sleep(500);
usb('unplug', '0');
await until('the loss of the keyboard', () => said.includes(`no MIDI keyboard named \\"${NAME}\\"`));
report('unplugged', true);
await sleep(500);
const connections = said.split(`keyboard: ${NAME}`).length;
usb('plug', '0');
await until('the keyboard again', () => said.split(`keyboard: ${NAME}`).length > connections);
const again = await openFingers();
again.press(62, 77);
await sleep(300);
again.release(62);
await sleep(2_000);
report('replugged', true);

station.kill('SIGTERM');
report('exitCode', await stationExit);
console.log(
  said
    .split('\n')
    .map((line) => `STATION ${line}`)
    .join('\n'),
);
writeFileSync('/tmp/passed', '');
process.kill(process.pid, 'SIGKILL'); // a read of the keyboard is still blocked, and an ordinary exit would wait for it
