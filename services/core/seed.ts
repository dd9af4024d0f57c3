/** One tenant to look at: five properties and a user. Run as often as you like; the ids are fixed. */
import type { Client } from 'pg';
import { hashPassword, matchesPassword } from './model/password.ts';

export const DEMO_EMAIL = 'operator@demo.tartware.example';
export const DEMO_TENANT_ID = '01990000-0000-7000-8000-000000000001';
const DEMO_USER_ID = '01990000-0000-7000-8000-000000000002';

const DEMO_PROPERTIES = [
  { id: '01990000-0000-7000-8000-000000000101', code: 'HAM01', name: 'Speicherstadt Harbour House', time_zone: 'Europe/Berlin', currency: 'EUR' },
  { id: '01990000-0000-7000-8000-000000000102', code: 'LIS01', name: 'Alfama Tile Hotel', time_zone: 'Europe/Lisbon', currency: 'EUR' },
  { id: '01990000-0000-7000-8000-000000000103', code: 'NYC01', name: 'Hudson Yard Suites', time_zone: 'America/New_York', currency: 'USD' },
  { id: '01990000-0000-7000-8000-000000000104', code: 'KYO01', name: 'Kamo River Inn', time_zone: 'Asia/Tokyo', currency: 'JPY' },
  { id: '01990000-0000-7000-8000-000000000105', code: 'AKL01', name: 'Waitemata Lodge', time_zone: 'Pacific/Auckland', currency: 'NZD' },
] as const;

/** @param client of the schema's owner; even it sees and writes only what the settings of the transaction allow */
export async function seedDemo(client: Client, password: string): Promise<void> {
  await client.query('begin');
  try {
    await client.query('select set_config(\'search_path\', \'core\', true), set_config(\'app.tenant_id\', $1, true), set_config(\'app.sign_in_email\', $2, true)', [DEMO_TENANT_ID, DEMO_EMAIL]);
    await client.query('insert into tenants (id, name) values ($1, $2) on conflict do nothing', [DEMO_TENANT_ID, 'Demo Hotels']);
    await seedUser(client, password);
    for (const { id, code, name, time_zone, currency } of DEMO_PROPERTIES) {
      await client.query(
        `insert into properties (tenant_id, id, code, name, time_zone, currency, business_date)
          values ($1, $2, $3, $4, $5, $6, (now() at time zone $5)::date) on conflict do nothing`,
        [DEMO_TENANT_ID, id, code, name, time_zone, currency],
      );
    }
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

async function seedUser(client: Client, password: string): Promise<void> {
  await client.query('insert into users (id, email) values ($1, $2) on conflict (email) do nothing', [DEMO_USER_ID, DEMO_EMAIL]);
  const { rows: [membership] } = await client.query<{ password_hash: string }>('select password_hash from memberships where tenant_id = $1 and user_id = $2', [DEMO_TENANT_ID, DEMO_USER_ID]);
  if (membership && (await matchesPassword(password, membership.password_hash))) {
    return;
  }
  await client.query(
    `insert into memberships (tenant_id, user_id, role, password_hash) values ($1, $2, 'operator', $3)
      on conflict (tenant_id, user_id) do update set password_hash = excluded.password_hash`,
    [DEMO_TENANT_ID, DEMO_USER_ID, await hashPassword(password)],
  );
}
