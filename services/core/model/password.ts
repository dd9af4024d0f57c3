/** Password hashes by scrypt, as text in the PHC form `$scrypt$ln=15,r=8,p=3$<salt>$<hash>` (base64). */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import type { ScryptOptions } from 'node:crypto';

/** OWASP's Password Storage Cheat Sheet: N=2^15, r=8, p=3. 32 MiB and about 0.2 s of one core for each. */
const LOG_N = 15;
const BLOCK_SIZE = 8;
const PARALLEL = 3;
const HASH_BYTES = 32;
const SALT_BYTES = 16;

const FORM = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([\w+/=]+)\$([\w+/=]+)$/;

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, HASH_BYTES, { N: 2 ** LOG_N, r: BLOCK_SIZE, p: PARALLEL });
  return `$scrypt$ln=${LOG_N},r=${BLOCK_SIZE},p=${PARALLEL}$${salt.toString('base64')}$${hash.toString('base64')}`;
}

/** @throws when `stored` is not a hash made here */
export async function matchesPassword(password: string, stored: string): Promise<boolean> {
  const [, logN, r, p, salt, hash] = FORM.exec(stored) ?? [];
  if (!salt || !hash) {
    throw new Error('A stored password hash is not in the form that this service writes.');
  }
  const expected = Buffer.from(hash, 'base64');
  const actual = await derive(password, Buffer.from(salt, 'base64'), expected.length, { N: 2 ** Number(logN), r: Number(r), p: Number(p) });
  return timingSafeEqual(actual, expected);
}

let unknownUserHash: Promise<string> | undefined;

/** Costs what `matchesPassword` costs: how long sign-in takes must not tell whether an e-mail address is known. */
export async function matchesNobody(password: string): Promise<false> {
  unknownUserHash ??= hashPassword(randomBytes(SALT_BYTES).toString('base64'));
  await matchesPassword(password, await unknownUserHash);
  return false;
}

function derive(password: string, salt: Buffer, bytes: number, options: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, bytes, { ...options, maxmem: 256 * 1024 * 1024 }, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
