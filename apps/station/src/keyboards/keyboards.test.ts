import { describe, expect, it } from 'vitest';
import { HeldKeys } from './held-keys.js';
import { timeOfMessage } from './message-times.js';
import { choosePort, stableName } from './ports.js';
import { cardOf } from './usb-place.js';

describe('ports', () => {
  const ports = ['CASIO USB-MIDI:CASIO USB-MIDI MIDI 1 20:0', 'Digital Piano:Digital Piano MIDI 1 24:0'];

  it('are known by a name that stays when the numbers change', () => {
    expect(stableName('CASIO USB-MIDI:CASIO USB-MIDI MIDI 1 20:0')).toBe(
      'CASIO USB-MIDI:CASIO USB-MIDI MIDI 1',
    );
  });

  it.each([
    [null, ports[0]],
    ['casio', ports[0]],
    ['digital', ports[1]],
    ['20:0', null],
    ['harp', null],
  ])('are chosen by a part of their name: %j', (wanted, expected) => {
    expect(choosePort(ports, wanted, stableName)).toBe(expected);
  });

  it('of the same make are told apart by where they are plugged in', () => {
    const twins = ['CASIO USB-MIDI:CASIO USB-MIDI MIDI 1 20:0', 'CASIO USB-MIDI:CASIO USB-MIDI MIDI 1 24:0'];
    const describe = (port: string) =>
      `${stableName(port)} (serial A${twins.indexOf(port)}, USB 1-${twins.indexOf(port)})`;
    expect(choosePort(twins, 'serial A1', describe)).toBe(twins[1]);
    expect(choosePort(twins, 'usb 1-0', describe)).toBe(twins[0]);
  });

  it.each([
    ['CASIO USB-MIDI:CASIO USB-MIDI MIDI 1 20:0', 1],
    ['CASIO USB-MIDI:CASIO USB-MIDI MIDI 1 27:1', 2],
    ['a program 128:0', null],
    ['Timer 0:1', null],
    ['a port without numbers', null],
  ])('belong to a sound card: %s', (port, card) => expect(cardOf(port)).toBe(card));

  it('may be none', () => expect(choosePort([], null, stableName)).toBeNull());
});

describe('message times', () => {
  it('are right for messages that waited while the program was busy', () => {
    let times = timeOfMessage(null, 0, 1000);
    const really = [1000];
    for (const [delta, arrival] of [
      [0.1, 1400],
      [0.1, 1400.1],
      [0.2, 1400.2],
    ] as const) {
      times = timeOfMessage(times, delta, arrival);
      really.push(times.lastMs);
    }
    expect(really).toEqual([1000, 1100, 1200, 1400]);
  });

  it('never lie after the arrival, and believe it after a pause', () => {
    expect(timeOfMessage({ lastMs: 1000 }, 0.5, 1490).lastMs).toBe(1490);
    expect(timeOfMessage({ lastMs: 1000 }, 5, 6100).lastMs).toBe(6100);
    expect(timeOfMessage({ lastMs: 1000 }, -0.2, 1001).lastMs).toBe(1000);
  });
});

describe('held keys', () => {
  it('are released once each when the keyboard is lost, and a stray release is dropped', () => {
    const passed: string[] = [];
    const held = new HeldKeys((event) => passed.push(`${event.type} ${'pitch' in event ? event.pitch : ''}`));
    held.take({ type: 'noteOff', pitch: 50, atMs: 0 });
    held.take({ type: 'noteOn', pitch: 60, velocity: 1, atMs: 0 });
    held.take({ type: 'noteOn', pitch: 64, velocity: 1, atMs: 0 });
    held.take({ type: 'noteOff', pitch: 60, atMs: 1 });
    held.releaseAll(2);
    held.releaseAll(3);
    expect(passed).toEqual(['noteOn 60', 'noteOn 64', 'noteOff 60', 'noteOff 64']);
  });
});
