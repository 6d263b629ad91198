/** Inside the machine: a visitor's fingers on emulated USB keyboards, and ears for what comes back. Reports as RESULT lines. */
import { execFileSync, spawn } from 'node:child_process';
import { createReadStream, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkRealKeyboard } from './keyboard-checks.mjs';

const { server, token } = JSON.parse(readFileSync('/app/booth.json', 'utf8'));
/** Two keyboards of one make; the station is told to take the second. */
const NAME = 'CASIO USB-MIDI';
const OTHER = '0';
const PLAYED = '1';
const SERIAL = `SN${PLAYED}`;
const PHRASE = [60, 64, 67, 72];
const ALL_NOTES_OFF = 123;

const usb = (...args) => execFileSync('usb-keyboard', args);
const report = (name, value) => console.log(`RESULT ${JSON.stringify({ name, value })}`);

let said = '';
let station = null;

async function until(what, find, timeoutMs = 60_000) {
  const endMs = Date.now() + timeoutMs;
  for (;;) {
    const found = find();
    if (found) return found;
    if (Date.now() > endMs || (station && station.exitCode !== null))
      throw new Error(`waited in vain for ${what}; the station said:\n${said}`);
    await sleep(50);
  }
}

const times = (text) => said.split(text).length - 1;

/** The fingers on each keyboard, until it is unplugged: its device can be opened once. */
const hands = new Map();

function unplug(keyboard) {
  hands.delete(keyboard);
  usb('unplug', keyboard);
}

async function fingersOn(keyboard) {
  if (!hands.has(keyboard)) hands.set(keyboard, await openFingers(keyboard));
  return hands.get(keyboard);
}

/** A keyboard's own side of its cable. */
async function openFingers(keyboard) {
  const card = await until(
    `the sound card of keyboard ${keyboard}`,
    () =>
      new RegExp(`^\\s*(\\d+) \\[keys${keyboard}`, 'm').exec(readFileSync('/proc/asound/cards', 'utf8'))?.[1],
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

/** Messages of two data bytes in a stream of MIDI bytes, running status included. */
function messagesIn(heard) {
  const messages = [];
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
    messages.push({ status, data, atMs });
    data = [];
  }
  return messages;
}

/** Presses and releases among them. */
function notesIn(heard) {
  return messagesIn(heard).flatMap(({ status, data: [pitch, velocity], atMs }) => {
    const kind = status & 0xf0;
    if (kind === 0x90 && velocity > 0) return [{ type: 'on', pitch, atMs }];
    return kind === 0x80 || kind === 0x90 ? [{ type: 'off', pitch, atMs }] : [];
  });
}

/** What the keyboard's controls are to show, such as `176 21 127`. */
function lightsIn(heard) {
  return messagesIn(heard)
    .filter(({ status, data: [controller] }) => (status & 0xf0) === 0xb0 && controller !== ALL_NOTES_OFF)
    .map(({ status, data }) => [status, ...data].join(' '));
}

function startStation() {
  const args = ['--server', server, '--token', token, '--name', 'machine', '--port', SERIAL, '--thru', 'on'];
  station = spawn('node', ['/app/bin/antiphon-station.js', ...args, '--data', '/tmp/station']);
  for (const stream of [station.stdout, station.stderr])
    stream.on('data', (text) => {
      said += text;
    });
  return new Promise((resolve) => station.once('exit', resolve));
}

async function tap(fingers, pitch, velocity) {
  fingers.press(pitch, velocity);
  await sleep(300);
  fingers.release(pitch);
  await sleep(100);
}

async function playDuet() {
  const stationExit = startStation();
  await until('the keyboard', () => said.includes(`keyboard: ${NAME}`));
  await until('its output', () => said.includes(`answers sound on ${NAME}`));
  await until('the server', () => said.includes('connected to'), 90_000);
  await sleep(2_000); // the clock is agreed on
  const other = await fingersOn(OTHER);
  other.press(20, 20);
  const fingers = await fingersOn(PLAYED);
  for (const pitch of PHRASE) await tap(fingers, pitch, 90);
  report('phrase', PHRASE);

  const answered = () => {
    const notes = notesIn(fingers.heard);
    const last = notes.at(-1);
    const sounding = notes.reduce((sum, { type }) => sum + (type === 'on' ? 1 : -1), 0);
    const isAnswered = notes.length > 2 * PHRASE.length;
    return isAnswered && sounding === 0 && performance.now() - last.atMs > 3_000 && notes;
  };
  const heard = await until('an answer on the keyboard', answered, 90_000);
  const passedThru = heard.slice(0, 2 * PHRASE.length);
  report(
    'passedThru',
    passedThru.map(({ type, pitch }) => `${type} ${pitch}`),
  );
  const answer = heard.slice(passedThru.length);
  const startMs = answer[0].atMs;
  report(
    'answer',
    answer.map(({ type, pitch, atMs }) => ({ type, pitch, atMs: atMs - startMs })),
  );
  report('heardByTheOther', messagesIn(other.heard).length);
  report('lights', lightsIn(fingers.heard));

  fingers.press(50, 70);
  await sleep(500);
  unplug(PLAYED);
  const missing = `no MIDI keyboard named \\"${SERIAL}\\"`;
  await until('the loss of the keyboard', () => said.includes(missing));
  await sleep(500);
  let connections = times(`keyboard: ${NAME}`);
  usb('plug', PLAYED);
  await until('the keyboard again', () => times(`keyboard: ${NAME}`) > connections);
  await tap(await fingersOn(PLAYED), 62, 77);

  // So short that the port has its old name when the station looks
  connections = times(`keyboard: ${NAME}`);
  unplug(PLAYED);
  usb('plug', PLAYED);
  await until('the keyboard after a loose contact', () => times(`keyboard: ${NAME}`) > connections);
  await tap(await fingersOn(PLAYED), 64, 78);
  await sleep(2_000);

  station.kill('SIGTERM');
  report('exitCode', await stationExit);
  station = null;
}

try {
  for (const keyboard of [OTHER, PLAYED]) {
    usb('make', keyboard, NAME);
    usb('plug', keyboard);
  }
  await playDuet();
  const checks = await checkRealKeyboard({
    wanted: SERIAL,
    fingers: () => fingersOn(PLAYED),
    cable: { plug: () => usb('plug', PLAYED), unplug: () => unplug(PLAYED) },
  });
  report('checks', checks);
  writeFileSync('/tmp/passed', '');
} catch (error) {
  console.log(error.stack);
}
console.log(said.replace(/^/gm, 'STATION '));
process.kill(process.pid, 'SIGKILL'); // a read of a keyboard is still blocked, and an ordinary exit would wait for it
