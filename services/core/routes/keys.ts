import { Type } from '@sinclair/typebox';
import type { App } from '@tartware/kit';
import { PublishedKey } from '@tartware/kit/tokens';
import type { SigningKey } from '../model/signing-key.ts';

const Jwks = Type.Object({ keys: Type.Array(Type.Object({ ...PublishedKey.properties, use: Type.Literal('sig'), alg: Type.Literal('EdDSA') })) });

export function keyRoutes(app: App, key: SigningKey): void {
  app.get('/.well-known/jwks.json', { schema: { summary: 'The keys that verify tokens.', response: { 200: Jwks } } }, (_request, reply) => {
    reply.header('cache-control', 'public, max-age=300');
    return { keys: [{ ...key.published, use: 'sig' as const, alg: 'EdDSA' as const }] };
  });
}
