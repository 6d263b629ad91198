import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle, savedSlices } from '../models/import/bundle.fixture.js';
import { NEW_ATTENTION, network } from '../models/import/network.fixture.js';
import { loadModel } from '../models/index.js';
import { exportModel } from './export-model.js';
import { importModel } from './import-model.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antiphon-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('antiphon import and export', () => {
  const lines = async (run: () => Promise<void>) => {
    const written: string[] = [];
    const { log } = console;
    console.log = (line: string) => void written.push(line);
    try {
      await run();
    } finally {
      console.log = log;
    }
    return written.join('\n');
  };

  it('imports and exports, and says what it made', async () => {
    const tensors = network(NEW_ATTENTION, { inputs: 74, classes: 40, units: [8, 6] });
    const source = join(folder, 'attention.mag');
    await writeFile(source, bundle('attention_rnn', [savedSlices(tensors)]));
    const model = join(folder, 'commanded');
    const imported = await lines(() => importModel.run([source, '--out', model]));
    expect(imported).toMatch(/note: attention_rnn does not say how far attention looks back/);
    expect(imported).toMatch(
      /commanded: melody, 74 inputs, 8 and 6 units, attention over 40 steps, 40 classes of melody, pitches 48 to 83, transposed to C\nwritten to .*commanded in \d/,
    );
    const exported = await lines(() =>
      exportModel.run(['--model', model, '--out', join(folder, 'handed-on')]),
    );
    expect(exported).toMatch(/note: Magenta.js does not know KeyMelodyConverter/);
    expect((await loadModel(join(folder, 'handed-on'))).architecture).toEqual(
      (await loadModel(model)).architecture,
    );
    expect((await readdir(join(folder, 'handed-on'))).sort()).toEqual([
      'config.json',
      'group1-shard1of1.bin',
      'weights_manifest.json',
    ]);
  });

  it('says what to do when something is missing or in the way', async () => {
    await expect(importModel.run(['--out', 'x'])).rejects.toThrow(/one SOURCE and --out FOLDER are needed/);
    await expect(importModel.run(['a.mag', '--out', folder])).rejects.toThrow(
      /is not empty; name a new folder/,
    );
    await expect(exportModel.run(['--out', 'x'])).rejects.toThrow(
      /--model FOLDER and --out FOLDER are needed/,
    );
  });
});
