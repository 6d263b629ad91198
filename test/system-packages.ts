/** The programs from outside npm that end-to-end tests drive: a browser, and what the MIDI machine is made of. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

interface SystemProgram {
  path: string;
  debianPackage: string;
  neededFor: string;
}

const programs: SystemProgram[] = [
  { path: '/usr/bin/chromium', debianPackage: 'chromium', neededFor: 'browser tests' },
  {
    path: '/usr/lib/x86_64-linux-gnu/libvulkan.so.1',
    debianPackage: 'libvulkan1',
    neededFor: 'the WebGPU runner',
  },
  { path: '/usr/lib/x86_64-linux-gnu/libasound.so.2', debianPackage: 'libasound2', neededFor: 'MIDI' },
  { path: '/usr/bin/qemu-system-x86_64', debianPackage: 'qemu-system-x86', neededFor: 'real USB-MIDI' },
  { path: '/usr/bin/cpio', debianPackage: 'cpio', neededFor: 'real USB-MIDI' },
  { path: '/bin/busybox', debianPackage: 'busybox-static', neededFor: 'real USB-MIDI' },
  { path: '/sbin/depmod', debianPackage: 'kmod', neededFor: 'real USB-MIDI' },
  { path: '/usr/bin/aconnect', debianPackage: 'alsa-utils', neededFor: 'real USB-MIDI' },
];

/** Installs what is missing; says in one line what could not be, and what that leaves untested. */
export function installSystemPackages(): void {
  const absent = install(programs);
  if (absent.length > 0)
    console.log(
      `Not installed (Debian or Ubuntu and root are needed for it): ${absent
        .map(({ debianPackage, neededFor }) => `${debianPackage} (${neededFor})`)
        .join(', ')}. Tests that need them fail and say so.`,
    );
}

/** Installs what one kind of test needs, also when it is run by itself; answers the packages that could not be. */
export function packagesFor(purpose: string): string[] {
  const needed = programs.filter(({ neededFor }) => neededFor === purpose);
  return install(needed).map(({ debianPackage }) => debianPackage);
}

function install(wanted: SystemProgram[]): SystemProgram[] {
  const missing = wanted.filter(({ path }) => !existsSync(path));
  if (missing.length === 0) return [];
  const names = missing.map(({ debianPackage }) => debianPackage);
  console.log(`Installing what the tests need: ${names.join(', ')} ...`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args: string[]) =>
    spawnSync('apt-get', ['-qq', ...args], { env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
  apt('update');
  apt('install', '-y', '--no-install-recommends', ...names);
  return missing.filter(({ path }) => !existsSync(path));
}
