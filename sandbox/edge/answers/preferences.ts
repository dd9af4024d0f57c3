import type { FastifyInstance } from 'fastify';
import { RANCHER_VERSION } from '../../rancher/settings.ts';
import { EdgeError } from '../errors.ts';
import { sessionRequired } from '../identity/guard.ts';

interface PreferencesBody {
  readonly data?: unknown;
}

/** More than any dashboard stores; a page that grew without bound would fill the edge's memory. */
const LARGEST = 256 * 1024;

/**
 * What a user starts with: signing in leads to the page that the sandbox is there to show. Who hasn't read this version's
 * release notes is led to Home instead.
 */
const AT_FIRST: Readonly<Record<string, string>> = {
  'after-login-route': JSON.stringify({ path: '/c/local/explorer/tartware-services' }),
  'seen-whatsnew': JSON.stringify(RANCHER_VERSION),
};

/**
 * What each user prefers (theme, columns, favourites): per user and in memory. Steve would answer here as well, but keeps
 * one file for everybody.
 */
export function preferences(app: FastifyInstance): void {
  const byUser = new Map<string, Readonly<Record<string, string>>>();
  const resource = (id: string): Record<string, unknown> => ({
    id,
    type: 'userpreference',
    links: { self: `/v1/userpreferences/${id}`, update: `/v1/userpreferences/${id}` },
    data: byUser.get(id) ?? AT_FIRST,
  });

  app.get('/v1/userpreferences', async (request) => ({ type: 'collection', resourceType: 'userpreference', data: [resource(sessionRequired(request).user.id)] }));

  app.put<{ Params: { id: string }; Body: PreferencesBody | null }>('/v1/userpreferences/:id', { bodyLimit: LARGEST }, async (request) => {
    const { id } = sessionRequired(request).user;
    if (request.params.id !== id) throw new EdgeError(403, 'Forbidden', `${request.params.id}'s preferences are not yours`, `use /v1/userpreferences/${id}`);
    const data = request.body?.data;
    if (!isTextMap(data)) throw new EdgeError(422, 'InvalidBodyContent', 'data has to be an object of texts', 'send {data: {theme: "dark"}}');
    byUser.set(id, data);
    return resource(id);
  });
}

function isTextMap(value: unknown): value is Record<string, string> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every((entry) => typeof entry === 'string');
}
