import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_CONDITION } from '../models/encoding.js';
import { type Model, modelOf } from '../models/model.js';
import { chordOf, NO_CHORD } from '../music/chord.js';
import { HOLD, type MelodyEvent, OFF } from '../music/melody.js';
import { createRandom } from '../random.js';
import { type Engine, type GeneratedEvent, type GenerationRequest, plainRequest } from '../runtime/engine.js';
import { START } from '../runtime/host.fixture.js';
import { startEngine } from '../runtime/start-engine.js';
import { initialParameters } from '../training/parameters.js';
import { recipeFor } from '../training/recipe.js';

const randomModel = (): Model => {
  const { config, network } = recipeFor('accompaniment');
  return modelOf('accompaniment', { config, weights: initialParameters(network([16, 12]), createRandom(3)) });
};

const prompt: MelodyEvent[] = [
  60,
  HOLD,
  62,
  HOLD,
  64,
  HOLD,
  HOLD,
  OFF,
  67,
  HOLD,
  65,
  HOLD,
  64,
  HOLD,
  HOLD,
  HOLD,
];

const request = (changes: Partial<GenerationRequest> = {}): GenerationRequest => ({
  ...plainRequest(prompt, 12),
  ...changes,
});

describe('an engine with a model that accompanies', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine({
      models: [randomModel()],
      runner: 'onnx',
      ...START,
    });
  });
  afterAll(() => engine.close());

  const open = () => engine.open({ model: 'accompaniment', seed: 9 });
  const collect = async (events: AsyncIterable<GeneratedEvent>) => {
    const all: GeneratedEvent[] = [];
    for await (const event of events) all.push(event);
    return all;
  };

  it('gives every step a chord, and a bass that keeps to it', async () => {
    const steps = await collect(open().generate(request({ steps: 200 })));
    expect(steps).toHaveLength(200);
    let sounding: MelodyEvent = OFF;
    for (const { chord = '', bass = HOLD } of steps) {
      if (bass !== HOLD) sounding = bass;
      if (sounding !== OFF) expect(chordOf(chord)?.pitchClasses).toContain(sounding % 12);
    }
    expect(new Set(steps.map(({ chord }) => chord)).size).toBeGreaterThan(10);
  });

  it('plays to the chords and the bass that are settled already', async () => {
    const chords = [...Array<string>(16).fill('C'), ...Array<string>(6).fill('F7')];
    const bass = [...Array<MelodyEvent>(16).fill(HOLD), 41, HOLD, HOLD];
    const steps = await collect(open().generate(request({ condition: { ...NO_CONDITION, chords, bass } })));
    expect(steps.slice(0, 6).map(({ chord }) => chord)).toEqual(Array(6).fill('F7'));
    expect(steps.slice(0, 3).map((step) => step.bass)).toEqual([41, HOLD, HOLD]);
    expect(new Set(steps.slice(6).map(({ chord }) => chord)).size).toBeGreaterThan(1);
  });

  it('asked again a step later answers as one that was never asked before', async () => {
    const chords = Array<string>(prompt.length).fill(NO_CHORD);
    const later = request({
      prompt: [...prompt, 62],
      condition: { ...NO_CONDITION, chords: [...chords, 'G', 'G', 'C'], bass: [] },
    });
    const rewound = open();
    await collect(rewound.generate(request({ condition: { ...NO_CONDITION, chords } })));
    const fresh = open();
    await collect(fresh.generate(request({ prompt: [72, 71, 69], steps: 1 })));
    expect(await collect(rewound.generate(later))).toEqual(await collect(fresh.generate(later)));
  });
});
