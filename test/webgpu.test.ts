/** The WebGPU runner, proved on SwiftShader: Vulkan in software, which comes with the browser. */
import { existsSync } from 'node:fs';
import { createKernel, ResidentRunner } from '@antiphon/core/runtime';
import { describeRunner } from '@antiphon/core/runtime/model-runner.fixture';
import { expect, it } from 'vitest';

const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';
const TOLERANCE = 1e-4;

process.env.VK_ICD_FILENAMES = SWIFTSHADER;

it('has a device to run on', () => {
  expect(
    existsSync(SWIFTSHADER),
    `${SWIFTSHADER} comes with Debian’s chromium, which npm test installs`,
  ).toBe(true);
});

describeRunner(
  'onnx (webgpu)',
  () => new ResidentRunner((given) => createKernel(given, { library: 'onnx', provider: 'webgpu' })),
  TOLERANCE,
);
