/** Models over HTTP: brought in while the booth plays, and asked to continue melodies. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeCheckpoint } from '@antiphon/core/models';
import { latentCheckpoint } from '@antiphon/core/models/latent-checkpoint.fixture';
import type { Generated, ImportedModel, ModelView, Problem } from '@antiphon/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Operator } from './harness/operator.js';
import { type RunningServer, startServer } from './harness/server.js';
import { SimulatedStation } from './harness/simulated-station.js';

const RECORDED = fileURLToPath(new URL('../packages/core/src/models/import/recorded/', import.meta.url));

describe('models', () => {
  let server: RunningServer;
  let operator: Operator;
  let elsewhere: Server;
  let folder: string;
  beforeAll(async () => {
    server = await startServer({});
    operator = await Operator.signIn(server.url, server.operatorPassword);
    folder = await mkdtemp(join(tmpdir(), 'antiphon-elsewhere-'));
    await writeCheckpoint(join(folder, 'between'), latentCheckpoint(1));
    elsewhere = createServer(async ({ url = '' }, response) => {
      const bytes = await readFile(join(url.endsWith('.mag') ? RECORDED : folder, url)).catch(() => null);
      response.writeHead(bytes ? 200 : 404).end(bytes);
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    elsewhere.close();
    await rm(folder, { recursive: true, force: true });
    await server[Symbol.asyncDispose]();
  });

  const address = () => `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
  const post = async <T>(path: string, body: unknown): Promise<{ status: number; body: T }> => {
    const response = await operator.request('POST', path, body);
    return { status: response.status, body: (await response.json()) as T };
  };

  it('are there for every role', async () => {
    const models = await operator.get<ModelView[]>('/api/models');
    expect(models.map(({ id, role }) => [id, role])).toEqual(
      expect.arrayContaining([
        ['melody', 'melody'],
        ['accompaniment', 'accompaniment'],
        ['improv', 'improv'],
      ]),
    );
  });

  it('continue a melody, the same again with the same seed', async () => {
    const request = { primer: [60, -2, 62, -2, 64, -2, 65, -2], steps: 32, seed: 5, style: 'folk' };
    const first = await post<Generated>('/api/generate', request);
    expect(first.status).toBe(200);
    expect(first.body.melody).toHaveLength(32);
    expect(first.body.logProbabilities.every((value) => value <= 0)).toBe(true);
    expect((await post<Generated>('/api/generate', request)).body).toEqual(first.body);
    expect((await post<Generated>('/api/generate', { ...request, seed: 6 })).body.melody).not.toEqual(
      first.body.melody,
    );
  });

  it('put chords and bass under one, and keep to chords that are given', async () => {
    const primer = [60, -2, 62, -2, 64, -2, 65, -2];
    const chords = [...Array<string>(8).fill('C'), ...Array<string>(8).fill('F')];
    const { body } = await post<Generated>('/api/generate', {
      model: 'accompaniment',
      primer,
      chords,
      steps: 16,
    });
    expect(body.chords?.slice(0, 8)).toEqual(Array(8).fill('F'));
    expect(body.bass).toHaveLength(16);
  });

  it.each([
    [{ model: 'nonsense' }, 'unknownModel', /nonsense/],
    [{ style: 'polka' }, 'unknownStyle', /polka.*folk/],
    [{ primer: [128] }, 'badRequest', /primer\.0/],
    [{ steps: 0 }, 'badRequest', /steps/],
    [{ model: 'improv', chords: ['Zmaj13'] }, 'badChord', /Zmaj13/],
  ])('refuse %j and say what is wrong', async (request, code, message) => {
    const { status, body } = await post<Problem>('/api/generate', request);
    expect([status, body.code]).toEqual([400, code]);
    expect(body.message).toMatch(message);
  });

  it('are fetched from an address and played at once', async () => {
    const fetched = await post<ImportedModel>('/api/models', { url: `${address()}/lookback_rnn-v1.mag` });
    expect(fetched).toMatchObject({ status: 201, body: { id: 'lookback_rnn-v1' } });
    const { body } = await post<Generated>('/api/generate', {
      model: 'lookback_rnn-v1',
      primer: [60, -2],
      steps: 8,
    });
    expect(body.melody).toHaveLength(8);
    const again = await post<Problem>('/api/models', { url: `${address()}/lookback_rnn-v1.mag` });
    expect([again.status, again.body.code]).toEqual([409, 'modelExists']);
  });

  it('of melodies between two are fetched as well, and removed', async () => {
    const fetched = await post<ImportedModel>('/api/models', { url: `${address()}/between` });
    expect(fetched).toMatchObject({ status: 201, body: { id: 'between', warnings: [] } });
    const models = await operator.get<ModelView[]>('/api/models');
    expect(models.find(({ id }) => id === 'between')).toMatchObject({ role: 'latent', removable: true });
    const primer = [60, ...Array(31).fill(-2), 72, ...Array(31).fill(-2)];
    const { body } = await post<Generated>('/api/generate', { model: 'between', primer, steps: 64 });
    expect(body.melody).toHaveLength(64);
    expect((await operator.request('DELETE', '/api/models/between')).status).toBe(204);
  });

  it('that were brought in are removed once no station is assigned them, those that come with Antiphon never', async () => {
    const bytes = await readFile(`${RECORDED}mono_rnn-v2.mag`);
    expect((await operator.upload('/api/models/passing.mag', bytes)).status).toBe(201);
    const remove = async (id: string) => {
      const response = await operator.request('DELETE', `/api/models/${id}`);
      return [response.status, response.status === 204 ? null : ((await response.json()) as Problem).message];
    };
    const removable = async () =>
      (await operator.get<ModelView[]>('/api/models')).filter((model) => model.removable).map(({ id }) => id);
    expect(await removable()).toContain('passing');
    expect(await removable()).not.toContain('melody');
    expect(await remove('melody')).toEqual([409, expect.stringMatching(/melody.*not brought in/)]);
    expect(await remove('nothing')).toEqual([400, expect.stringMatching(/nothing/)]);

    await using station = await SimulatedStation.join(server.url, { token: server.stationToken });
    const assign = (model: string) =>
      operator.request('PUT', `/api/stations/${station.stationId}/assignment`, {
        mode: 'call-and-response',
        params: {},
        model,
      });
    expect((await assign('passing')).status).toBe(200);
    expect(await remove('passing')).toEqual([409, expect.stringMatching(/passing.*assigned to simulated/)]);
    expect((await assign('melody')).status).toBe(200);
    const refused = await post<Problem>('/api/generate', { model: 'passing', style: 'polka' });
    expect(refused.body).toMatchObject({ code: 'unknownStyle', message: expect.stringMatching(/none/) });
    expect(await remove('passing')).toEqual([204, null]);
    expect(await removable()).not.toContain('passing');
    expect((await operator.upload('/api/models/passing.mag', bytes)).status).toBe(201);
  });

  it('are uploaded, and broken ones refused by name', async () => {
    const upload = (name: string, bytes: Uint8Array) => operator.upload(`/api/models/${name}`, bytes);
    const bytes = await readFile(`${RECORDED}mono_rnn-v2.mag`);
    expect((await upload('My%20own.mag', bytes)).status).toBe(201);
    expect((await operator.get<ModelView[]>('/api/models')).map(({ id }) => id)).toContain('my-own');
    const refused = await upload('half.mag', bytes.subarray(0, 500));
    expect(refused.status).toBe(400);
    expect(((await refused.json()) as Problem).code).toBe('badCheckpoint');
    const missing = await post<Problem>('/api/models', { url: `${address()}/nothing.mag` });
    expect(missing.body).toMatchObject({
      code: 'downloadFailed',
      message: expect.stringMatching(/nothing\.mag.*404/),
    });
  });

  it('are described for programs', async () => {
    const document = await operator.get<{ openapi: string; paths: Record<string, Record<string, unknown>> }>(
      '/api/openapi.json',
    );
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths['/api/generate'] ?? {})).toEqual(['post']);
    expect(JSON.stringify(document.paths['/api/generate'])).toMatch(/"primer"/);
  });
});
