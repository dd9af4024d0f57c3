import { Type } from '@sinclair/typebox';
import { notFound } from '@tartware/kit';
import type { App } from '@tartware/kit';
import type { Database } from '@tartware/kit/database';
import { Id } from '@tartware/kit/resources';
import { authenticateClient } from '../model/service-clients.ts';
import type { ServiceClients } from '../model/service-clients.ts';
import { SERVICE_TOKEN_SECONDS } from '../model/signing-key.ts';
import type { SigningKey } from '../model/signing-key.ts';
import { tenantExists } from '../store/tenants.ts';

const Wanted = Type.Object({
  tenant_id: Id,
  on_behalf_of: Type.Optional({ ...Id, description: 'the user who asked for it; left out: the service acts for itself' } as typeof Id),
}, { additionalProperties: false });
const Token = Type.Object({ access_token: Type.String(), token_type: Type.Literal('Bearer'), expires_in: Type.Integer({ description: 'seconds' }) });

/** Client credentials (RFC 6749, 4.4): a service acts for one tenant at a time, and its token says which. */
export function serviceTokenRoutes(app: App, database: Database, key: SigningKey, clients: ServiceClients): void {
  app.post('/internal/service-tokens', { schema: { summary: 'Gives a service a token for one tenant.', body: Wanted, response: { 200: Token } } }, async (request, reply) => {
    const name = authenticateClient(clients, request.headers.authorization);
    const { tenant_id, on_behalf_of } = request.body;
    if (!(await tenantExists(database, tenant_id))) {
      throw notFound('This tenant');
    }
    reply.header('cache-control', 'no-store');
    return { access_token: key.signForService(name, tenant_id, on_behalf_of), token_type: 'Bearer' as const, expires_in: SERVICE_TOKEN_SECONDS };
  });
}
