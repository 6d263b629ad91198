/** Visitors play duets with the machine: real server, real database, real model, simulated keyboards. */
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { keyEventsOfNotes, type VoicedNote } from '@antiphon/core/music';
import type { Duet, DuetLog, DuetPage, Rerun, StationView } from '@antiphon/protocol';
import { parseMidi } from 'midi-file';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Operator } from './harness/operator.js';
import { type RunningServer, startServer } from './harness/server.js';
import { type PhraseNote, SimulatedStation } from './harness/simulated-station.js';
import { until } from './harness/until.js';

const phrase: PhraseNote[] = [60, 62, 64, 65, 67, 65, 64, 62].map((pitch, i) => ({
  pitch,
  onsetMs: i * 250,
  durationMs: 200,
  velocity: 60 + i * 5,
}));

describe('a duet', () => {
  let server: RunningServer;
  let operator: Operator;

  beforeAll(async () => {
    server = await startServer({ environment: { SESSION_IDLE_SECONDS: '3' } });
    operator = await Operator.signIn(server.url, server.operatorPassword);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const join = () => SimulatedStation.join(server.url, { token: server.stationToken });

  it('answers a phrase from the model at the next bar line, on time and with every note ended', async () => {
    await using station = await join();
    const { startMs, endMs } = await station.play(phrase);
    await until('an answer', () => station.plan.notes.length > 0);
    await until('the end of the answer', () => station.turns.at(-1) === 'visitor');
    const answer = station.plan.notes;
    const BAR_MS = 2_000;
    const firstBarMs = Math.ceil((endMs - startMs) / BAR_MS) * BAR_MS;
    const response = (answer[0]?.onsetMs ?? 0) - startMs;
    expect(response).toBeGreaterThanOrEqual(firstBarMs - 1);
    expect(response).toBeLessThan(firstBarMs + 2 * BAR_MS);
    for (const note of answer) {
      expect(note.durationMs).toBeGreaterThan(0);
      expect((note.onsetMs - startMs) % 125).toBeCloseTo(0, 0);
    }
    for (const { plan, arrivedMs } of station.plans)
      for (const note of plan.notes) expect(note.onsetMs).toBeGreaterThan(arrivedMs - 1);
    expect(station.turns).toEqual(['visitor', 'listening', 'machine', 'visitor']);
  });

  it('does what an operator asks of the machine, and says what is on', async () => {
    await using station = await join();
    const { stationId } = station;
    const ask = (action: string) =>
      operator.request('POST', `/api/stations/${stationId}/actions`, { action });
    const view = async () =>
      (await operator.get<StationView[]>('/api/stations')).find(({ id }) => id === stationId);
    expect((await ask('loop')).status).toBe(409);
    await station.play(phrase);
    expect((await ask('loop')).status).toBe(204);
    expect((await view())?.session?.switches).toEqual(['loop']);
    await until('an answer', () => station.plan.notes.length > 0);
    const first = new Set(station.plan.notes.map(({ onsetMs }) => onsetMs));
    await until('the answer again', async () => {
      await ask('tap'); // somebody is still there
      return station.plan.notes.some(({ onsetMs }) => !first.has(onsetMs));
    });
    expect((await ask('clear')).status).toBe(204);
    expect((await view())?.session?.switches).toEqual([]);
    expect(station.turns.at(-1)).toBe('visitor');
    expect((await ask('dance')).status).toBe(400);
  });

  it('tells a station that can show it what can be asked of the machine, and does what is asked there', async () => {
    await using station = await join();
    expect(station.offer.actions).toEqual([]);
    station.act('loop');
    await station.play(phrase);
    await until('an offer', () => station.offer.actions.length > 0);
    expect(station.offer).toEqual({
      actions: ['endCall', 'mutate', 'loop', 'solo', 'mute', 'clear'],
      switches: [],
    });
    station.act('loop');
    await until('the loop on', () => station.offer.switches.includes('loop'));
    const assigned = { mode: 'echo', params: { tempo: 'tapped' } };
    await operator.request('PUT', `/api/stations/${station.stationId}/assignment`, assigned);
    await until('what echo knows', () => station.offer.actions.join() === 'tap,mute,clear');
    expect(station.offer.switches).toEqual([]);
    await operator.request('PUT', `/api/stations/${station.stationId}/assignment`, {
      mode: 'call-and-response',
      params: { tempo: 'tapped' },
    });
    await until('what call and response knows', () => station.offer.actions.length === 7);
    await until('only the tap once the session is over', () => station.offer.actions.join() === 'tap');
  });

  it('is controlled from the keyboard once its knobs are learned, which light up and are not recorded', async () => {
    await using station = await join();
    const { stationId } = station;
    const put = (path: string, body: unknown) =>
      operator.request('PUT', `/api/stations/${stationId}/${path}`, body);
    const view = async () =>
      (await operator.get<StationView[]>('/api/stations')).find(({ id }) => id === stationId);
    await put('learning', { target: { type: 'parameter', name: 'temperature' } });
    await station.control(21, 60);
    await put('learning', { target: { type: 'action', action: 'mute' } });
    await station.control(22, 127);
    expect((await view())?.controls).toEqual([
      { source: { type: 'controller', number: 21 }, target: { type: 'parameter', name: 'temperature' } },
      { source: { type: 'controller', number: 22 }, target: { type: 'action', action: 'mute' } },
    ]);
    await until('the knob to show the temperature', () => station.lights.get('controller 21') === 60);
    expect(station.controls).toEqual((await view())?.controls);
    await station.control(21, 127);
    expect((await view())?.assignment.params).toMatchObject({ temperature: 2 });

    await station.play(phrase.slice(0, 2));
    await station.control(22, 0);
    await station.control(22, 127);
    await until('the button to light up', () => station.lights.get('controller 22') === 127);
    const { session } = (await view()) as StationView; // it may end as soon as the machine has had its turn
    expect(session?.switches).toEqual(['mute']);
    await until('the machine’s turn', () => station.turns.includes('machine'));
    await until('the visitor’s turn', () => station.turns.at(-1) === 'visitor');
    expect(station.plans.flatMap(({ plan }) => plan.notes)).toEqual([]);

    const duet = await until('a duet with what came of the knob', async () => {
      const opened = await operator.get<Duet>(`/api/duets/${session?.id}`);
      return opened.events.length >= 4 ? opened : null;
    });
    expect(duet.events.filter(({ type }) => type === 'control')).toEqual([]);
    expect(duet.parts.at(-1)?.params).toMatchObject({ temperature: 2 });

    const [knob] = station.controls;
    await put('controls', [knob]);
    await until('the button to be forgotten', () => station.controls.length === 1);
    station.controls = [];
    station.cut();
    await until('to be told again', () => station.controls.length === 1);
  });

  it('fits together with what other stations play that share the booth’s beat', async () => {
    await using left = await join();
    await using right = await join();
    const tempo = await operator.request('PUT', '/api/booth-tempo', { tempoBpm: 150 });
    expect(await tempo.json()).toEqual({ tempoBpm: 150 });
    for (const { stationId } of [left, right])
      await operator.request('PUT', `/api/stations/${stationId}/assignment`, {
        mode: 'call-and-response',
        params: { tempo: 'booth', metronome: 'on' },
      });
    const later = sleep(370).then(() => right.play(phrase.slice(0, 3)));
    await Promise.all([left.play(phrase), later]);
    const melodyOf = ({ plan }: SimulatedStation) => plan.notes.filter(({ voice }) => voice === 'melody');
    const clicksOf = ({ plans }: SimulatedStation) =>
      plans.flatMap(({ plan }) => plan.notes).filter(({ voice }) => voice === 'click');
    for (const station of [left, right])
      await until('an answer', () => station.turns.at(-1) === 'visitor' && melodyOf(station).length > 0);
    const stress = Math.max(...clicksOf(left).map(({ velocity }) => velocity));
    const barsOf = (station: SimulatedStation) =>
      clicksOf(station).filter(({ velocity }) => velocity === stress);
    const [bar] = barsOf(left);
    const expectEvery = (periodMs: number, notes: VoicedNote[]) => {
      expect(notes.length).toBeGreaterThan(1);
      for (const { onsetMs } of notes) {
        const periods = (onsetMs - (bar?.onsetMs ?? 0)) / periodMs;
        expect(Math.abs(periods - Math.round(periods)) * periodMs).toBeLessThan(1);
      }
    };
    for (const station of [left, right]) {
      expectEvery(100, melodyOf(station));
      expectEvery(400, clicksOf(station));
      expectEvery(1_600, barsOf(station));
    }
  });

  it('keeps the beat of the MIDI clock that a station hears', async () => {
    await using station = await join();
    await operator.request('PUT', `/api/stations/${station.stationId}/assignment`, {
      mode: 'echo',
      params: { tempo: 'midiClock' },
    });
    const originMs = station.boothMs() - 777;
    station.sendRaw('clockHeard', { pulse: { tempoBpm: 200, originMs } });
    const { startMs } = await station.play(phrase.slice(0, 1));
    await until('the echo', () => station.plan.notes.length > 0);
    const BAR_MS = 1_200;
    const bars = ((station.plan.notes[0]?.onsetMs ?? 0) - startMs) / BAR_MS;
    expect(bars).toBeGreaterThan(0.5);
    expect(Math.abs(bars - Math.round(bars))).toBeLessThan(0.01);
    await until('the beat to be sent on', () => station.beats.at(-1)?.pulse?.tempoBpm === 200);
    const views = await operator.get<StationView[]>('/api/stations');
    expect(views.find(({ id }) => id === station.stationId)?.session?.tempoBpm).toBe(200);
  });

  it('is on the record with exact times and velocities of both players, mode, model and seed', async () => {
    await using station = await join();
    const { startMs } = await station.play(phrase);
    await until(
      'the end of the answer',
      () => station.turns.at(-1) === 'visitor' && station.turns.length > 2,
    );
    await station.reportMachineNotes(station.plan.notes);
    const summary = await until('the session in the list', async () =>
      (await operator.get<DuetPage>('/api/duets')).duets.find(
        ({ station: { id } }) => id === station.stationId,
      ),
    );
    await until(
      'the end of the session',
      async () => (await operator.get<Duet>(`/api/duets/${summary.id}`)).endedAt,
    );
    const duet = await operator.get<Duet>(`/api/duets/${summary.id}`);
    const pressed = duet.events.flatMap((e) => (e.type === 'noteOn' && e.player === 'visitor' ? [e] : []));
    expect(pressed.map(({ pitch }) => pitch)).toEqual(phrase.map(({ pitch }) => pitch));
    expect(pressed.map(({ velocity }) => velocity)).toEqual(phrase.map(({ velocity }) => velocity));
    for (const [i, event] of pressed.entries())
      expect(event.atMs - (pressed[0]?.atMs ?? 0)).toBeCloseTo(phrase[i]?.onsetMs ?? 0, 6);
    const answered = duet.events.flatMap((e) => (e.type === 'noteOn' && e.player === 'machine' ? [e] : []));
    expect(answered.map(({ pitch }) => pitch)).toEqual(station.plan.notes.map(({ pitch }) => pitch));
    expect((answered[0]?.atMs ?? 0) - (pressed[0]?.atMs ?? 0)).toBeCloseTo(
      (station.plan.notes[0]?.onsetMs ?? 0) - startMs,
      6,
    );
    expect(duet).toMatchObject({ mode: 'call-and-response', model: 'melody' });
    expect(duet.seed).toBeTypeOf('number');
    expect(duet.parts).toHaveLength(1);

    const midi = await operator.request('GET', `/api/duets/${summary.id}/midi`);
    const file = parseMidi(new Uint8Array(await midi.arrayBuffer()));
    const noteOns = file.tracks.flat().filter((event) => event.type === 'noteOn' && event.velocity > 0);
    expect(noteOns).toHaveLength(pressed.length + answered.length);
  });

  it('is run again from its record to the same notes, or with another model to others', async () => {
    await using station = await join();
    const { stationId } = station;
    const assign = (mode: string, params: Record<string, unknown>) =>
      operator.request('PUT', `/api/stations/${stationId}/assignment`, { mode, params });
    const ask = (action: string) =>
      operator.request('POST', `/api/stations/${stationId}/actions`, { action });
    const answered = async () => {
      await until('the machine’s turn', () => station.turns.at(-1) === 'machine');
      await until('the visitor’s turn', () => station.turns.at(-1) === 'visitor');
    };
    await assign('call-and-response', { endOfCall: 'pause', responseBars: '1' });
    await station.play(phrase.slice(0, 4));
    await answered();
    await assign('call-and-response', { endOfCall: 'pause', responseBars: '1', tempoBpm: 150 });
    await ask('mutate');
    await answered();
    await assign('echo', { tempoBpm: 150 });
    await station.play(phrase.slice(0, 3));
    await answered();
    const id = await until('the end of the session', async () => {
      const { duets } = await operator.get<DuetPage>(`/api/duets?station=${stationId}`);
      return duets[0]?.endedAt && duets[0].id;
    });

    const onsets = ({ events }: Pick<Rerun, 'events'>) =>
      events.flatMap((e) =>
        e.type === 'noteOn' && e.player === 'machine' ? [[e.pitch, e.velocity, e.atMs]] : [],
      );
    const again = async (body: object) => {
      const answer = await operator.request('POST', `/api/duets/${id}/rerun`, body);
      expect(answer.status).toBe(200);
      return (await answer.json()) as Rerun;
    };
    const duet = await operator.get<Duet>(`/api/duets/${id}`);
    const startedMs = Date.parse(duet.startedAt);
    const planned = new Map(
      station.plans.flatMap(({ plan }) => plan.notes).map((note) => [note.onsetMs - startedMs, note]),
    );
    const rerun = await again({});
    expect(onsets(rerun).length).toBeGreaterThan(6);
    for (const [pitch, velocity, atMs = 0] of onsets(rerun))
      expect(planned.get(atMs)).toMatchObject({ pitch, velocity });
    expect(onsets(await again({}))).toEqual(onsets(rerun));

    const { seed, entries } = await operator.get<DuetLog>(`/api/duets/${id}/log`);
    expect(seed).toBe(duet.seed);
    expect(rerun.log.entries).toEqual(entries);
    const asked = entries.flatMap((entry) => (entry.type === 'asked' ? [entry.model] : []));
    expect(new Set(asked)).toEqual(new Set(['melody']));
    const steps = entries.flatMap((entry) => (entry.type === 'generated' ? entry.steps : []));
    expect(steps.length).toBeGreaterThanOrEqual(2 * 16);
    for (const { logProbability } of steps) expect(logProbability).toBeLessThanOrEqual(0);

    const small = await again({ model: 'melody-small' });
    expect(onsets(small)).not.toEqual(onsets(rerun));
    expect((await again({ model: 'melody-small' })).events).toEqual(small.events);
    expect(onsets(small).slice(-3)).toEqual(onsets(rerun).slice(-3));
  });

  it('goes on with another mode when an operator assigns one', async () => {
    await using station = await join();
    const assigned = await operator.request('PUT', `/api/stations/${station.stationId}/assignment`, {
      mode: 'echo',
      params: {},
    });
    expect(assigned.status).toBe(200);
    await station.play(phrase);
    await until('the echo', () => station.plan.notes.length >= phrase.length);
    expect(station.plan.notes.map(({ pitch }) => pitch)).toEqual(phrase.map(({ pitch }) => pitch));
  });

  it('says which field of a mode is wrong and keeps the old one', async () => {
    await using station = await join();
    const refused = await operator.request('PUT', `/api/stations/${station.stationId}/assignment`, {
      mode: 'call-and-response',
      params: { temperature: 'hot' },
    });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain('temperature');
  });

  it.each([
    ['PUT', 'booth-tempo', { tempoBpm: 1e9 }, 'tempoBpm'],
    ['PUT', 'stations/ID/assignment', { mode: 'waltz', params: {} }, 'waltz'],
    ['PUT', 'stations/ID/assignment', { mode: 'echo', params: { tempoBpm: -1 } }, 'tempoBpm'],
    ['PUT', 'stations/ID/assignment', { mode: 'echo', params: {}, model: 7 }, 'model'],
    ['PUT', 'stations/ID/assignment', { mode: 'lead', params: {}, model: 'melody' }, 'lead'],
    ['PUT', 'stations/ID/controls', [{ source: { type: 'note', number: 128 } }], 'number'],
    ['PUT', 'stations/ID/learning', { target: { type: 'action', action: 'dance' } }, 'action'],
    ['POST', 'stations/ID/actions', {}, 'action'],
    ['PATCH', 'stations/ID', { name: ' ' }, 'name'],
    ['POST', 'duets/ID/rerun', { model: [] }, 'model'],
    ['GET', 'duets?limit=0', undefined, 'limit'],
  ])('refuses %s %s with %o and names what is wrong', async (method, path, body, named) => {
    await using station = await join();
    const before = await operator.get<StationView[]>('/api/stations');
    const refused = await operator.request(method, `/api/${path.replace('ID', station.stationId)}`, body);
    expect(refused.status).toBe(400);
    expect((await refused.json()).message).toContain(named);
    const after = await operator.get<StationView[]>('/api/stations');
    expect(after.map(({ assignment, name, controls }) => ({ assignment, name, controls }))).toEqual(
      before.map(({ assignment, name, controls }) => ({ assignment, name, controls })),
    );
  });

  it('records a chunk once, however often it is sent', async () => {
    await using station = await join();
    const event = { player: 'visitor', voice: 'melody', type: 'noteOn', pitch: 60, velocity: 80 } as const;
    const chunk = { sequence: 1, events: [{ ...event, atMs: station.boothMs() }] };
    for (let i = 0; i < 3; i++) station.sendRaw('played', chunk);
    const summary = await until('the session', async () =>
      (await operator.get<DuetPage>('/api/duets')).duets.find(
        ({ station: { id } }) => id === station.stationId,
      ),
    );
    await until(
      'the note',
      async () => (await operator.get<Duet>(`/api/duets/${summary.id}`)).events.length > 0,
    );
    expect((await operator.get<Duet>(`/api/duets/${summary.id}`)).events).toHaveLength(1);
  });
});

describe('a server', () => {
  it('refuses a wrong token, an old station and a malformed hello, each with its reason', async () => {
    await using server = await startServer();
    await using badToken = SimulatedStation.open(server.url, { token: 'wrong' });
    await using tooOld = SimulatedStation.open(server.url, { token: server.stationToken, version: 0 });
    await using tooNew = SimulatedStation.open(server.url, { token: server.stationToken, version: 999 });
    await using malformed = SimulatedStation.open(server.url, {
      token: server.stationToken,
      stationId: 'me',
    });
    await until('four refusals', () => [badToken, tooOld, tooNew, malformed].every(({ refused }) => refused));
    expect(badToken.refused?.reason).toBe('badToken');
    expect(tooOld.refused?.reason).toBe('stationTooOld');
    expect(tooNew.refused?.reason).toBe('serverTooOld');
    expect(malformed.refused).toMatchObject({
      reason: 'badMessage',
      message: expect.stringContaining('stationId'),
    });
  });

  it('keeps every acknowledged note and closes open sessions after its power was cut', async () => {
    const first = await startServer();
    const { dataFolder } = first;
    const station = await SimulatedStation.join(first.url, { token: first.stationToken });
    await station.play(phrase.slice(0, 4));
    await station[Symbol.asyncDispose]();
    await first.kill();
    await using second = await startServer({ dataFolder });
    const operator = await Operator.signIn(second.url, second.operatorPassword);
    const { duets } = await operator.get<DuetPage>('/api/duets');
    rmSync(dataFolder, { recursive: true, force: true });
    expect(duets).toHaveLength(1);
    expect(duets[0]).toMatchObject({ notes: { visitor: 4 } });
    expect(duets[0]?.endedAt).not.toBeNull();
  });

  it('plays quietly where nobody does, off the record, and yields to the first key', async () => {
    await using server = await startServer({ environment: { ATTRACT_AFTER_SECONDS: '1' } });
    await using station = await SimulatedStation.join(server.url, { token: server.stationToken });
    const alone = await until('a piece', () => station.plans.find(({ plan }) => plan.notes.length > 0)?.plan);
    expect(alone.alone).toBe(true);
    for (const { velocity } of alone.notes) expect(velocity).toBeLessThan(64);
    // as a station does that knows no better: it lets them ring, and tells of them
    const pitches = [...new Set(alone.notes.map(({ pitch }) => pitch))].slice(0, 3);
    const rung = pitches
      .flatMap((pitch) => alone.notes.find((note) => note.pitch === pitch) ?? [])
      .map((note) => ({ ...note, durationMs: 2_500 }));
    const told = keyEventsOfNotes(rung);
    const machine = { player: 'machine', voice: 'melody' } as const;
    const sounded = told.map((event) => ({ ...event, ...machine }));
    await station.report(sounded.filter(({ type }) => type === 'noteOn'));
    await station.play(phrase.slice(0, 4));
    await station.report(sounded.filter(({ type }) => type === 'noteOff'));
    const yielded = station.plans.find(({ plan }) => plan.revision > alone.revision)?.plan;
    expect(yielded).toMatchObject({ notes: [] });
    await until('an answer', () => station.turns.includes('machine'));
    const operator = await Operator.signIn(server.url, server.operatorPassword);
    const { duets } = await operator.get<DuetPage>('/api/duets');
    expect(duets.map(({ notes }) => notes)).toEqual([{ visitor: 4, machine: 0 }]);
    const { events } = await operator.get<Duet>(`/api/duets/${duets[0]?.id}`);
    expect(events.map(({ player }) => player)).toEqual(events.map(() => 'visitor'));
  });

  it('refuses a data folder that another server uses, in one sentence', async () => {
    await using first = await startServer();
    await expect(startServer({ dataFolder: first.dataFolder })).rejects.toThrow(
      /another server \(process \d+\) uses the data folder/,
    );
  });

  it('plays on with one station while another sends rubbish', async () => {
    const key = { player: 'visitor', voice: 'melody', type: 'noteOn', pitch: 60, velocity: 80 } as const;
    await using server = await startServer();
    await using good = await SimulatedStation.join(server.url, { token: server.stationToken });
    await using hostile = await SimulatedStation.join(server.url, { token: server.stationToken });
    for (const message of [
      null,
      7,
      'x',
      { sequence: 1, events: [] },
      { sequence: -1 },
      { events: [{ pitch: 999 }] },
      { sequence: 1, events: [{ ...key, atMs: 1e300 }] },
      { sequence: 2, events: [{ ...key, atMs: -1e300 }] },
      { pulse: { tempoBpm: 1e300, originMs: 0 } },
      { pulse: { tempoBpm: 120, originMs: -1e300 } },
    ])
      for (const name of ['played', 'health', 'hello', 'clock', 'clockHeard', 'nonsense'])
        hostile.sendRaw(name, message);
    const refused = await until('a refusal', () => hostile.refused);
    expect(refused).toMatchObject({ reason: 'badMessage' });
    hostile.sendRaw('played', { sequence: 3, events: [{ ...key, atMs: hostile.boothMs() + 86_400_000 }] });
    await good.play(phrase);
    await until('an answer for the good one', () => good.plan.notes.length > 0);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    const operator = await Operator.signIn(server.url, server.operatorPassword);
    const views = await operator.get<StationView[]>('/api/stations');
    expect(views.map(({ link }) => link.status)).toEqual(['online', 'online']);
  });

  it('hands a reconnecting station its plan, mode and turn again', async () => {
    await using server = await startServer();
    await using station = await SimulatedStation.join(server.url, { token: server.stationToken });
    await station.play(phrase);
    await until('an answer', () => station.plan.notes.length > 0);
    const before = station.welcome;
    station.cut();
    const after = await until('a second welcome', () => station.welcome !== before && station.welcome);
    expect(after.mode.id).toBe('call-and-response');
    expect(after.plan.revision).toBeGreaterThanOrEqual(station.plan.revision);
  });
});
