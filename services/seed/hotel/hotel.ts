/** One whole hotel, told from the day it opened to today. Pure: the same seed and the same moment tell the same story. */
import { Random } from '../random.ts';
import { auditDays } from './audits.ts';
import type { AuditedDay } from './audits.ts';
import { makeBookings } from './bookings.ts';
import type { Booking } from './bookings.ts';
import { keepBooks } from './books.ts';
import { buildHouse, placeOf, propertyId } from './house.ts';
import type { House, HouseToBuild } from './house.ts';
import type { Account } from './ledger.ts';
import { peopleFor } from './people.ts';
import { makeRates } from './rates.ts';
import type { RateTable } from './rates.ts';
import { makeStays } from './stays.ts';

export interface Hotel {
  house: House;
  rates: RateTable;
  bookings: readonly Booking[];
  accounts: readonly Account[];
  audited: readonly AuditedDay[];
  /** Id of the user who did it all; null when the tenant has none. */
  actor: string | null;
  /** For what the schemas need beside it. */
  random: Random;
}

export interface HotelToMake extends HouseToBuild {
  actor: string | null;
}

function streamsOf({ tenantId, seed, number }: HouseToBuild): (name: string) => Random {
  return (name) => new Random(tenantId, seed, number, name);
}

export function idOfProperty(wanted: Pick<HouseToBuild, 'tenantId' | 'seed' | 'number'>): string {
  return propertyId(new Random(wanted.tenantId, wanted.seed, wanted.number, 'property'), wanted.number);
}

/** @throws Error when the house cannot hold so many reservations, which its size prevents */
export function makeHotel(wanted: HotelToMake): Hotel {
  const random = streamsOf(wanted);
  const house = buildHouse(wanted, idOfProperty(wanted), random('house'));
  const rates = makeRates(house, random('rates'));
  const people = peopleFor(placeOf(wanted.number).country, random('people'));
  const stays = makeStays(house, rates, people, wanted.reservations, random('stays'));
  const bookings = makeBookings(house, rates, stays, random('bookings'));
  const ledger = keepBooks(house, bookings, wanted.actor, random('books'));
  const audited = auditDays(house, bookings, ledger, random('audits'));
  return { house, rates, bookings, accounts: ledger.accounts, audited, actor: wanted.actor, random: random('rows') };
}
