/** Makes the keys of this laptop's Tartware, once: a file of variables for each service, in the folder given. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder = '/run/tartware'] = process.argv.slice(2);
const callers = ['reservations', 'billing', 'guests', 'rooms', 'settings', 'housekeeping', 'command-center'];

function write(service, variables) {
  const lines = Object.entries(variables).map(([name, value]) => `${ name }='${ value }'\n`);

  writeFileSync(join(folder, `${ service }.env`), lines.join(''));
}

// core's comes last: with it all are there.
if (!existsSync(join(folder, 'core.env'))) {
  mkdirSync(folder, { recursive: true });
  const secrets = callers.map((service) => [service, randomBytes(24).toString('hex')]);
  const key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });

  for (const [service, secret] of secrets) write(service, { SERVICE_CLIENT_SECRET: secret });
  write('api-gateway', {});
  write('core', { SERVICE_CLIENTS: secrets.map((pair) => pair.join('=')).join(','), TOKEN_SIGNING_KEY: key.trim().replaceAll('\n', '\\n') });
}
