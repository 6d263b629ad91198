import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { holdDataFolder } from './data-folder.js';

describe('the data folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'antiphon-data-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('keeps who the station is', () => {
    const first = holdDataFolder(join(folder, 'new'));
    first.release();
    expect(holdDataFolder(join(folder, 'new')).stationId).toBe(first.stationId);
  });

  it('makes a new identity when a pulled plug left half of one', () => {
    writeFileSync(join(folder, 'station-id'), '0198f2');
    const { stationId } = holdDataFolder(folder);
    expect(stationId).toHaveLength(36);
    expect(readFileSync(join(folder, 'station-id'), 'utf8').trim()).toBe(stationId);
  });

  it('is held by one running station only', async () => {
    const other = spawn('sleep', ['60']);
    const stat = readFileSync(`/proc/${other.pid}/stat`, 'utf8');
    const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    writeFileSync(join(folder, 'station.lock'), `${other.pid} ${start}\n`);
    expect(() => holdDataFolder(folder)).toThrow(`another station (process ${other.pid})`);
    writeFileSync(join(folder, 'station.lock'), `${other.pid} 1\n`);
    holdDataFolder(folder).release(); // the number was given out again
    other.kill();
  });

  it('says in one sentence that it cannot be used', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => holdDataFolder(join(folder, 'file', 'data'))).toThrow(/cannot be used: ENOTDIR$/);
    mkdirSync(join(folder, 'station-id'));
    expect(() => holdDataFolder(folder)).toThrow(/cannot be used: EISDIR$/);
  });
});
