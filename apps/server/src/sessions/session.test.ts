/** What goes wrong in a booth, and what a visitor hears of it: every session in virtual time, its plans played as a station does. */
import { AppError } from '@antiphon/core/errors';
import { createRandom } from '@antiphon/core/models';
import { type ModeId, modes } from '@antiphon/core/modes';
import type { Voice } from '@antiphon/core/music';
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
import { Session } from './session.js';
import { VirtualClock } from './virtual-clock.js';

/** The engine gives a request up that is so late. */
const SHED_MS = 500;

interface Heard {
  type: 'noteOn' | 'noteOff';
  voice: Voice;
  pitch: number;
  atMs: number;
}

interface Booth {
  mode: ModeId;
  clock: VirtualClock;
  session: Session;
  /** How long a step of the model takes; null makes it fail. */
  model: { stepMs: number | null };
  station: { online: boolean; panic: () => void; rejoin: () => void };
  heard: Heard[];
  notices: string[];
  begin: () => Session;
}

function openBooth(mode: ModeId, seed: number): Booth {
  const clock = new VirtualClock();
  const model: Booth['model'] = { stepMs: 2 };
  const heard: Booth['heard'] = [];
  const notices: string[] = [];
  let scheduler = idleScheduler;
  let online = true;
  const tick = () => {
    const advanced = advance(scheduler, clock.nowMs());
    scheduler = advanced.state;
    heard.push(
      ...advanced.actions.map(({ type, voice, pitch }) => ({ type, voice, pitch, atMs: clock.nowMs() })),
    );
    clock.at(clock.nowMs() + 10, tick);
  };
  tick();
  const random = createRandom(seed);
  const engine: EngineSession = {
    model: 'melody',
    async *generate({ steps, allowedPitches, deadlineMs, stepMs }) {
      for (let step = 0; step < steps; step++) {
        if (model.stepMs === null && step > 3) throw new Error('the runner died');
        await clock.sleep(model.stepMs ?? 2);
        if (clock.nowMs() > deadlineMs + step * stepMs + SHED_MS)
          throw new AppError('shed', 'it comes too late');
        const pitch = allowedPitches?.[Math.floor(random.next() * allowedPitches.length)] ?? 60;
        yield {
          event: step % 2 === 0 ? pitch : -2,
          chord: ['C', 'F', 'G7', 'Am'][(step >> 3) % 4] as string,
          bass: step % 4 === 0 ? 36 + (step % 12) : -2,
          logProbability: 0,
        };
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
      assignment: { mode, params: {}, model: 'melody' },
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
        remark: (remark) => {
          if (remark.type === 'notice') notices.push(remark.message);
        },
        log: () => {},
      },
    });
  const booth: Booth = {
    mode,
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
        heard.push(
          ...silenced.actions.map(({ type, voice, pitch }) => ({ type, voice, pitch, atMs: clock.nowMs() })),
        );
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

const seeds = [1, 2, 3];
const modeIds = Object.keys(modes) as ModeId[];

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
    ({ session, mode }) =>
      session.changeMode({
        mode,
        params: { tempoBpm: 77, overlap: true, metre: '3/4', responseBars: '2' },
        model: 'melody',
      }),
  ],
];

/** Where they find the two of them. */
const moments: [name: string, arrive: (booth: Booth) => void | Promise<void>][] = [
  ['between notes', () => {}],
  [
    'while a key is held, which is released later',
    async ({ session, clock }) => {
      session.play({ type: 'noteOn', pitch: 61, velocity: 80, atMs: clock.nowMs() });
      clock.at(clock.nowMs() + 900, () => session.play({ type: 'noteOff', pitch: 61, atMs: clock.nowMs() }));
      await clock.run(clock.nowMs() + 100);
    },
  ],
  [
    'in the middle of a note of the machine',
    async ({ clock, heard }) => {
      const isSounding = () => heard.at(-1)?.type === 'noteOn';
      const untilMs = clock.nowMs() + 20_000;
      while (!isSounding() && clock.nowMs() < untilMs) await clock.run(clock.nowMs() + 10);
    },
  ],
];

/** After these the machine is silent until it is played to. */
const silencing = (mode: ModeId): typeof mishaps => [
  ...modeIds
    .filter((other) => other !== mode)
    .map((other): (typeof mishaps)[number] => [
      `${other} is assigned`,
      ({ session }) => session.changeMode({ mode: other, params: {}, model: 'melody' }),
    ]),
  [
    'an operator presses panic',
    ({ session, station }) => {
      session.panic();
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
];

/** What sounds later than this was not planned before a mishap. */
const PLANNED_MS = 20_000;

/** More notes of a voice than these do not begin within so short a time. */
const MOST_AT_ONCE: Record<Voice, number> = { melody: 1, chords: 4, bass: 1, click: 1 };
const AT_ONCE_MS = 50;

function expectNoBunch(heard: readonly Heard[], about: string): void {
  for (const [voice, most] of Object.entries(MOST_AT_ONCE)) {
    const onsets = heard.filter((each) => each.type === 'noteOn' && each.voice === voice);
    for (let i = most; i < onsets.length; i++) {
      const forMs = (onsets[i] as Heard).atMs - (onsets[i - most] as Heard).atMs;
      expect(forMs, `${about}: ${voice}`).toBeGreaterThanOrEqual(AT_ONCE_MS);
    }
  }
}

describe.each(
  modeIds.flatMap((mode) => [...mishaps, ...silencing(mode)].map((mishap) => [mode, ...mishap] as const)),
)('%s, when %s', (mode, _name, happen) => {
  it.each(moments)(
    '%s: no note is left sounding, none comes in a bunch, and the machine goes on or says why not',
    async (_moment, arrive) => {
      for (const seed of seeds) {
        const booth = openBooth(mode, seed);
        const { clock, heard } = booth;
        await visit(booth, seed, clock.nowMs() + 12_000 + seed * 700);
        await arrive(booth);
        const noticed = booth.notices.length;
        await happen(booth);
        const happenedMs = clock.nowMs();
        await visit(booth, seed + 100, happenedMs + 25_000);
        await clock.run(clock.nowMs() + 90_000);
        booth.session.end();
        await clock.run(clock.nowMs() + 10_000);

        const down = new Set<string>();
        for (const { type, voice, pitch } of heard) {
          const key = `${voice} ${pitch}`;
          expect(down.has(key), `seed ${seed}: ${type} ${key}`).toBe(type === 'noteOff');
          if (type === 'noteOn') down.add(key);
          else down.delete(key);
        }
        expect(down).toEqual(new Set());
        expectNoBunch(heard, `seed ${seed}`);
        const goesOn = heard.some(({ type, atMs }) => type === 'noteOn' && atMs > happenedMs + PLANNED_MS);
        const saysWhyNot = booth.notices.length > noticed;
        expect(goesOn || saysWhyNot, `seed ${seed}`).toBe(true);
      }
    },
  );
});

describe.each(modeIds.flatMap((mode) => silencing(mode).map((mishap) => [mode, ...mishap] as const)))(
  '%s, when %s',
  (mode, _name, happen) => {
    it('nothing that was planned before begins to sound', async () => {
      for (const seed of seeds) {
        const booth = openBooth(mode, seed);
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
  },
);
