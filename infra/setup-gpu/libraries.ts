/** The native libraries that a plain install leaves out: fetched by their packages' own install scripts, which npm is told not to run. */

export interface Library {
  /** Its package. */
  name: string;
  what: string;
  script: string;
  args: string[];
  environment: Record<string, string>;
  /** Files in the package's folder; it is here when there is one of each. */
  brings: RegExp[];
}

export const libraries: Library[] = [
  {
    name: 'onnxruntime-node',
    what: 'CUDA libraries for ONNX Runtime',
    script: 'script/install.js',
    args: [],
    environment: { ONNXRUNTIME_NODE_INSTALL: 'cuda12' },
    brings: [/onnxruntime_providers_cuda/, /onnxruntime_providers_shared/],
  },
  {
    name: '@tensorflow/tfjs-node-gpu',
    what: 'libtensorflow with CUDA',
    script: 'scripts/install.js',
    args: ['gpu', 'download'],
    environment: {},
    brings: [/^lib\/.*tfjs_binding\.node$/, /^deps\/lib\/.*tensorflow\./],
  },
];

export type Plan = { action: 'fetch' } | { action: 'leave'; why: string };

/**
 * `files` of its package, relative to that, null where the package is absent. What is here is not fetched again: TensorFlow's script
 * deletes it before it looks whether more can be had.
 */
export function planFor(library: Library, files: string[] | null, hasNvidia: boolean): Plan {
  if (!files)
    return {
      action: 'leave',
      why: 'not fetched; its package is not installed, npm ci brings it where it fits',
    };
  if (isHere(library, files)) return { action: 'leave', why: 'here already' };
  if (!hasNvidia) return { action: 'leave', why: 'not fetched; of no use without an NVIDIA device' };
  return { action: 'fetch' };
}

export function isHere({ brings }: Library, files: string[]): boolean {
  return brings.every((pattern) => files.some((file) => pattern.test(file)));
}

/** Those of `files` that an attempt which failed has left: half a library must not pass for a whole one. */
export function leftoversOf({ brings }: Library, files: string[]): string[] {
  return files.filter((file) => brings.some((pattern) => pattern.test(file)));
}
