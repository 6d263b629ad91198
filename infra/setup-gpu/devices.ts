/** The devices of this machine, as its drivers tell. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

interface Devices {
  /** Name, driver and memory of each, a line each; null without any. */
  nvidia: string | null;
  /** The newest CUDA that the driver runs. */
  cuda: string | null;
  /** One that Vulkan may reach. */
  other: boolean;
}

const LIST = ['--query-gpu=name,driver_version,memory.total', '--format=csv,noheader'];

export function findDevices(): Devices {
  const ask = (args: string[]) => {
    const { status, stdout } = spawnSync('nvidia-smi', args, { encoding: 'utf8' });
    return status === 0 ? stdout : '';
  };
  return { ...nvidiaOf(ask(LIST), ask([])), other: existsSync('/dev/dri') };
}

/** From what nvidia-smi prints: `list` with LIST, `overview` without arguments. */
export function nvidiaOf(list: string, overview: string): Pick<Devices, 'nvidia' | 'cuda'> {
  return { nvidia: list.trim() || null, cuda: /CUDA Version: ([\d.]+)/.exec(overview)?.[1] ?? null };
}

export function describeDevices({ nvidia, cuda, other }: Devices): string[] {
  return [
    `NVIDIA device:   ${nvidia ?? 'none (nvidia-smi finds none)'}`,
    `CUDA of driver:  ${cuda ?? 'none'}`,
    `Other GPU:       ${other ? '/dev/dri is here; WebGPU may use it through Vulkan' : 'none (/dev/dri is missing)'}`,
  ];
}
