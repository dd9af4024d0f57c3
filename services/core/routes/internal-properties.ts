import { Type } from '@sinclair/typebox';
import { Problem } from '@tartware/kit';
import type { App } from '@tartware/kit';
import { claimsOf } from '@tartware/kit/authenticate';
import type { Database, Transaction } from '@tartware/kit/database';
import { Id, LocalDate, nightsBetween } from '@tartware/kit/resources';
import { Property } from '../model/property.ts';
import { getProperty, lockProperty, moveBusinessDate } from '../store/properties.ts';
import { announce, existing } from './properties.ts';

const ById = Type.Object({ id: Id });
const Move = Type.Object({ from: LocalDate, to: LocalDate }, { additionalProperties: false });

/** `app` is behind `requireToken` and takes tokens of services only. */
export function internalPropertyRoutes(app: App, database: Database): void {
  app.get('/internal/properties/:id', { schema: { summary: 'Shows a property to a service.', params: ById, response: { 200: Property } } }, async (request) =>
    existing(await database.withTenant(claimsOf(request).tenant_id, (transaction) => getProperty(transaction, request.params.id))));

  app.post('/internal/properties/:id/business-date', { schema: { summary: 'Moves the business date on by a day.', params: ById, body: Move, response: { 200: Property } } }, async (request) => {
    const { from, to } = request.body;
    if (nightsBetween(from, to) !== 1) {
      throw new Problem({ status: 422, code: 'business_date_step', message: `From ${from} to ${to} is not one day.`, hint: 'Close one day after the other.' });
    }
    return database.withTenant(claimsOf(request).tenant_id, (transaction) => move(transaction, request.params.id, from, to));
  });
}

async function move(transaction: Transaction, id: string, from: string, to: string): Promise<Property> {
  const property = existing(await lockProperty(transaction, id));
  // Already there: the call before took effect, but its answer was lost.
  if (property.business_date === to) {
    return property;
  }
  if (property.business_date !== from) {
    throw new Problem({ status: 409, code: 'business_date_moved', message: `The business date is ${property.business_date}, not ${from}.`, hint: 'Read the property again: another night audit has moved it.' });
  }
  const moved = await moveBusinessDate(transaction, id, to);
  await announce(transaction, 'property.business_date_advanced', moved);
  return moved;
}
