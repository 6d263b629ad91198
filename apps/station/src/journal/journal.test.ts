import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlayedEvent } from '@antiphon/core/music';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openJournal } from './journal.js';

const event: PlayedEvent = {
  player: 'visitor',
  voice: 'melody',
  type: 'noteOn',
  pitch: 60,
  velocity: 80,
  atMs: 1.5,
};

describe('the journal', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'antiphon-journal-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('keeps what was not acknowledged over a restart, in its run and order', () => {
    const before = openJournal(folder);
    for (let i = 0; i < 5; i++) before.append([{ ...event, pitch: 60 + i }]);
    before.acknowledge(2);
    before.acknowledge(1);
    const after = openJournal(folder);
    expect(after.runId).toBe(before.runId);
    expect(after.waiting().map(({ sequence }) => sequence)).toEqual([3, 4, 5]);
    expect(after.append([event]).sequence).toBe(6);
  });

  it('begins a new run when everything was acknowledged', () => {
    const before = openJournal(folder);
    before.acknowledge(before.append([event]).sequence);
    const after = openJournal(folder);
    expect(after.runId).not.toBe(before.runId);
    expect(after.append([event]).sequence).toBe(1);
  });

  it('passes over a line that was cut short by a pulled plug', () => {
    const before = openJournal(folder);
    before.append([event]);
    appendFileSync(join(folder, 'journal.jsonl'), '{"chunk":{"sequence":2,"events":[{"pla');
    const after = openJournal(folder);
    expect(after.waiting()).toEqual([{ sequence: 1, events: [event] }]);
  });

  it('does not grow without end', () => {
    const journal = openJournal(folder);
    for (let i = 0; i < 5_000; i++) journal.acknowledge(journal.append([event]).sequence);
    expect(readFileSync(join(folder, 'journal.jsonl'), 'utf8').split('\n').length).toBeLessThan(5_000);
  });
});
