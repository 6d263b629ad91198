import type { Pulse } from '@antiphon/core/timing';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../sessions/virtual-clock.js';
import { BoothBeat } from './booth-beat.js';
import { Controls } from './controls.js';
import { type ActiveSession, Station } from './station.js';

const START_MS = 1_000_000;

function openBooth() {
  const clock = new VirtualClock(START_MS);
  const told: { atMs: number; pulse: Pulse | null }[] = [];
  const station = new Station({
    id: 'a station',
    name: 'A',
    kind: 'hardware',
    assignment: { mode: 'echo', params: { tempo: 'booth' }, model: 'none' },
    controls: new Controls([]),
    lastSeenAt: null,
  });
  const session = { keepPulse: (pulse: Pulse | null) => told.push({ atMs: clock.nowMs(), pulse }) };
  const visit = () => {
    station.active = { session } as unknown as ActiveSession;
  };
  return { clock, told, visit, station, beat: new BoothBeat(clock, [station]) };
}

describe('the tempo of the booth', () => {
  it('changes where bars of every metre begin together, and not before, while somebody plays to it', async () => {
    const { clock, told, visit, beat } = openBooth();
    visit();
    await clock.run(START_MS + 700);
    beat.setTempo(90);
    await clock.run(START_MS + 900);
    beat.setTempo(100);
    expect(beat.tempoBpm).toBe(100);
    await clock.run(START_MS + 20_000);
    const originMs = START_MS + 12 * 500;
    expect(told).toEqual([{ atMs: originMs - 250, pulse: { tempoBpm: 100, originMs } }]);
  });

  it('is still the old one for a visitor who comes before it changes', async () => {
    const { clock, told, visit, station, beat } = openBooth();
    visit();
    beat.setTempo(120);
    await clock.run(START_MS + 700);
    beat.setTempo(100);
    beat.tell(station);
    expect(told.at(-1)?.pulse?.tempoBpm).toBe(120);
  });

  it('changes at once where nobody does', async () => {
    const { clock, told, visit, station, beat } = openBooth();
    await clock.run(START_MS + 700);
    beat.setTempo(100);
    visit();
    beat.tell(station);
    expect(told).toEqual([{ atMs: START_MS + 700, pulse: { tempoBpm: 100, originMs: START_MS + 700 } }]);
  });
});
