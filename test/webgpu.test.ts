/** The WebGPU runner, proved on SwiftShader: Vulkan in software, which comes with the browser. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './harness/server.js';

const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';

it('the WebGPU runner computes what the plain network computes', () => {
  expect(
    existsSync(SWIFTSHADER),
    `${SWIFTSHADER} comes with Debian’s chromium, which npm test installs`,
  ).toBe(true);
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=antiphon:source', '--import', 'tsx', join(root, 'test/webgpu-agreement.ts')],
    { encoding: 'utf8', env: { ...process.env, VK_ICD_FILENAMES: SWIFTSHADER }, timeout: 100_000 },
  );
  const line = stdout.split('\n').find((text) => text.startsWith('{'));
  expect(line, stderr).toBeDefined();
  const { runner, worst } = JSON.parse(line ?? '{}');
  expect(runner).toBe('onnx (webgpu)');
  expect(worst).toBeLessThan(1e-4);
});
