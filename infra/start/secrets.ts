/** The booth's secrets: made at the first start, kept in the data folder, readable by its owner only. */
import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Secrets {
  stationToken: string;
  operatorPassword: string;
}

/** Letters and digits that are not mistaken for one another when read aloud or typed. */
const LEGIBLE = 'abcdefghjkmnpqrstuvwxyz23456789';

function legible(length: number): string {
  return Array.from({ length }, () => LEGIBLE[randomInt(LEGIBLE.length)]).join('');
}

/** Throws an Error that names the file when it cannot be understood. */
export function loadSecrets(dataFolder: string): Secrets {
  const path = join(dataFolder, 'secrets.json');
  if (!existsSync(path)) {
    const secrets: Secrets = {
      stationToken: randomBytes(24).toString('base64url'),
      operatorPassword: `${legible(4)}-${legible(4)}-${legible(4)}`,
    };
    writeFileSync(path, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
    return secrets;
  }
  const malformed = new Error(`${path} is not what it was written as; delete it to have new secrets made`);
  let secrets: Partial<Secrets>;
  try {
    secrets = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new Error(malformed.message, { cause });
  }
  if (!secrets.stationToken || !secrets.operatorPassword) throw malformed;
  return { stationToken: secrets.stationToken, operatorPassword: secrets.operatorPassword };
}
