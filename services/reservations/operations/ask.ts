/** What this service asks of the others (docs/services.md, "Internal calls"). */
import { Problem } from '@tartware/kit';
import type { Allocation } from '../model/reservation.ts';
import type { Wishes } from '../model/change.ts';
import type { RequiredCondition } from '../model/check-in.ts';
import type { NewWaitlistEntry, Offer } from '../model/waitlist.ts';
import type { Property } from '../store/properties.ts';
import type { Calls } from './operation.ts';

export interface Stay extends Omit<Wishes, 'guest_id'> {
  property_id: string;
  revision: number;
}

/** Makes the reservation's allocation this one, or leaves it as it was. @throws Problem 409 `sold_out`, `restricted`, `not_bookable`, `revision_outdated` */
export function allocate({ services, tenantId }: Calls, reservationId: string, stay: Stay): Promise<Allocation> {
  const { revision, property_id, room_type_id, rate_plan_id, arrival, departure, adults, children } = stay;
  return services.rooms.call<Allocation>({
    method: 'PUT', path: `/internal/allocations/${reservationId}`, tenantId, body: { revision, property_id, room_type_id, rate_plan_id, arrival, departure, adults, children },
  });
}

interface Guest {
  id: string;
  status: string;
}

const GUEST_SECONDS = 60;

/**
 * Kept until `guest.merged` or `guest.erased` is heard.
 * @returns the id to keep: a merged guest's is the survivor's; @throws Problem 422 `guest_unknown`
 */
export async function findGuest({ services, tenantId, cache }: Calls, id: string): Promise<string> {
  const load = async (): Promise<Guest> => {
    const found = await services.guests.call<Guest>({ method: 'GET', path: `/internal/guests/${id}`, tenantId });
    // Nothing of the person is kept here.
    return { id: found.id, status: found.status };
  };
  const guest = await cache.through({ group: guestGroup(tenantId, id), key: 'id', ttlSeconds: GUEST_SECONDS, load }).catch((error: unknown) => {
    throw error instanceof Problem && error.status === 404 ? unknown('guest', 'guest_id', error) : error;
  });
  if (guest.status === 'erased') {
    throw unknown('guest', 'guest_id');
  }
  return guest.id;
}

export function guestGroup(tenantId: string, id: string): string {
  return `guest:${tenantId}:${id}`;
}

/** @throws Problem 422 `property_unknown` */
export function findProperty({ services, tenantId }: Calls, id: string): Promise<Property> {
  return services.core.call<Property>({ method: 'GET', path: `/internal/properties/${id}`, tenantId }).catch((error: unknown) => {
    throw error instanceof Problem && error.status === 404 ? unknown('property', 'property_id', error) : error;
  });
}

export interface Room {
  id: string;
  property_id: string;
  room_type_id: string;
  active?: boolean;
}

/** @throws Problem 422 `room_unknown` */
export function findRoom({ services, tenantId }: Calls, id: string): Promise<Room> {
  return services.rooms.call<Room>({ method: 'GET', path: `/internal/rooms/${id}`, tenantId }).catch((error: unknown) => {
    throw error instanceof Problem && error.status === 404 ? unknown('room', 'room_id', error) : error;
  });
}

/** Those of the settings that are read here; settings knows their kinds and defaults. */
export interface PropertySettings {
  'reservations.check_in_condition': RequiredCondition;
  'reservations.no_show_fee': 'policy' | 'none';
  'reservations.waitlist_offer_minutes': number;
}

const SETTINGS_SECONDS = 60;

/** Kept until `setting.changed` is heard. */
export function settingsOf({ services, tenantId, cache }: Calls, propertyId: string): Promise<PropertySettings> {
  return cache.through({
    group: settingsGroup(tenantId),
    key: propertyId,
    ttlSeconds: SETTINGS_SECONDS,
    load: async () => (await services.settings.call<{ values: PropertySettings }>({ method: 'GET', path: `/internal/settings?property_id=${propertyId}`, tenantId })).values,
  });
}

export function settingsGroup(tenantId: string): string {
  return `settings:${tenantId}`;
}

interface RoomsOffer extends Offer {
  room_type_id: string;
  rate_plan_id: string;
  available: number;
}

/** @returns nothing when rooms has none for this stay */
export async function findOffer({ services, tenantId }: Calls, entry: NewWaitlistEntry): Promise<RoomsOffer | undefined> {
  const { property_id, arrival, departure, adults, children, room_type_id, rate_plan_id } = entry;
  const query = new URLSearchParams({ property_id, arrival, departure, adults: String(adults), children: String(children ?? 0), room_type_id, rate_plan_id });
  const { offers } = await services.rooms.call<{ offers: RoomsOffer[] }>({ method: 'GET', path: `/v1/availability?${query.toString()}`, tenantId });
  return offers.find((offer) => offer.room_type_id === room_type_id && offer.rate_plan_id === rate_plan_id);
}

function unknown(what: string, field: string, cause?: Problem): Problem {
  return new Problem({
    status: 422, code: `${what}_unknown`, message: `There is no such ${what} here.`, hint: `Correct ${field}.`, errors: [{ in: 'body', field: `/${field}`, message: 'is not known' }], cause,
  });
}
