import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { Problem, notFound } from '@tartware/kit';
import type { App } from '@tartware/kit';
import { claimsOf, requireWriter } from '@tartware/kit/authenticate';
import type { Transaction } from '@tartware/kit/database';
import { idempotent } from '@tartware/kit/idempotency';
import { emit } from '@tartware/kit/outbox';
import { Id, decodeCursor, encodeCursor, etagOf, pageOf, requireMatch, SortedPageQuery, toPage } from '@tartware/kit/resources';
import { dropSettings, effectiveSettings, scopesOf } from '../effective.ts';
import type { SettingsContext } from '../effective.ts';
import { definitionOf } from '../model/definitions.ts';
import type { Definition } from '../model/definitions.ts';
import { Setting, SettingValue, effectiveSetting } from '../model/effective.ts';
import { getVersion, listSet, listVersions, lockSet, setValue } from '../store/settings.ts';

const Scope = Type.Object({ property_id: Type.Optional({ ...Id, description: 'of one property; left out: of the tenant as a whole' } as typeof Id) });
const ByKey = Type.Object({ key: Type.String({ maxLength: 100, examples: ['reservations.check_in_condition'] }) });
const NewValue = Type.Object({ value: SettingValue }, { additionalProperties: false, description: 'value null takes it back: what stands above holds again' });
const Revert = Type.Object({ version: Type.Integer({ minimum: 1, description: 'whose value is set again' }) }, { additionalProperties: false });
const HistoryQuery = Type.Object({ ...Scope.properties, ...SortedPageQuery.properties });
const KeptVersion = Type.Object({ version: Type.Integer(), value: SettingValue, changed_by: Type.String(), changed_at: Type.String({ description: 'RFC 3339, UTC' }) });
const VersionCursor = Type.Tuple([Type.Integer()]);

interface Change {
  tenantId: string;
  changedBy: string;
  propertyId: string | undefined;
  definition: Definition;
}

/** `app` is behind `requireToken`. */
export function settingsRoutes(app: App, context: SettingsContext): void {
  const { database } = context;

  async function change(wanted: Change, valueOf: (scope: string, version: number) => Promise<unknown>): Promise<Setting> {
    const { tenantId, propertyId } = wanted;
    await requireProperty(context, tenantId, propertyId);
    const changed = await database.withTenant(tenantId, (transaction) => changeIn(transaction, wanted, valueOf));
    await dropSettings(context, tenantId);
    return changed;
  }

  app.get('/v1/settings', { schema: { summary: 'Shows which values hold.', querystring: Scope, response: { 200: Type.Object({ items: Type.Array(Setting) }) } } }, async (request) =>
    ({ items: await effectiveSettings(context, claimsOf(request).tenant_id, request.query.property_id) }));

  app.put('/v1/settings/:key', { schema: { summary: 'Sets a value, or takes it back.', params: ByKey, querystring: Scope, body: NewValue, response: { 200: Setting } } }, async (request, reply) => {
    const { tenant_id: tenantId, sub: changedBy } = requireWriter(request);
    const { value } = request.body;
    const definition = settable(request.params.key, request.query.property_id);
    requireValue(definition, value);
    const changed = await change({ tenantId, changedBy, propertyId: request.query.property_id, definition }, (_scope, version) => {
      requireMatch(request, version);
      return Promise.resolve(value);
    });
    reply.header('etag', etagOf(changed));
    return changed;
  });

  app.post('/v1/settings/:key/revert', { schema: { summary: 'Sets the value of an earlier version again.', params: ByKey, querystring: Scope, body: Revert, response: { 200: Setting } } }, async (request, reply) => {
    const { tenant_id: tenantId, sub: changedBy } = requireWriter(request);
    const { property_id: propertyId } = request.query;
    const definition = settable(request.params.key, propertyId);
    await requireProperty(context, tenantId, propertyId);
    await idempotent(database, request, reply, async (transaction) => {
      const changed = await changeIn(transaction, { tenantId, changedBy, propertyId, definition }, async (scope, version) => {
        requireMatch(request, version);
        const former = await getVersion(transaction, scope, definition.key, request.body.version);
        if (!former) {
          throw notFound('This version');
        }
        requireValue(definition, former.value);
        return former.value;
      });
      return { status: 200, body: changed, headers: { etag: etagOf(changed) }, committed: () => dropSettings(context, tenantId) };
    });
  });

  app.get('/v1/settings/:key/history', { schema: { summary: 'Lists the values that a setting had.', params: ByKey, querystring: HistoryQuery, response: { 200: pageOf(KeptVersion) } } }, async (request) => {
    const { tenant_id } = claimsOf(request);
    const { property_id, limit, cursor } = request.query;
    const { key } = settable(request.params.key, property_id);
    const [before] = cursor === undefined ? [] : decodeCursor(cursor, VersionCursor);
    const found = await database.withTenant(tenant_id, (transaction) => listVersions(transaction, property_id ?? tenant_id, key, before, limit + 1));
    return toPage(found, limit, ({ version }) => encodeCursor([version]));
  });
}

async function changeIn(
  transaction: Transaction, { tenantId, changedBy, propertyId, definition }: Change, valueOf: (scope: string, version: number) => Promise<unknown>,
): Promise<Setting> {
  const { key } = definition;
  const scopes = scopesOf(tenantId, propertyId);
  const scope = propertyId ?? tenantId;
  const before = await lockSet(transaction, scope, key);
  const value = await valueOf(scope, before?.version ?? 0);
  const { id, version } = await setValue(transaction, scope, key, value, changedBy);
  const setting = effectiveSetting(definition, await listSet(transaction, scopes), scopes);
  await emit(transaction, { type: 'setting.changed', aggregateId: id, version, propertyId: propertyId ?? null, data: { key, property_id: propertyId ?? null, value, effective: setting.value } });
  return setting;
}

/** @throws Problem 404; 422 when a property may not have it */
function settable(key: string, propertyId: string | undefined): Definition {
  const definition = definitionOf(key);
  if (!definition) {
    throw notFound('This setting');
  }
  if (definition.scope === 'tenant' && propertyId !== undefined) {
    throw new Problem({ status: 422, code: 'setting_of_tenant', message: `${key} is set for the tenant as a whole.`, hint: 'Leave out property_id.' });
  }
  return definition;
}

/** @throws Problem 400 that says what may be set */
function requireValue({ schema, key }: Definition, value: unknown): void {
  if (value !== null && !Value.Check(schema, value)) {
    const message = `must be ${schema.description ?? 'as GET /v1/settings/definitions says'}`;
    throw new Problem({ status: 400, code: 'validation_failed', message: `${key} cannot be set to this.`, hint: `The value ${message}.`, errors: [{ in: 'body', field: '/value', message }] });
  }
}

async function requireProperty({ services }: SettingsContext, tenantId: string, propertyId: string | undefined): Promise<void> {
  if (propertyId !== undefined) {
    await services.core.call({ method: 'GET', path: `/internal/properties/${propertyId}`, tenantId });
  }
}
