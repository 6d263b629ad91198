import { describe, expect, it } from 'vitest';
import { parseMidiMessage } from './midi-message.js';

describe('a MIDI message', () => {
  it.each([
    [[0x90, 60, 80], { type: 'press', pitch: 60, velocity: 80, channel: 0 }],
    [[0x95, 60, 1], { type: 'press', pitch: 60, velocity: 1, channel: 5 }],
    [[0x90, 60, 0], { type: 'release', pitch: 60, channel: 0 }],
    [[0x81, 60, 64], { type: 'release', pitch: 60, channel: 1 }],
    [[0xb0, 64, 127], { type: 'pedal', value: 127, channel: 0 }],
    [[0xb0, 1, 20], null],
    [[0xfe], null],
    [[0xe0, 0, 64], null],
    [[], null],
  ])('%j is %j', (bytes, message) => {
    expect(parseMidiMessage(Uint8Array.from(bytes))).toEqual(message);
  });
});
