import { describe, expect, it } from 'vitest';
import { bytesOfLight } from './light-bytes.js';

describe('a light', () => {
  it.each([
    [
      'a knob, on the channel it was learned on',
      { type: 'controller', number: 21, channel: 3 },
      [0xb3, 21, 127],
    ],
    ['a knob that was learned on any channel', { type: 'controller', number: 21 }, [0xb0, 21, 127]],
    ['a key, which would sound', { type: 'note', number: 36 }, null],
    ['a pad, which may sound', { type: 'note', number: 36, channel: 9 }, null],
    ['the sustain pedal, which would hold every note', { type: 'controller', number: 64 }, null],
    ['the second hold pedal', { type: 'controller', number: 69 }, null],
    ['local control', { type: 'controller', number: 122 }, null],
  ] as const)('of %s', (_, source, bytes) => {
    expect(bytesOfLight({ source, value: 127 })).toEqual(bytes);
  });
});
