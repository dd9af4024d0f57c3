import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sandboxUsers } from '../../rancher/users.ts';
import { readUsers, userWithPassword } from './users.ts';
import { temporaryFolder } from '../../testing/folder.ts';

const users = sandboxUsers({ admin: 'right', viewer: 'other' });

function fileWith(content: string): string {
  const path = join(temporaryFolder(), 'users.json');
  writeFileSync(path, content);
  return path;
}

describe('the users file', () => {
  it('is read as it was written', () => {
    expect(readUsers(fileWith(JSON.stringify(users)))).toEqual(users);
  });

  it.each(['', '{}', '[]', '[{"id":"x"}]', JSON.stringify([{ ...users[0], id: '' }]), JSON.stringify([{ ...users[0], password: '' }])])('is refused with a hint when it is %j', (content) => {
    expect(() => readUsers(fileWith(content))).toThrow(expect.objectContaining({ code: 'EDGE_USERS', hint: expect.stringContaining('username') }));
  });
});

describe('signing in', () => {
  it.each([['admin', 'right', 'user-admin'], ['admin', 'wrong', undefined], ['admin', 'other', undefined], ['nobody', 'right', undefined], ['nobody', '', undefined], ['', '', undefined]])(
    '%s with %j is %s',
    (username, password, id) => {
      expect(userWithPassword(users, username, password)?.id).toBe(id);
    },
  );
});
