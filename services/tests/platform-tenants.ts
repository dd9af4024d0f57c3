/** Two tenants: the demo one that Core seeds, and one beside it that must never be seen from the first. */
import { DEMO_TENANT_ID } from '../core/seed.ts';

export interface Tenant {
  id: string;
  /** Its first property. */
  propertyId: string;
  timeZone: string;
  currency: string;
}

export const DEMO: Tenant = { id: DEMO_TENANT_ID, propertyId: '01990000-0000-7000-8000-000000000101', timeZone: 'Europe/Berlin', currency: 'EUR' };
export const OTHER: Tenant = { id: '0199bbbb-0000-7000-8000-00000000000b', propertyId: '0199bbbb-0000-7000-8000-0000000000f1', timeZone: 'Europe/Paris', currency: 'EUR' };

type Sql = (text: string, values?: readonly unknown[]) => Promise<unknown>;

export async function seedOtherTenant(sql: Sql): Promise<void> {
  await sql('insert into core.tenants (id, name) values ($1, $2)', [OTHER.id, 'Other Hotels']);
  await sql(
    'insert into core.properties (tenant_id, id, code, name, time_zone, currency, business_date) values ($1, $2, $3, $4, $5, $6, (now() at time zone $5)::date)',
    [OTHER.id, OTHER.propertyId, 'OTH01', 'Other', OTHER.timeZone, OTHER.currency],
  );
}
