import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { Engine, GenerationRequest } from '@antiphon/core/runtime';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ModelLibrary } from './model-library.js';
import { ModelsController } from './models.controller.js';

describe('a melody asked for over HTTP', () => {
  let server: Server;
  const asked: GenerationRequest[] = [];
  let open = 0;
  /** Goes on until it is called off. */
  const endless: Pick<Engine, 'models' | 'open'> = {
    models: () => [],
    open: ({ model }) => {
      open++;
      return {
        model,
        async *generate(request, signal) {
          asked.push(request);
          while (!signal?.aborted) yield { event: await setImmediate(-2), logProbability: 0 };
        },
        fork: () => Promise.reject(new Error('nobody asks for it')),
        close: () => void open--,
      };
    },
  };
  beforeEach(async () => {
    const clock = { nowMs: () => 5_000, at: () => () => {} };
    const controller = new ModelsController(endless as Engine, {} as ModelLibrary, clock);
    server = createServer((_, response) => void controller.generate({ steps: 8 }, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => server.close());

  it('may wait ten seconds of booth time, and is given up when the client hangs up', async () => {
    const client = new AbortController();
    const { port } = server.address() as AddressInfo;
    const answer = fetch(`http://127.0.0.1:${port}`, { signal: client.signal }).catch(() => 'hung up');
    await vi.waitFor(() => expect(asked).toMatchObject([{ steps: 8, deadlineMs: 15_000 }]));
    expect(open).toBe(1);
    client.abort();
    expect(await answer).toBe('hung up');
    await vi.waitFor(() => expect(open).toBe(0));
  });
});
