/** Ids of other services' rows: no foreign key holds them, so they are looked up here. They must be of the same tenant. */
import type { Invariant } from './invariant.ts';

/** `schema.table.column`, and the table whose `id` it is. */
const REFERENCES: readonly (readonly [string, string, string])[] = [
  ['rooms.properties', 'id', 'core.properties'],
  ['reservations.properties', 'id', 'core.properties'],
  ['reservations.reservations', 'guest_id', 'guests.guests'],
  ['reservations.reservations', 'room_type_id', 'rooms.room_types'],
  ['reservations.reservations', 'rate_plan_id', 'rooms.rate_plans'],
  ['reservations.reservations', 'room_id', 'rooms.rooms'],
  ['rooms.allocations', 'reservation_id', 'reservations.reservations'],
  ['billing.properties', 'id', 'core.properties'],
  ['billing.folios', 'reservation_id', 'reservations.reservations'],
  ['billing.folios', 'guest_id', 'guests.guests'],
  ['billing.night_audit_rooms', 'reservation_id', 'reservations.reservations'],
  ['housekeeping.tasks', 'reservation_id', 'reservations.reservations'],
  ['housekeeping.rooms', 'property_id', 'core.properties'],
];

/** The type, plan and room that a reservation has, must also be of its property. */
const OF_THE_PROPERTY = [['room_type_id', 'room_types'], ['rate_plan_id', 'rate_plans'], ['room_id', 'rooms']] as const;

const schemaOf = (table: string): string => table.split('.')[0] ?? '';

export const REFERENCES_KNOWN: readonly Invariant[] = [
  ...REFERENCES.map(([table, column, target]): Invariant => ({
    name: `reference_known:${table}.${column}`,
    meaning: `What ${table}.${column} names is in ${target}, of the same tenant.`,
    needs: [schemaOf(table), schemaOf(target)],
    sql: `select distinct format('%s of tenant %s', x.${column}, x.tenant_id) as subject,
        case when exists (select from ${target} o where o.id = x.${column}) then 'of another tenant' else 'not there' end as found
      from ${table} x where x.${column} is not null and not exists (select from ${target} t where t.tenant_id = x.tenant_id and t.id = x.${column})`,
  })),
  ...OF_THE_PROPERTY.map(([column, target]): Invariant => ({
    name: `reference_of_the_property:reservations.reservations.${column}`,
    meaning: `A reservation's ${column} is of the reservation's property.`,
    needs: ['reservations', 'rooms'],
    sql: `select format('reservation %s', r.id) as subject, format('%s of property %s', r.${column}, t.property_id) as found
      from reservations.reservations r join rooms.${target} t on t.tenant_id = r.tenant_id and t.id = r.${column} where t.property_id <> r.property_id`,
  })),
];
