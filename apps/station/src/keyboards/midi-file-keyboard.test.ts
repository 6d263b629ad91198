import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KeyEvent, writeMidiFile } from '@antiphon/core/music';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MidiFileKeyboard } from './midi-file-keyboard.js';

describe('a MIDI file in place of fingers', () => {
  let path: string;
  beforeEach(() => {
    path = join(mkdtempSync(join(tmpdir(), 'antiphon-file-')), 'call.mid');
  });
  afterEach(() => rmSync(join(path, '..'), { recursive: true }));

  const playThrough = (keyboard: MidiFileKeyboard) =>
    new Promise<KeyEvent[]>((resolve) => {
      const events: KeyEvent[] = [];
      keyboard.open({
        onEvent: (event) => events.push(event),
        onStatus: () => {},
        onInput: () => {},
        onOutput: () => {},
        onClock: () => {},
        onEnd: () => resolve(events),
      });
    });
  const write = (notes: { pitch: number; onsetMs: number; durationMs: number; channel?: number }[]) => {
    const tracks = notes.map(({ channel = 0, ...note }) => ({
      name: '',
      channel,
      program: 0,
      notes: [{ ...note, velocity: 70 }],
    }));
    writeFileSync(path, writeMidiFile(tracks, 120));
  };

  it('begins at its first note and keeps the times of the file exactly', async () => {
    write([
      { pitch: 60, onsetMs: 500, durationMs: 100 },
      { pitch: 64, onsetMs: 625, durationMs: 75 },
    ]);
    const events = await playThrough(new MidiFileKeyboard(path));
    const startMs = events[0]?.atMs ?? 0;
    expect(events.map(({ type, atMs }) => [type, Math.round(atMs - startMs)])).toEqual([
      ['noteOn', 0],
      ['noteOff', 100],
      ['noteOn', 125],
      ['noteOff', 200],
    ]);
  });

  it('leaves no key down, however its tracks overlap and however short its notes are', async () => {
    write([
      { pitch: 60, onsetMs: 0, durationMs: 80 },
      { pitch: 60, onsetMs: 40, durationMs: 80 },
      { pitch: 62, onsetMs: 60, durationMs: 0 },
    ]);
    const events = await playThrough(new MidiFileKeyboard(path));
    for (const pitch of [60, 62]) {
      const types = events.flatMap((event) =>
        event.type !== 'control' && event.pitch === pitch ? [event.type] : [],
      );
      expect(types.at(-1)).toBe('noteOff');
      expect(types).toContain('noteOn');
    }
  });

  it('leaves out percussion, and says so of a file with nothing else', () => {
    write([{ pitch: 36, onsetMs: 0, durationMs: 50, channel: 9 }]);
    expect(() => new MidiFileKeyboard(path)).toThrow(`${path}: it holds no notes`);
  });
});
