/** Rate plans of one tenant; row level security keeps the others' out. */
import type { Statement, Transaction } from '@tartware/kit/database';
import type { NewRatePlan, RatePlan, RatePlanChange } from '../model/rate-plan.ts';
import type { Reader } from './reader.ts';

const COLUMNS = 'id, property_id, code, name, currency, cancellation, extra_adult_minor, extra_child_minor, active, version, created_at, updated_at';

const LIST: Statement = {
  operation: 'rate_plans.list',
  text: `select ${COLUMNS} from rate_plans where ($1::uuid is null or property_id = $1) and ($2::uuid is null or id > $2) order by id limit $3`,
};
const GET: Statement = { operation: 'rate_plans.get', text: `select ${COLUMNS} from rate_plans where id = $1` };
const LOCK: Statement = { operation: 'rate_plans.lock', text: `${GET.text} for no key update` };
const INSERT: Statement = {
  operation: 'rate_plans.insert',
  text: `insert into rate_plans (tenant_id, property_id, code, name, currency, cancellation, extra_adult_minor, extra_child_minor)
    select current_tenant(), p.id, $2, $3, p.currency, $4, $5, $6 from properties p where p.id = $1
    on conflict (tenant_id, property_id, code) do nothing returning ${COLUMNS}`,
};
const UPDATE: Statement = {
  operation: 'rate_plans.update',
  text: `update rate_plans set name = $2, cancellation = $3, extra_adult_minor = $4, extra_child_minor = $5, active = $6, version = version + 1, updated_at = now()
    where id = $1 returning ${COLUMNS}`,
};

/** @param after id of the last one seen */
export function listRatePlans(reader: Reader, propertyId: string | undefined, after: string | undefined, limit: number): Promise<RatePlan[]> {
  return reader.query<RatePlan>(LIST, [propertyId ?? null, after ?? null, limit]);
}

export async function getRatePlan(reader: Reader, id: string): Promise<RatePlan | undefined> {
  const [found] = await reader.query<RatePlan>(GET, [id]);
  return found;
}

/** As `getRatePlan`, and nobody else changes it until the transaction ends. */
export async function lockRatePlan(transaction: Transaction, id: string): Promise<RatePlan | undefined> {
  const [found] = await transaction.query<RatePlan>(LOCK, [id]);
  return found;
}

/** In the property's currency. @returns nothing when the property has a plan of this code already */
export async function insertRatePlan(transaction: Transaction, plan: NewRatePlan): Promise<RatePlan | undefined> {
  const { property_id, code, name, cancellation, extra_adult_minor = 0, extra_child_minor = 0 } = plan;
  const [made] = await transaction.query<RatePlan>(INSERT, [property_id, code, name, JSON.stringify(cancellation), extra_adult_minor, extra_child_minor]);
  return made;
}

/** @param plan as it was locked */
export async function updateRatePlan(transaction: Transaction, plan: RatePlan, change: RatePlanChange): Promise<RatePlan | undefined> {
  const { id, name, cancellation, extra_adult_minor, extra_child_minor, active } = { ...plan, ...change };
  const [changed] = await transaction.query<RatePlan>(UPDATE, [id, name, JSON.stringify(cancellation), extra_adult_minor, extra_child_minor, active]);
  return changed;
}
