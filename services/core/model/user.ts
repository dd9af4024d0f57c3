/** A user as a tenant sees it: a member with a role. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Version, choice } from '@tartware/kit/resources';

export const Role = choice(['manager', 'operator', 'viewer']);

export const NewUser = Type.Object({
  email: Type.String({ format: 'email', description: 'an e-mail address' }),
  /** For this tenant: another tenant's is another one. */
  password: Type.String({ minLength: 12, maxLength: 1_000, description: '12 characters or more' }),
  role: Role,
}, { additionalProperties: false });
export type NewUser = Static<typeof NewUser>;

export const UserChange = Type.Partial(Type.Object({ role: Role, password: NewUser.properties.password }), { additionalProperties: false, minProperties: 1 });

export const User = Type.Object({
  id: Type.String(),
  email: Type.String(),
  role: Type.String(),
  version: Version,
  created_at: Type.String({ description: 'when the membership began; RFC 3339, UTC' }),
});
export type User = Static<typeof User>;
