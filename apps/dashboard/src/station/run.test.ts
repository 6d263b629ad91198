import type { PlayedEvent } from '@antiphon/core/music';
import { afterEach, describe, expect, it } from 'vitest';
import type { KeyStorage } from './browser-storage.js';
import { openRun } from './run.js';
import { TabCensus } from './tab-census.js';

const note: PlayedEvent = {
  player: 'visitor',
  voice: 'melody',
  type: 'noteOn',
  pitch: 60,
  velocity: 80,
  atMs: 0,
};

describe('a tab’s run', () => {
  const tabs: TabCensus[] = [];
  afterEach(() => {
    for (const tab of tabs.splice(0)) tab.close();
  });

  function browser() {
    const kept = new Map<string, string>();
    const storage: KeyStorage = {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
      keys: () => [...kept.keys()],
    };
    return {
      kept,
      async openTab() {
        const census = new TabCensus();
        tabs.push(census);
        return { run: await openRun(storage, census), close: () => census.close() };
      },
    };
  }

  it('is the same station after a reload, with what was not acknowledged, under higher numbers', async () => {
    const { openTab } = browser();
    const before = await openTab();
    before.run.store.append([note]);
    before.run.store.append([{ ...note, atMs: 1 }]);
    before.run.store.acknowledge(1);
    before.close();
    const after = await openTab();
    expect(after.run.stationId).toBe(before.run.stationId);
    expect(after.run.store.runId).toBe(before.run.store.runId);
    expect(after.run.store.waiting()).toEqual([{ sequence: 2, events: [{ ...note, atMs: 1 }] }]);
    expect(after.run.store.append([note]).sequence).toBeGreaterThan(2);
  });

  it('is a new run of the same station when nothing waits', async () => {
    const { openTab, kept } = browser();
    const before = await openTab();
    before.run.store.acknowledge(before.run.store.append([note]).sequence);
    before.close();
    const after = await openTab();
    expect(after.run.stationId).toBe(before.run.stationId);
    expect(after.run.store.runId).not.toBe(before.run.store.runId);
    expect(after.run.store.append([note]).sequence).toBe(1);
    expect([...kept.keys()].filter((key) => key.includes(before.run.store.runId))).toEqual([]);
  });

  it('is not taken from a tab that still plays', async () => {
    const { openTab } = browser();
    const first = await openTab();
    first.run.store.append([note]);
    const second = await openTab();
    expect(second.run.stationId).not.toBe(first.run.stationId);
    expect(second.run.store.waiting()).toEqual([]);
  });

  it('goes to one of two tabs that open at the same moment', async () => {
    const { openTab } = browser();
    const before = await openTab();
    before.run.store.append([note]);
    before.close();
    const both = await Promise.all([openTab(), openTab()]);
    const stations = both.map(({ run }) => run.stationId);
    expect(new Set(stations).size).toBe(2);
    expect(stations).toContain(before.run.stationId);
  });

  it('passes over what was cut short when the power went', async () => {
    const { openTab, kept } = browser();
    const before = await openTab();
    before.run.store.append([note]);
    before.run.store.append([note]);
    before.close();
    kept.set(`antiphon.played.${before.run.store.runId}.2`, '[{"player":"vis');
    const after = await openTab();
    expect(after.run.store.waiting().map(({ sequence }) => sequence)).toEqual([1]);
  });
});
