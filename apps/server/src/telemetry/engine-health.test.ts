import type { EngineModel } from '@antiphon/core/runtime';
import { describe, expect, it } from 'vitest';
import { engineHealth } from './engine-health.js';

const model = (id: string, status: EngineModel['status']): EngineModel => ({
  id,
  title: id,
  role: 'melody',
  styles: [],
  status,
  runner: 'onnx (cpu)',
  reason: 'the device was lost',
});

describe('the health of the engine', () => {
  it.each([
    [['up', 'up'], 'up'],
    [['up', 'replacing'], 'degraded'],
    [['up', 'down'], 'degraded'],
    [['replacing', 'down'], 'down'],
  ] as const)('of models that are %j is %s', (statuses, status) => {
    expect(engineHealth(statuses.map((each, i) => model(`${i}`, each))).status).toBe(status);
  });

  it('says of each model what runs it, or what became of that', () => {
    expect(engineHealth([model('melody', 'up'), model('improv', 'down')]).models).toEqual([
      'melody on onnx (cpu)',
      'improv is down: the device was lost',
    ]);
  });
});
