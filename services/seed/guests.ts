/** Rows of the schema `guests`: profiles and what guests agreed to. */
import type { Guest } from '../guests/model/guest.ts';
import { PURPOSES } from '../guests/model/guest.ts';
import { searchKey } from '../guests/model/search-key.ts';
import type { Hotel } from './hotel/hotel.ts';
import type { Row, SchemaRows } from './rows.ts';

const ASKED = 0.6;
const AGREED = 0.4;

export function guestsRows({ bookings, actor, random }: Hotel): SchemaRows {
  const guests = [...new Map(bookings.map(({ stay: { guest } }) => [guest.id, guest])).values()];
  const consents = guests.filter(() => random.chance(ASKED)).map((guest): Row => ({
    id: random.uuid(Date.parse(guest.created_at)), guest_id: guest.id, purpose: PURPOSES[0], granted: random.chance(AGREED), source: 'booking form', recorded_by: actor ?? 'seed', recorded_at: guest.created_at,
  }));
  return {
    service: 'guests',
    tables: [{ name: 'guests', rows: guests.map(rowOf) }, { name: 'consents', rows: consents }],
    events: guests.map((guest) => ({
      id: random.uuid(Date.parse(guest.created_at)), type: 'guest.created', aggregate_id: guest.id, version: 1, property_id: null, data: guest, occurred_at: guest.created_at,
    })),
  };
}

function rowOf(guest: Guest): Row {
  return { ...guest, first_key: searchKey(guest.first_name), last_key: searchKey(guest.last_name), email_key: searchKey(guest.email ?? '') };
}
