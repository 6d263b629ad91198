import type { PlayedEvent, VoicedNote } from '@antiphon/core/music';
import type { Plan } from '@antiphon/core/timing';
import { afterEach, describe, expect, it } from 'vitest';
import { machineMs } from '../machine-clock.js';
import { Player } from './player.js';

const note = (pitch: number, onsetMs: number, durationMs: number): VoicedNote => ({
  pitch,
  velocity: 80,
  onsetMs,
  durationMs,
  voice: 'melody',
});
const plan = (revision: number, notes: VoicedNote[]): Plan => ({
  revision,
  fromMs: 0,
  commitUntilMs: 0,
  notes,
});

describe('the player thread', () => {
  const players: Player[] = [];
  afterEach(async () => {
    for (const player of players.splice(0)) await player.close();
  });

  /** Resolves once the thread is up: until then no note can be on time. */
  async function start() {
    const played: PlayedEvent[] = [];
    let isUp = () => {};
    const up = new Promise<void>((resolve) => {
      isUp = resolve;
    });
    const player = new Player({ onPlayed: (events) => played.push(...events), onOutput: isUp });
    players.push(player);
    player.output(null);
    await up;
    /** What sounded, once it is so many events. */
    const sounded = async (count: number) => {
      const endMs = machineMs() + 15_000;
      while (played.length < count && machineMs() < endMs)
        await new Promise((resolve) => setTimeout(resolve, 10));
      return played.map((event) => `${event.type} ${'pitch' in event ? event.pitch : ''}`);
    };
    return { player, played, sounded };
  }

  it('plays a plan on booth time and tells what sounded, never before its time', async () => {
    const thread = await start();
    const offsetMs = 5_000_000;
    thread.player.clock(offsetMs);
    const startMs = machineMs() + offsetMs + 100;
    thread.player.plan(plan(1, [note(60, startMs, 100), note(64, startMs + 50, 100)]));
    expect(await thread.sounded(4)).toEqual(['noteOn 60', 'noteOn 64', 'noteOff 60', 'noteOff 64']);
    thread.played.forEach(({ atMs, player }, i) => {
      expect(player).toBe('machine');
      expect(atMs).toBeGreaterThanOrEqual(startMs + i * 50);
    });
    expect(thread.player.takeLatenessP99()).toBeGreaterThanOrEqual(0);
    expect(thread.player.takeLatenessP99()).toBeNull();
  });

  it('plays while the main thread does not answer', async () => {
    const thread = await start();
    const startMs = machineMs() + 100;
    thread.player.plan(plan(1, [note(60, startMs, 50), note(64, startMs + 100, 50)]));
    const busyUntilMs = startMs + 600;
    while (machineMs() < busyUntilMs);
    expect(await thread.sounded(4)).toHaveLength(4);
    for (const { atMs } of thread.played) expect(atMs).toBeLessThan(busyUntilMs);
  });

  it('releases what sounds on panic, and forgets the rest', async () => {
    const thread = await start();
    const nowMs = machineMs();
    thread.player.plan(plan(1, [note(60, nowMs + 20, 60_000), note(64, nowMs + 3_000, 100)]));
    expect(await thread.sounded(1)).toEqual(['noteOn 60']);
    thread.player.panic();
    expect(await thread.sounded(2)).toEqual(['noteOn 60', 'noteOff 60']);
    expect(thread.played[1]?.atMs).toBeLessThan(nowMs + 60_000);
  });

  it('releases what sounds when it is closed', async () => {
    const thread = await start();
    thread.player.plan(plan(1, [note(60, machineMs() + 20, 60_000)]));
    expect(await thread.sounded(1)).toEqual(['noteOn 60']);
    await thread.player.close();
    expect(await thread.sounded(2)).toEqual(['noteOn 60', 'noteOff 60']);
  });
});
