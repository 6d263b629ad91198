import { expect, it } from 'vitest';
import { nativeBackend } from './tensorflow-kernel.js';

it.each([
  ['gpu', { isUsingGpuDevice: true }],
  ['native', { isUsingGpuDevice: false }],
  ['native', {}],
])('the native library is named %s after the device that computes: %j', (name, backend) => {
  expect(nativeBackend(backend)).toBe(name);
});
