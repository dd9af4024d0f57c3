/** What holds in every schema, and what holds in settings. */
import type { Invariant } from './invariant.ts';

export const EVERYWHERE: readonly ((schema: string) => Invariant)[] = [
  (schema) => ({
    name: `events_are_in_order:${schema}`,
    meaning: 'Events of an aggregate wait in the outbox in the order of its versions.',
    needs: [schema],
    sql: `select format('%s of %s', type, aggregate_id) as subject, format('version %s after %s', version, before) as found
      from (select *, lag(version) over (partition by tenant_id, aggregate_id order by sequence) as before from ${schema}.outbox) o where version < before`,
  }),
];

export const SETTINGS: readonly Invariant[] = [
  {
    name: 'setting_has_its_versions',
    meaning: 'Every value that a setting had is kept, the newest as it is set.',
    needs: ['settings'],
    sql: `select format('setting %s of %s', s.key, s.scope_id) as subject, format('version %s, kept %s to %s', s.version, v.versions, v.newest) as found
      from settings.settings s cross join lateral (
        select count(*) as versions, max(version) as newest, (array_agg(value order by version desc))[1] as value
          from settings.setting_versions v where v.tenant_id = s.tenant_id and v.scope_id = s.scope_id and v.key = s.key) v
      where v.versions <> s.version or v.newest <> s.version or v.value <> s.value`,
  },
];
