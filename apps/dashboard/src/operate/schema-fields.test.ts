import { describeModes } from '@antiphon/core/modes';
import { describe, expect, it } from 'vitest';
import { faultsOf, fieldsOf, wordsOf } from './schema-fields.js';

describe('form fields', () => {
  it('are drawn for every parameter of every mode there is', () => {
    for (const { paramsSchema, defaults } of describeModes()) {
      const fields = fieldsOf(paramsSchema);
      expect(fields.map(({ name }) => name)).toEqual(Object.keys(defaults));
      for (const field of fields) {
        expect(field.title).not.toBe(field.name);
        expect(field.kind).not.toBe('text');
        if (field.kind === 'number') expect(Number(defaults[field.name])).toBeGreaterThanOrEqual(field.min);
        if (field.kind === 'choice') expect(field.options).toContain(defaults[field.name]);
      }
    }
  });

  it('step finely over a small range and wholly over integers', () => {
    const [temperature, bars] = fieldsOf({
      properties: {
        temperature: { type: 'number', minimum: 0.1, maximum: 2 },
        bars: { type: 'integer', minimum: 1, maximum: 8 },
      },
    });
    expect(temperature).toMatchObject({ kind: 'number', step: 0.1 });
    expect(bars).toMatchObject({ kind: 'number', step: 1 });
  });

  it.each([
    ['silentBar', 'silent bar'],
    ['midiClock', 'MIDI clock'],
    ['boom-chuck', 'boom-chuck'],
    ['4/4', '4/4'],
  ])('say the choice %s as %s', (option, words) => {
    expect(wordsOf(option)).toBe(words);
  });

  it('that keep time stand together, apart from the mode’s own', () => {
    const groups = describeModes().flatMap(({ paramsSchema }) =>
      fieldsOf(paramsSchema).map(({ name, group }) => `${group} ${name}`),
    );
    expect(groups).toContain('time swing');
    expect(groups).toContain('null temperature');
  });

  it('are told apart in a refusal', () => {
    expect(faultsOf('temperature: too big; tempoBpm: not a number')).toEqual({
      temperature: 'too big',
      tempoBpm: 'not a number',
    });
    expect(faultsOf('the server is on fire')).toEqual({});
  });
});
