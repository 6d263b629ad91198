import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { describeDevices, nvidiaOf } from './devices.js';
import { type Library, leftoversOf, libraries, planFor } from './libraries.js';
import { type Check, verdictOf } from './verdict.js';

const here = dirname(fileURLToPath(import.meta.url));
const [onnx, tensorflow] = libraries as [Library, Library];

describe('the devices that drivers tell of', () => {
  it('are named, with the CUDA that they run', () => {
    const found = nvidiaOf(
      'NVIDIA GeForce RTX 3060, 550.120, 12288 MiB\n',
      '| NVIDIA-SMI 550.120   Driver Version: 550.120   CUDA Version: 12.4     |',
    );
    expect(found).toEqual({ nvidia: 'NVIDIA GeForce RTX 3060, 550.120, 12288 MiB', cuda: '12.4' });
    expect(describeDevices({ ...found, other: true }).join()).toMatch(/RTX 3060.*12\.4.*\/dev\/dri is here/);
  });

  it('may be none', () => {
    const none = { ...nvidiaOf('', ''), other: false };
    expect(none).toEqual({ nvidia: null, cuda: null, other: false });
    expect(describeDevices(none).map((line) => /none/.test(line))).toEqual([true, true, true]);
  });
});

describe('a native library', () => {
  const binding = 'lib/napi-v8/tfjs_binding.node';
  const shared = 'deps/lib/libtensorflow.so.2.9.1';
  it.each<[string, Library, string[] | null, boolean, RegExp | null]>([
    ['is fetched for an NVIDIA device', onnx, ['package.json'], true, null],
    ['is not fetched without one', onnx, ['package.json'], false, /NVIDIA/],
    ['is not fetched into a package that is absent', tensorflow, null, true, /not installed/],
    ['is not fetched again', tensorflow, [binding, shared], true, /here already/],
    ['is fetched again where only its binding is left', tensorflow, [binding], true, null],
    ['is fetched again where only its binding is missing', tensorflow, [shared], true, null],
  ])('%s', (_what, library, files, hasNvidia, why) => {
    expect(planFor(library, files, hasNvidia)).toEqual(
      why ? { action: 'leave', why: expect.stringMatching(why) } : { action: 'fetch' },
    );
  });

  it('leaves nothing that could pass for it when it could not be fetched', () => {
    const files = ['package.json', binding, shared, 'dist/nodejs_kernel_backend.js'];
    expect(leftoversOf(tensorflow, files)).toEqual([binding, shared]);
  });
});

describe('the self-check', () => {
  const computed = (runner: string, worst = 1e-6): Check => ({
    runner,
    status: 'computed',
    worst,
    stepMs: 0.2,
  });
  const missing: Check = { runner: 'onnx (cuda)', status: 'missing', reason: 'no shared library' };
  const well = { hasDevice: false, notFetched: [] };

  it('is well where the processor computes and there is no device', () => {
    expect(verdictOf([missing, computed('onnx (cpu)')], well)).toEqual({
      lines: [
        '  onnx (cuda)          not here: no shared library',
        '  onnx (cpu)           right, off by 1.0e-6, 0.20 ms a step',
      ],
      exitCode: 0,
    });
  });

  it.each([0.1, Number.NaN, Number.POSITIVE_INFINITY])('fails where a runner is off by %d', (worst) => {
    const { lines, exitCode } = verdictOf([computed('onnx (webgpu)', worst), computed('onnx (cpu)')], well);
    expect(exitCode).toBe(1);
    expect(lines.join('\n')).toMatch(/onnx \(webgpu\) +WRONG[\s\S]*onnx \(webgpu\) must not be used/);
  });

  it('fails where nothing computes', () => {
    expect(verdictOf([missing], well)).toMatchObject({
      exitCode: 1,
      lines: [/not here/, /No runner/].map((line) => expect.stringMatching(line)),
    });
  });

  it('fails, and says what to look for, where a library was not fetched', () => {
    const { lines, exitCode } = verdictOf([computed('onnx (cpu)')], {
      ...well,
      notFetched: ['onnxruntime-node'],
    });
    expect(exitCode).toBe(1);
    expect(lines.at(-1)).toMatch(/^onnxruntime-node was not fetched.*reachable/);
  });

  it.each([
    [[computed('onnx (cpu)'), computed('tensorflow (native)')], true],
    [[computed('onnx (cuda)', 1), computed('onnx (cpu)')], true],
    [[computed('onnx (cpu)'), computed('tensorflow (gpu)')], false],
    [[computed('onnx (webgpu)')], false],
  ])('says whether a device that is here is left unused: %j', (checks, isUnused) => {
    const { lines } = verdictOf(checks, { ...well, hasDevice: true });
    expect(lines.some((line) => line.startsWith('There is a GPU, but no runner uses it'))).toBe(isUnused);
  });

  it('runs on this machine', () => {
    const { status, stdout } = spawnSync(
      process.execPath,
      ['--conditions=antiphon:source', '--import', 'tsx', join(here, 'setup-gpu.ts'), '--check'],
      { encoding: 'utf8' },
    );
    expect(stdout).toMatch(/NVIDIA device: [\s\S]*onnx \(cpu\) +right/);
    expect(stdout).not.toMatch(/fetching/);
    expect(status).toBe(0);
  });
});
