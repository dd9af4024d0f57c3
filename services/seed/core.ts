/** Rows of the schema `core`: the property. The tenant and its users are there already. */
import type { Hotel } from './hotel/hotel.ts';
import { AUDIT_HOUR } from './hotel/bookings.ts';
import type { SchemaRows } from './rows.ts';

export function coreRows({ house: { property, calendar, now }, random }: Hotel): SchemaRows {
  const advanced = Array.from({ length: calendar.today }, (_, index) => {
    const day = index + 1;
    const moment = new Date(Math.min(calendar.moment(day, AUDIT_HOUR + 0.05), now)).toISOString();
    return event('property.business_date_advanced', { ...property, business_date: calendar.date(day), version: day + 1, updated_at: moment }, moment);
  });
  const made = { ...property, business_date: calendar.first, version: 1, updated_at: property.created_at };

  function event(type: string, data: typeof property, moment: string): SchemaRows['events'][number] {
    return { id: random.uuid(Date.parse(moment)), type, aggregate_id: property.id, version: data.version, property_id: property.id, data, occurred_at: moment };
  }

  return { service: 'core', tables: [{ name: 'properties', rows: [property] }], events: [event('property.created', made, property.created_at), ...advanced] };
}
