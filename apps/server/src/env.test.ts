import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { environmentSchema, parseEnvironment } from './env.js';

const needed = { STATION_TOKEN: '0123456789abcdef', OPERATOR_PASSWORD: 'a password' };

describe('the environment', () => {
  it('needs only the two secrets', () => {
    expect(parseEnvironment(needed)).toMatchObject({
      PORT: 4000,
      INFERENCE_RUNNER: 'auto',
      LOG_LEVEL: 'info',
    });
  });

  it('names every variable that is wrong, at once', () => {
    const wrong = {
      ...needed,
      PORT: 'http',
      DATABASE_URL: 'mysql://x',
      STATION_TOKEN: 'short',
      LOG_LEVEL: 'loud',
    };
    expect(() => parseEnvironment(wrong)).toThrow(
      /PORT[\s\S]*DATABASE_URL[\s\S]*STATION_TOKEN[\s\S]*LOG_LEVEL/,
    );
  });

  it('takes an empty variable as absent', () => {
    expect(parseEnvironment({ ...needed, DATABASE_URL: '', PORT: '' })).toMatchObject({ PORT: 4000 });
  });

  it('is the one that .env.example shows, with its defaults and descriptions', () => {
    const example = readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8');
    for (const [name, schema] of Object.entries(environmentSchema.shape)) {
      const [, described, value] = new RegExp(`# (.*)\\n${name}=(.*)`).exec(example) ?? [];
      expect(described, name).toBe(schema.description);
      const standard = schema.safeParse(undefined);
      expect(value, name).toBe(standard.success ? String(standard.data ?? '') : '');
    }
    const shown = [...example.matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(shown).toEqual(Object.keys(environmentSchema.shape));
  });
});
