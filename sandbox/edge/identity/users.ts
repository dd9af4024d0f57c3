import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SandboxError } from '../../errors.ts';
import type { SandboxUser } from '../../rancher/users.ts';

/**
 * Reads the file that `--users` names.
 * @throws SandboxError EDGE_USERS when it is missing or isn't a list of users
 */
export function readUsers(path: string): SandboxUser[] {
  const hint = 'the file is a JSON list of {id, username, displayName, password, role}; see sandbox/rancher/users.ts';
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new SandboxError('EDGE_USERS', `${path} could not be read: ${cause instanceof Error ? cause.message : String(cause)}`, hint, { cause });
  }
  if (!Array.isArray(content) || content.length === 0 || !content.every(isUser)) throw new SandboxError('EDGE_USERS', `${path} is not a list of users`, hint);
  return content;
}

/** The user whose name and password these are, if any. Takes the same time for an unknown name and a wrong password. */
export function userWithPassword(users: readonly SandboxUser[], username: string, password: string): SandboxUser | undefined {
  const user = users.find((candidate) => candidate.username === username);
  const matches = timingSafeEqual(digest(user?.password ?? ''), digest(password));
  return user && matches ? user : undefined;
}

function isUser(value: unknown): value is SandboxUser {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map(Object.entries(value));
  // An empty id would be no impersonation at all, and Steve takes whoever isn't impersonated for its administrator.
  return ['id', 'username', 'displayName', 'password', 'role'].every((name) => typeof fields.get(name) === 'string' && fields.get(name) !== '');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
