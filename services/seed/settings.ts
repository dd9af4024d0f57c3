/** Rows of the schema `settings`: what each property set for itself. */
import { definitionOf } from '../settings/model/definitions.ts';
import type { Hotel } from './hotel/hotel.ts';
import { without } from './rows.ts';
import type { SchemaRows } from './rows.ts';

export function settingsRows({ house: { property, place }, actor, random }: Hotel): SchemaRows {
  const changed_at = property.created_at;
  const values: readonly (readonly [string, unknown])[] = [
    ['reservations.check_in_time', random.pick(['14:00', '15:00', '16:00'])],
    ['reservations.check_out_time', random.pick(['10:00', '11:00', '12:00'])],
    ['billing.invoice_footer', `${property.name}, ${place.city}`],
  ];
  const set = values.filter(([key]) => definitionOf(key) !== undefined).map(([key, value]) => ({
    scope_id: property.id, key, id: random.uuid(Date.parse(changed_at)), value, version: 1, changed_by: actor ?? 'seed', changed_at,
  }));
  return {
    service: 'settings',
    tables: [{ name: 'settings', rows: set }, { name: 'setting_versions', rows: set.map((row) => without(row, 'id')) }],
    events: set.map(({ id, key, value }) => ({
      id: random.uuid(Date.parse(changed_at)), type: 'setting.changed', aggregate_id: id, version: 1, property_id: property.id,
      data: { key, property_id: property.id, value, effective: value }, occurred_at: changed_at,
    })),
  };
}
