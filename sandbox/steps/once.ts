/** What is made once per sandbox and kept in a file of the owner. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Context } from '../supervisor/part.ts';

/** What `make` gives the first time. */
export function once({ state }: Context, file: string, make: () => string): string {
  const path = state(file);
  if (!existsSync(path)) writeFileSync(path, make(), { mode: 0o600 });
  return readFileSync(path, 'utf8');
}

export function randomSecret(): string {
  return randomBytes(24).toString('hex');
}
