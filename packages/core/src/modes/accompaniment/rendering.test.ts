import { describe, expect, it } from 'vitest';
import { chordOf, pitchClassOf } from '../../music/index.js';
import {
  BEAT_MS,
  chordNotes,
  heard,
  play,
  type ScriptedModel,
  START_MS,
  scale,
  steady,
} from './scene.fixture.js';
import { placeBass } from './voicing.js';

describe('chords and bass as they are played', () => {
  it('is softer than the visitor and follows how loud they play', () => {
    const loudnessAt = (velocity: number) => {
      const notes = heard(play({}, steady(scale(32), { velocity })));
      return Math.max(...notes.map((note) => note.velocity));
    };
    expect(loudnessAt(120)).toBeLessThan(120);
    expect(loudnessAt(40)).toBeLessThan(40);
    expect(loudnessAt(120)).toBeGreaterThan(2 * loudnessAt(40));
  });

  it.each([-24, -12, 0, 12, 24])('keeps out of the hands, %d semitones from the middle', (up) => {
    const events = steady(scale(48, up));
    for (const texture of ['block', 'boomChuck']) {
      const notes = heard(play({ texture, density: 0.5 }, events)).filter(
        ({ onsetMs }) => onsetMs < START_MS + 48 * BEAT_MS,
      );
      expect(chordNotes(notes).length).toBeGreaterThan(0);
      expect(notes.some(({ voice }) => voice === 'bass')).toBe(up > -24);
      for (const { pitch, voice } of notes)
        expect(pitch < 60 + up || (voice === 'chords' && pitch > 72 + up)).toBe(true);
    }
  });

  it('puts its bass into the highest of its octaves that hands and chord leave free, or nowhere', () => {
    const chord = [55, 60, 64];
    const places = (lowest: number) => placeBass(48, chord, { lowest, highest: 84 });
    expect([72, 51, 50, 48, 39].map(places)).toEqual([48, 48, 36, 36, 36]);
    expect([38, 36, 24].map(places)).toEqual([null, null, null]);
    expect(placeBass(48, [45, 48, 52], null)).toBe(36);
    expect(placeBass(48, chord, null)).toBe(48);
  });

  it('comes home at the end of the form', () => {
    const model: ScriptedModel = ({ prompt, steps, chords = [], bass = [] }) =>
      Array.from({ length: steps }, (_, i) => ({
        event: -2,
        chord: chords[prompt.length + i] ?? 'Dm7',
        bass: bass[prompt.length + i] ?? (i % 8 === 0 ? 38 : -2),
      }));
    const notes = heard(play({ formBars: 8 }, steady(scale(64)), { model }));
    const tones = (beat: number, voice: string) =>
      notes
        .filter((note) => note.voice === voice && Math.abs(note.onsetMs - START_MS - beat * BEAT_MS) < 1)
        .map(({ pitch }) => pitchClassOf(pitch))
        .sort((a, b) => a - b);
    for (const end of [28, 60]) {
      expect(tones(end - 4, 'chords')).toEqual(chordOf('Dm7')?.pitchClasses);
      expect(tones(end - 2, 'chords')).toEqual(chordOf('G7')?.pitchClasses);
      expect(tones(end, 'chords')).toEqual(chordOf('C')?.pitchClasses);
    }
  });

  it.each(['block', 'broken', 'boomChuck'])('plays denser when told to: %s', (texture) => {
    const counts = [0, 0.5, 1].map((density) => {
      const notes = heard(play({ texture, density }, steady(scale(64))));
      for (const { onsetMs } of notes) expect((onsetMs - START_MS) % 125).toBeCloseTo(0, 6);
      return chordNotes(notes).length;
    });
    expect(counts[0]).toBeLessThan(counts[1] as number);
    expect(counts[1]).toBeLessThan(counts[2] as number);
  });

  it.each([
    ['4/4', { chordBeats: 2 }, [0, 8]],
    ['2/4', { chordBeats: 2 }, [0]],
    ['3/4', { chordBeats: 3 }, [0]],
    ['6/8', { chordBeats: 1 }, [0, 6]],
    ['6/8', { chordBeats: 2 }, [0]],
    ['6/8', { chordBeats: 2, density: 0.5 }, [0, 6]],
    ['6/8', { chordBeats: 2, texture: 'boomChuck', density: 0.5 }, [4, 10]],
    ['4/4', { chordBeats: 4, texture: 'boomChuck', density: 0.5 }, [4, 12]],
    ['3/4', { chordBeats: 3, texture: 'boomChuck', density: 0.5 }, [4, 8]],
  ])('in %s changes and strikes its chords on the beats that are counted: %o', (metre, params, places) => {
    const barMs = { '4/4': 2000, '3/4': 1500, '6/8': 1500, '2/4': 1000 }[metre] as number;
    const notes = chordNotes(heard(play({ metre, ...params }, steady(scale(48)))));
    const found = new Set(notes.map(({ onsetMs }) => Math.round(((onsetMs - START_MS) % barMs) / 125)));
    expect([...found].sort((a, b) => a - b)).toEqual(places);
  });

  it('swings the second eighth of a beat and leaves the beats', () => {
    const notes = heard(play({ texture: 'broken', density: 0.5, swing: 66 }, steady(scale(32))));
    const places = new Set(notes.map(({ onsetMs }) => Math.round((onsetMs - START_MS) % BEAT_MS)));
    expect(places).toEqual(new Set([0, 330]));
  });
});
