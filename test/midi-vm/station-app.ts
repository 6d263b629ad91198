/** Gathers what runs inside the machine: the built station with the packages it needs, and the visitor who plays it. */
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { root } from '../harness/server.js';

const here = join(root, 'test/midi-vm');
const station = join(root, 'apps/station');

/** Of core the station runs only notes and timing; the packages of models stay outside. */
const CORE_NEEDS = ['midi-file', 'zod'];

/** Sources, models, and addons for other systems would only fill the RAM disk. */
const UNUSED =
  /(core|protocol)\/(src|checkpoints)$|midi\/(src-cpp|vendor)$|midi\/prebuilds\/(?!midi-linux-x64$)[^/]+$/;

export function gatherStation(folder: string, booth: { server: string; token: string }): void {
  for (const part of ['bin', 'dist', 'package.json'])
    cpSync(join(station, part), join(folder, part), { recursive: true });
  copyPackages(station, dependenciesOf(station), join(folder, 'node_modules'), new Set());
  for (const file of ['guest.sh', 'visitor.mjs', 'keyboard-checks.mjs'])
    cpSync(join(here, file), join(folder, file));
  writeFileSync(join(folder, 'booth.json'), JSON.stringify(booth));
}

function dependenciesOf(packageFolder: string): string[] {
  const { name, dependencies = {} } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  return name === '@antiphon/core' ? CORE_NEEDS : Object.keys(dependencies);
}

function copyPackages(from: string, names: string[], to: string, done: Set<string>): void {
  for (const name of names) {
    if (done.has(name)) continue;
    done.add(name);
    const source = findPackage(from, name);
    mkdirSync(dirname(join(to, name)), { recursive: true });
    cpSync(source, join(to, name), {
      recursive: true,
      dereference: true,
      filter: (path) => !UNUSED.test(path),
    });
    copyPackages(source, dependenciesOf(source), to, done);
  }
}

function findPackage(from: string, name: string): string {
  const paths = createRequire(join(realpathSync(from), 'package.json')).resolve.paths(name) ?? [];
  const found = paths.map((path) => join(path, name)).find((path) => existsSync(join(path, 'package.json')));
  if (!found) throw new Error(`${name}, which ${from} needs, is not installed`);
  return realpathSync(found);
}
