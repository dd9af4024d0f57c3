import type { SandboxUser } from '../../rancher/users.ts';
import { SIGNED_IN_GROUP } from '../../rancher/rbac.ts';
import type { Session } from './sessions.ts';

/** As whom a request is sent on. */
export interface Principal {
  readonly user: string;
  readonly groups: readonly string[];
}

/** Whoever isn't signed in: may read what RBAC opens to everybody, the sign-in page's settings above all. */
const NOBODY: Principal = { user: 'system:unauthenticated', groups: ['system:unauthenticated'] };

export function principalOf(session: Session | undefined): Principal {
  return session ? { user: session.user.id, groups: ['system:authenticated', SIGNED_IN_GROUP] } : NOBODY;
}

/** A user as Rancher's /v3/principals shows them. */
export function principalResource({ id, username, displayName }: SandboxUser, isMe: boolean): Record<string, unknown> {
  const principalId = `local://${id}`;
  return {
    id: principalId,
    type: 'principal',
    baseType: 'principal',
    principalType: 'user',
    provider: 'local',
    name: displayName,
    loginName: username,
    me: isMe,
    memberOf: false,
    links: { self: `/v3/principals/${encodeURIComponent(principalId)}` },
  };
}
