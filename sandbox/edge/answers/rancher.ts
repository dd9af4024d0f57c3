import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { notFound } from '../errors.ts';
import { sessionRequired } from '../identity/guard.ts';
import { principalResource } from '../identity/principal.ts';
import type { Session } from '../identity/sessions.ts';
import { RANCHER_VERSION } from '../../rancher/settings.ts';
import type { SandboxUser } from '../../rancher/users.ts';

/** The types of Rancher's older API that the dashboard looks for before it takes the server for Rancher. */
const NORMAN_TYPES = [['principal', 'principals'], ['user', 'users'], ['token', 'tokens'], ['preference', 'preferences']] as const;

/** The small answers of the Rancher server that Steve doesn't give. */
export function rancherAnswers(app: FastifyInstance, users: readonly SandboxUser[]): void {
  app.get('/rancherversion', async () => ({ Version: RANCHER_VERSION, GitCommit: 'sandbox', RancherPrime: 'false' }));

  app.post('/v1/ext.cattle.io.selfuser', async (request) => ({
    id: '',
    type: 'ext.cattle.io.selfuser',
    apiVersion: 'ext.cattle.io/v1',
    kind: 'SelfUser',
    metadata: {},
    status: { userID: sessionRequired(request).user.id },
  }));

  app.get('/v3/schemas', async (request) => {
    sessionRequired(request);
    return { type: 'collection', resourceType: 'schema', data: NORMAN_TYPES.map(([id, pluralName]) => normanSchema(id, pluralName)) };
  });

  app.get('/v3/tokens', async (request) => ({ type: 'collection', resourceType: 'token', data: [tokenResource(sessionRequired(request))] }));

  app.get('/v3/principals', async (request) => {
    const { user } = sessionRequired(request);
    return { type: 'collection', resourceType: 'principal', data: [principalResource(user, true)] };
  });

  app.get<{ Params: { id: string } }>('/v3/principals/:id', async (request) => {
    const session = sessionRequired(request);
    const user = users.find(({ id }) => `local://${id}` === request.params.id);
    if (!user) throw notFound(`principal ${request.params.id}`);
    return principalResource(user, user.id === session.user.id);
  });
}

function normanSchema(id: string, pluralName: string): Record<string, unknown> {
  return {
    id,
    type: 'schema',
    baseType: 'schema',
    pluralName,
    links: { self: `/v3/schemas/${id}`, collection: `/v3/${pluralName}` },
    collectionMethods: ['GET'],
    resourceMethods: ['GET'],
    resourceFields: {},
  };
}

/** The session as Rancher lists it among a user's API keys. Its name is a hash: the token itself stays in the cookie. */
function tokenResource({ token, user, expiresAt }: Session): Record<string, unknown> {
  const id = `session-${createHash('sha256').update(token).digest('hex').slice(0, 8)}`;
  return {
    id,
    type: 'token',
    baseType: 'token',
    name: id,
    current: true,
    enabled: true,
    expired: false,
    isDerived: false,
    description: 'UI session',
    authProvider: 'local',
    userId: user.id,
    expiresAt: new Date(expiresAt).toISOString(),
    links: { self: `/v3/tokens/${id}` },
    actionLinks: {},
  };
}
