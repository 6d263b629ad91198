/** What goes wrong in a booth, and what a visitor hears of it: every session in virtual time, its plans played as a station does. */
import { createRandom } from '@antiphon/core/models';
import type { EngineSession } from '@antiphon/core/runtime';
import {
  advance,
  emptyPlan,
  idleScheduler,
  joinPlan,
  type Plan,
  silence,
  takePlan,
} from '@antiphon/core/timing';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../clock.js';
import { Session } from './session.js';

class VirtualClock implements Clock {
  #nowMs = 1_000_000;
  #timers: { atMs: number; act: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  at(atMs: number, act: () => void): () => void {
    const timer = { atMs: Math.max(atMs, this.#nowMs), act };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  sleep(forMs: number): Promise<void> {
    return new Promise((resolve) => void this.at(this.#nowMs + forMs, resolve));
  }

  /** Lets everything happen that is due by then, each in its turn. */
  async run(untilMs: number): Promise<void> {
    for (;;) {
      const next = this.#timers.reduce<{ atMs: number; act: () => void } | null>(
        (a, b) => (a && a.atMs <= b.atMs ? a : b),
        null,
      );
      if (!next || next.atMs > untilMs) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#nowMs = next.atMs;
      next.act();
      await new Promise(setImmediate);
    }
    this.#nowMs = untilMs;
  }
}

interface Booth {
  clock: VirtualClock;
  session: Session;
  /** How long a step of the model takes; null makes it fail. */
  model: { stepMs: number | null };
  station: { online: boolean; panic: () => void; rejoin: () => void };
  heard: { type: 'noteOn' | 'noteOff'; pitch: number; atMs: number }[];
  notices: string[];
  begin: () => Session;
}

function openBooth(seed: number): Booth {
  const clock = new VirtualClock();
  const model: Booth['model'] = { stepMs: 2 };
  const heard: Booth['heard'] = [];
  const notices: string[] = [];
  let scheduler = idleScheduler;
  let online = true;
  const tick = () => {
    const advanced = advance(scheduler, clock.nowMs());
    scheduler = advanced.state;
    heard.push(...advanced.actions.map(({ type, pitch }) => ({ type, pitch, atMs: clock.nowMs() })));
    clock.at(clock.nowMs() + 10, tick);
  };
  tick();
  const random = createRandom(seed);
  const engine: EngineSession = {
    model: 'melody',
    async *generate({ steps, allowedPitches }) {
      for (let step = 0; step < steps; step++) {
        if (model.stepMs === null && step > 3) throw new Error('the runner died');
        await clock.sleep(model.stepMs ?? 2);
        const pitch = allowedPitches?.[Math.floor(random.next() * allowedPitches.length)] ?? 60;
        yield { event: step % 2 === 0 ? pitch : -2, logProbability: 0 };
      }
    },
    fork: () => Promise.reject(new Error('never asked')),
    close: () => {},
  };
  const begin = (plan: Plan = emptyPlan) =>
    new Session({
      id: 'a session',
      seed,
      startedMs: clock.nowMs(),
      assignment: { mode: 'call-and-response', params: {}, model: 'melody' },
      plan,
      openModel: () => engine,
      modelFor: () => 'melody',
      clock,
      output: {
        plan: (plan) => {
          if (online) scheduler = takePlan(scheduler, plan);
        },
        turn: () => {},
        switched: () => {},
        beat: () => {},
        notice: (message) => notices.push(message),
      },
    });
  const booth: Booth = {
    clock,
    session: begin(),
    model,
    heard,
    notices,
    begin: () => {
      booth.session = begin(booth.session.plan);
      return booth.session;
    },
    station: {
      get online() {
        return online;
      },
      set online(is: boolean) {
        online = is;
      },
      rejoin: () => {
        online = true;
        scheduler = joinPlan(scheduler, booth.session.plan);
      },
      panic: () => {
        const silenced = silence(scheduler, clock.nowMs());
        scheduler = silenced.state;
        heard.push(...silenced.actions.map(({ type, pitch }) => ({ type, pitch, atMs: clock.nowMs() })));
      },
    },
  };
  return booth;
}

/** Plays single notes and pauses at random until a time. */
async function visit(booth: Booth, seed: number, untilMs: number): Promise<void> {
  const random = createRandom(seed);
  const { clock } = booth;
  while (clock.nowMs() < untilMs) {
    const pitch = 48 + Math.floor(random.next() * 36);
    booth.session.play({ type: 'noteOn', pitch, velocity: 80, atMs: clock.nowMs() });
    await clock.run(clock.nowMs() + 60 + random.next() * 300);
    booth.session.play({ type: 'noteOff', pitch, atMs: clock.nowMs() });
    await clock.run(
      clock.nowMs() + (random.next() < 0.2 ? 1500 + random.next() * 6000 : 40 + random.next() * 200),
    );
  }
}

const seeds = [1, 2, 3, 4, 5, 6, 7, 8];

/** What happens at a time that no one chose. */
const mishaps: [name: string, happen: (booth: Booth) => void | Promise<void>][] = [
  ['nothing goes wrong', () => {}],
  [
    'the model is far too slow',
    ({ model }) => {
      model.stepMs = 250;
    },
  ],
  [
    'the model fails',
    ({ model }) => {
      model.stepMs = null;
    },
  ],
  [
    'plans are lost, and the station comes back',
    async ({ station, clock }) => {
      station.online = false;
      await clock.run(clock.nowMs() + 1500);
      station.rejoin();
    },
  ],
  [
    'other parameters are assigned',
    ({ session }) =>
      session.changeMode({
        mode: 'call-and-response',
        params: { tempoBpm: 77, overlap: true, metre: '3/4', responseBars: '2' },
        model: 'melody',
      }),
  ],
];

/** After these the machine is silent until it is played to. */
const silencing: typeof mishaps = [
  [
    'another mode is assigned',
    ({ session }) => session.changeMode({ mode: 'echo', params: {}, model: 'melody' }),
  ],
  [
    'an operator presses panic',
    ({ session, station }) => {
      session.beginAgain('panic');
      station.panic();
    },
  ],
  [
    'the session ends and another begins',
    (booth) => {
      booth.session.end();
      booth.begin();
    },
  ],
  [
    'the machine is muted and cleared',
    ({ session, clock }) => {
      session.act('mute', clock.nowMs());
      session.act('clear', clock.nowMs());
    },
  ],
];

describe.each([...mishaps, ...silencing])('when %s', (_name, happen) => {
  it('no note is left sounding, none comes in a bunch, and the machine answers on', async () => {
    for (const seed of seeds) {
      const booth = openBooth(seed);
      const { clock, heard } = booth;
      await visit(booth, seed, clock.nowMs() + 12_000 + seed * 700);
      await happen(booth);
      const happenedMs = clock.nowMs();
      await visit(booth, seed + 100, happenedMs + 25_000);
      await clock.run(clock.nowMs() + 90_000);
      booth.session.end();
      await clock.run(clock.nowMs() + 10_000);

      const down = new Set<number>();
      for (const { type, pitch } of heard) {
        expect(down.has(pitch), `seed ${seed}: ${type} ${pitch}`).toBe(type === 'noteOff');
        if (type === 'noteOn') down.add(pitch);
        else down.delete(pitch);
      }
      expect(down).toEqual(new Set());
      const onsets = heard.filter(({ type }) => type === 'noteOn').map(({ atMs }) => atMs);
      onsets.forEach((onset, i) => {
        if (i > 0) expect(onset - (onsets[i - 1] as number), `seed ${seed}`).toBeGreaterThanOrEqual(50);
      });
      expect(onsets.filter((onset) => onset > happenedMs).length, `seed ${seed}`).toBeGreaterThan(0);
    }
  });
});

describe.each(silencing)('when %s', (_name, happen) => {
  it('nothing that was planned before begins to sound', async () => {
    for (const seed of seeds) {
      const booth = openBooth(seed);
      const { clock, heard, session } = booth;
      for (const pitch of [60, 64, 67, 72]) {
        session.play({ type: 'noteOn', pitch, velocity: 80, atMs: clock.nowMs() });
        await clock.run(clock.nowMs() + 240);
        session.play({ type: 'noteOff', pitch, atMs: clock.nowMs() });
      }
      await clock.run(clock.nowMs() + 700 + seed * 300);
      await happen(booth);
      const happenedMs = clock.nowMs();
      await clock.run(happenedMs + 20_000);
      expect(heard.filter(({ type, atMs }) => type === 'noteOn' && atMs > happenedMs)).toEqual([]);
    }
  });
});
