import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeMidiFile } from '@antiphon/core/music';
import { afterAll, describe, it } from 'vitest';
import { FakeKeyboard } from './fake-keyboard.js';
import { type KeyboardSubject, keyboardContract, PHRASE, PHRASE_VELOCITY } from './keyboard-contract.js';
import { MidiFileKeyboard } from './midi-file-keyboard.js';

const folder = mkdtempSync(join(tmpdir(), 'antiphon-keyboards-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fakeKeyboard(): KeyboardSubject {
  const keyboard = new FakeKeyboard();
  const play = () => {
    for (const [i, pitch] of PHRASE.entries()) {
      keyboard.press(pitch, PHRASE_VELOCITY);
      if (i < PHRASE.length - 1) keyboard.release(pitch);
    }
  };
  return { keyboard, play, cable: keyboard };
}

/** Plays from the moment it is opened. */
function midiFileKeyboard(): KeyboardSubject {
  const path = join(folder, 'phrase.mid');
  const notes = PHRASE.map((pitch, i) => ({
    pitch,
    velocity: PHRASE_VELOCITY,
    onsetMs: 40 * i,
    durationMs: i < PHRASE.length - 1 ? 30 : 60_000,
  }));
  writeFileSync(path, writeMidiFile([{ name: 'phrase', channel: 0, program: 0, notes }], 120));
  return { keyboard: new MidiFileKeyboard(path), play: () => {}, cable: null };
}

describe.each([
  ['a fake keyboard', fakeKeyboard],
  ['a MIDI file', midiFileKeyboard],
])('%s', (_name, open) => {
  const { cable } = open();
  for (const { title, needsCable, check } of keyboardContract)
    if (cable || !needsCable) it(title, () => check(open()));
});
