import { Type } from '@sinclair/typebox';
import { Problem, notFound } from '@tartware/kit';
import type { App } from '@tartware/kit';
import { claimsOf, requireWriter } from '@tartware/kit/authenticate';
import { idempotent } from '@tartware/kit/idempotency';
import { ById, Id, PageQuery, pageOf, toPage } from '@tartware/kit/resources';
import type { Billing } from '../actions/billing.ts';
import { knownProperty } from '../actions/properties.ts';
import { NewNightAudit, NightAudit } from '../model/night-audit.ts';
import { auditOfDate, beginAudit, getAudit, listAudits } from '../store/night-audits.ts';
import { reading } from '../store/queries.ts';

const AuditQuery = Type.Object({ ...PageQuery.properties, property_id: Type.Optional(Id) });

/** `app` is behind `requireToken`. */
export function nightAuditRoutes(app: App, billing: Billing): void {
  const { database } = billing;

  // Answers at once; the job carries the run on. One that runs or is done is answered as it is (200), however many ask.
  app.post('/v1/billing/night-audits', { schema: { summary: 'Begin the night audit of a property', body: NewNightAudit, response: { 200: NightAudit, 202: NightAudit } } }, async (request, reply) => {
    const { sub, tenant_id } = requireWriter(request);
    const { property_id, business_date } = request.body;
    return idempotent(database, request, reply, async (transaction) => {
      const property = await knownProperty(transaction, billing, tenant_id, property_id);
      const date = business_date ?? property.business_date;
      const begun = date === property.business_date && await beginAudit(transaction, property_id, date, sub);
      const audit = await auditOfDate(transaction, property_id, date);
      if (!audit) {
        throw new Problem({ status: 409, code: 'business_date_moved', message: `The business date is ${property.business_date}, and ${date} was not audited.`, hint: 'Audit one night after the other.' });
      }
      return { status: begun ? 202 : 200, body: audit, headers: { location: `/v1/billing/night-audits/${audit.id}` } };
    });
  });

  app.get('/v1/billing/night-audits', { schema: { summary: 'List night audits, newest first', querystring: AuditQuery, response: { 200: pageOf(NightAudit) } } }, async (request) => {
    const { limit, cursor, property_id } = request.query;
    const found = await listAudits(reading(database, claimsOf(request).tenant_id), property_id, cursor, limit + 1);
    return toPage(found, limit);
  });

  app.get('/v1/billing/night-audits/:id', { schema: { summary: 'Read a night audit and how far it is', params: ById, response: { 200: NightAudit } } }, async (request) => {
    const found = await getAudit(reading(database, claimsOf(request).tenant_id), request.params.id);
    if (!found) throw notFound('This night audit');
    return found;
  });
}
