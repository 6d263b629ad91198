import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  const problems: string[] = [];
  const onProblem = (problem: string) => problems.push(problem);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'antiphon-journal-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('keeps what was not acknowledged over a restart, in its run and order', () => {
    const before = openJournal(folder, onProblem);
    for (let i = 0; i < 5; i++) before.append([{ ...event, pitch: 60 + i }]);
    before.acknowledge(2);
    before.acknowledge(1);
    const after = openJournal(folder, onProblem);
    expect(after.runId).toBe(before.runId);
    expect(after.waiting().map(({ sequence }) => sequence)).toEqual([3, 4, 5]);
    expect(after.append([event]).sequence).toBe(6);
  });

  it('begins a new run when everything was acknowledged', () => {
    const before = openJournal(folder, onProblem);
    before.acknowledge(before.append([event]).sequence);
    const after = openJournal(folder, onProblem);
    expect(after.runId).not.toBe(before.runId);
    expect(after.append([event]).sequence).toBe(1);
  });

  it('passes over a line that was cut short by a pulled plug', () => {
    const before = openJournal(folder, onProblem);
    before.append([event]);
    appendFileSync(join(folder, 'journal.jsonl'), '{"chunk":{"sequence":2,"events":[{"pla');
    const after = openJournal(folder, onProblem);
    expect(after.waiting()).toEqual([{ sequence: 1, events: [event] }]);
  });

  it('keeps everything when the plug is pulled while it is cleared up', () => {
    openJournal(folder, onProblem).append([event]);
    writeFileSync(join(folder, 'journal.jsonl.partial'), '{"runId":"');
    expect(openJournal(folder, onProblem).waiting()).toEqual([{ sequence: 1, events: [event] }]);
  });

  it('lets the music go on from memory when the disk fails, and says so once', () => {
    rmSync(folder, { recursive: true });
    const journal = openJournal(folder, onProblem);
    journal.append([event]);
    journal.append([event]);
    journal.acknowledge(1);
    expect(journal.waiting()).toEqual([{ sequence: 2, events: [event] }]);
    expect(problems).toEqual([expect.stringContaining('ENOENT')]);
    mkdirSync(folder);
    journal.append([event]);
    expect(
      openJournal(folder, onProblem)
        .waiting()
        .map(({ sequence }) => sequence),
    ).toEqual([2, 3]);
  });

  it('does not grow without end', () => {
    const journal = openJournal(folder, onProblem);
    for (let i = 0; i < 5_000; i++) journal.acknowledge(journal.append([event]).sequence);
    expect(readFileSync(join(folder, 'journal.jsonl'), 'utf8').split('\n').length).toBeLessThan(5_000);
  });
});
