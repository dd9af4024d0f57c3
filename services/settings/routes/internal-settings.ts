import { Type } from '@sinclair/typebox';
import type { App } from '@tartware/kit';
import { claimsOf } from '@tartware/kit/authenticate';
import { Id } from '@tartware/kit/resources';
import { effectiveSettings } from '../effective.ts';
import type { SettingsContext } from '../effective.ts';

const Query = Type.Object({ property_id: Type.Optional(Id) });
const Values = Type.Object({ values: Type.Record(Type.String(), Type.Unknown(), { description: 'by key' }) });

/** `app` is behind `requireToken` and takes tokens of services only. */
export function internalSettingsRoutes(app: App, context: SettingsContext): void {
  app.get('/internal/settings', { schema: { summary: 'Shows a service which values hold.', querystring: Query, response: { 200: Values } } }, async (request) => {
    const found = await effectiveSettings(context, claimsOf(request).tenant_id, request.query.property_id);
    return { values: Object.fromEntries(found.map(({ key, value }) => [key, value])) };
  });
}
