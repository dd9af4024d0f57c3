import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { sandboxUsers, type SandboxUser } from './rancher/users.ts';

/** The file the edge reads the users from, below the sandbox's state. */
export const USERS_FILE = 'users.json';

/** The two users of this sandbox; their passwords are chosen once and kept in a file of the owner. */
export function signIns(state: (...segments: string[]) => string): SandboxUser[] {
  const path = state(USERS_FILE);
  if (!existsSync(path)) {
    const password = (): string => randomBytes(6).toString('base64url');
    writeFileSync(path, JSON.stringify(sandboxUsers({ admin: password(), viewer: password() }), null, 1), { mode: 0o600 });
  }
  return JSON.parse(readFileSync(path, 'utf8')) as SandboxUser[];
}
