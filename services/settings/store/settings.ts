/** What is set, and every value that ever was. */
import type { Statement, Transaction } from '@tartware/kit/database';
import type { SetValue } from '../model/effective.ts';

const COLUMNS = 'scope_id, key, value, version, changed_by, to_json(changed_at at time zone \'utc\') #>> \'{}\' || \'Z\' as changed_at';

const OF_SCOPES: Statement = { operation: 'settings.of_scopes', text: `select ${COLUMNS} from settings where scope_id = any($1)` };
/** Whoever comes second waits for the first and then sees its version. */
const LOCK: Statement = { operation: 'settings.lock', text: 'select pg_advisory_xact_lock(hashtextextended(current_tenant() || \'/\' || $1 || \'/\' || $2, 0))' };
const ONE: Statement = { operation: 'settings.one', text: `select ${COLUMNS} from settings where scope_id = $1 and key = $2` };
const SET: Statement = {
  operation: 'settings.set',
  text: `insert into settings (tenant_id, scope_id, key, value, changed_by) values (current_tenant(), $1, $2, $3, $4)
    on conflict (tenant_id, scope_id, key) do update
      set value = excluded.value, version = settings.version + 1, changed_by = excluded.changed_by, changed_at = now()
    returning id, ${COLUMNS}`,
};
const KEEP: Statement = {
  operation: 'setting_versions.keep',
  text: `insert into setting_versions (tenant_id, scope_id, key, version, value, changed_by) values (current_tenant(), $1, $2, $3, $4, $5)`,
};
const VERSIONS: Statement = {
  operation: 'setting_versions.list',
  text: `select ${COLUMNS} from setting_versions where scope_id = $1 and key = $2 and ($3::int is null or version < $3) order by version desc limit $4`,
};
const VERSION: Statement = { operation: 'setting_versions.get', text: `select ${COLUMNS} from setting_versions where scope_id = $1 and key = $2 and version = $3` };

export function listSet(transaction: Transaction, scopes: readonly string[]): Promise<SetValue[]> {
  return transaction.query<SetValue>(OF_SCOPES, [scopes]);
}

/** What is set now; nobody else sets it until the transaction ends. */
export async function lockSet(transaction: Transaction, scope: string, key: string): Promise<SetValue | undefined> {
  await transaction.query(LOCK, [scope, key]);
  const [found] = await transaction.query<SetValue>(ONE, [scope, key]);
  return found;
}

/** @returns what is set now, with the id of this setting in this scope */
export async function setValue(transaction: Transaction, scope: string, key: string, value: unknown, changedBy: string): Promise<SetValue & { id: string }> {
  const json = JSON.stringify(value);
  const [set] = await transaction.query<SetValue & { id: string }>(SET, [scope, key, json, changedBy]);
  if (!set) throw new Error('The setting was not written.');
  await transaction.query(KEEP, [scope, key, set.version, json, changedBy]);
  return set;
}

/** Newest first. @param before version of the last one seen */
export function listVersions(transaction: Transaction, scope: string, key: string, before: number | undefined, limit: number): Promise<SetValue[]> {
  return transaction.query<SetValue>(VERSIONS, [scope, key, before ?? null, limit]);
}

export async function getVersion(transaction: Transaction, scope: string, key: string, version: number): Promise<SetValue | undefined> {
  const [found] = await transaction.query<SetValue>(VERSION, [scope, key, version]);
  return found;
}
