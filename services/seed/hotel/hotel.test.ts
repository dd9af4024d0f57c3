import { TypeRegistry } from '@sinclair/typebox';
import type { TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { describe, expect, it } from 'vitest';
import { addDays, nightsOf } from '@tartware/kit/resources';
import { Folio } from '../../billing/model/folio.ts';
import { Invoice } from '../../billing/model/invoice.ts';
import { NightAudit } from '../../billing/model/night-audit.ts';
import { Posting } from '../../billing/model/posting.ts';
import { Property } from '../../core/model/property.ts';
import { Guest, NewGuest } from '../../guests/model/guest.ts';
import { Reservation } from '../../reservations/model/reservation.ts';
import { RatePlan } from '../../rooms/model/rate-plan.ts';
import { Room } from '../../rooms/model/room.ts';
import { RoomType } from '../../rooms/model/room-type.ts';
import { without } from '../rows.ts';
import { makeHotel } from './hotel.ts';
import type { Hotel } from './hotel.ts';
import { PLACES } from './places.ts';

// Some fields are described by JSON Schema alone, which TypeBox does not look into.
TypeRegistry.Set('Unsafe', () => true);

const tenantId = '01990000-0000-7000-8000-000000000001';
const make = (number = 1, over: Partial<Parameters<typeof makeHotel>[0]> = {}): Hotel =>
  makeHotel({ tenantId, seed: 42, number, reservations: 300, now: new Date('2027-03-14T16:30:00Z'), actor: tenantId, ...over });

const hotels = PLACES.map((_place, index) => make(index + 1));
const wrong = (schema: TSchema, values: readonly object[]): unknown[] => values.flatMap((value) => [...Value.Errors(schema, value)].slice(0, 1).map(({ path, message, value: found }) => ({ path, message, found })));

describe('a seeded hotel', () => {
  it('is the same from the same seed, and another from another', () => {
    expect(JSON.stringify(make().bookings)).toBe(JSON.stringify(make().bookings));
    expect(make(1, { seed: 43 }).house.property.id).not.toBe(make().house.property.id);
  });

  it('has the same property on another day, with another business date', () => {
    const { id, business_date, code } = make(1, { now: new Date('2027-03-20T12:00:00Z') }).house.property;
    expect({ id, business_date, code }).toEqual({ id: make().house.property.id, business_date: '2027-03-20', code: 'HAM160001' });
  });

  it('stands in its own day, also beyond the date line', () => {
    const late = new Date('2027-03-14T11:00:00Z');
    expect(PLACES.map(({ code }, index) => [code, make(index + 1, { now: late, reservations: 0 }).house.property.business_date]).filter(([, date]) => date !== '2027-03-14')).toEqual([['AKL', '2027-03-15'], ['APW', '2027-03-15']]);
  });

  it('is made of what the services\' own schemas take', () => {
    for (const { house, bookings, accounts, audited } of hotels) {
      const guests = bookings.map(({ stay }) => stay.guest);
      expect(wrong(Property, [house.property])).toEqual([]);
      expect(wrong(RoomType, house.types)).toEqual([]);
      expect(wrong(Room, house.rooms)).toEqual([]);
      expect(wrong(RatePlan, house.plans)).toEqual([]);
      expect(wrong(Guest, guests)).toEqual([]);
      expect(wrong(NewGuest, guests.map((guest) => without(guest, 'id', 'status', 'merged_into', 'preferences', 'version', 'created_at', 'updated_at')))).toEqual([]);
      expect(wrong(Reservation, bookings.flatMap(({ versions }) => versions.map(({ state }) => state)))).toEqual([]);
      expect(wrong(Folio, accounts.map(({ folio }) => folio))).toEqual([]);
      expect(wrong(Posting, accounts.flatMap(({ postings }) => postings))).toEqual([]);
      expect(wrong(Invoice, accounts.flatMap(({ invoices }) => invoices.map((invoice, index) => ({ ...invoice, number: index + 1 }))))).toEqual([]);
      expect(wrong(NightAudit, audited.map(({ audit }) => audit))).toEqual([]);
    }
  });

  it('has reservations in every state around its business date', () => {
    const counts: Record<string, number> = {};
    for (const { house, bookings } of hotels) {
      const today = house.property.business_date;
      for (const { now: { status, arrival, departure, room_id } } of bookings) {
        counts[status] = (counts[status] ?? 0) + 1;
        if (status === 'checked_out') expect(departure <= today && room_id !== null).toBe(true);
        if (status === 'in_house') expect(arrival <= today && departure >= today && room_id !== null).toBe(true);
        if (status === 'confirmed') expect(arrival >= today).toBe(true);
        if (status === 'no_show') expect(arrival < today).toBe(true);
      }
    }
    expect(Object.keys(counts).sort()).toEqual(['cancelled', 'checked_out', 'confirmed', 'in_house', 'no_show']);
  });

  it('lets nothing happen in the future, nor before what it follows', () => {
    for (const { house, bookings, accounts } of hotels) {
      for (const { versions, stay } of bookings) {
        const moments = [Date.parse(stay.guest.created_at), ...versions.map(({ at }) => at), house.now];
        expect([...moments].sort((one, other) => one - other)).toEqual(moments);
      }
      for (const { postings } of accounts) for (const { created_at } of postings) expect(Date.parse(String(created_at))).toBeLessThanOrEqual(house.now);
    }
  });

  it('never has more guests than rooms, and is busy but not full', () => {
    for (const { house, bookings } of hotels) {
      const taken = new Map<string, number>();
      for (const { now, stay } of bookings.filter((booking) => booking.stay.roomId !== undefined)) {
        for (const date of nightsOf(now.arrival, now.departure)) {
          const key = `${stay.roomId} ${date}`;
          taken.set(key, (taken.get(key) ?? 0) + 1);
        }
      }
      expect(Math.max(...taken.values())).toBe(1);
      const month = nightsOf(addDays(house.property.business_date, -30), house.property.business_date);
      const sold = [...taken.keys()].filter((key) => month.includes(key.slice(-10))).length / (month.length * house.rooms.length);
      expect(sold).toBeGreaterThan(0.45);
      expect(sold).toBeLessThan(0.95);
    }
  });

  it('leaves nobody in debt who has left, and has prices that move with season and week', () => {
    for (const { accounts, rates, house } of hotels) {
      for (const { folio } of accounts.filter(({ closed }) => closed)) expect([folio.balance_minor, folio.deposit_minor]).toEqual([0, 0]);
      const [, double] = house.types;
      const [flexible] = house.plans;
      const amounts = rates.demand.map((_demand, day) => (double && flexible ? rates.amount(double, flexible, day) : 0));
      expect(Math.max(...amounts) / Math.min(...amounts)).toBeGreaterThan(1.5);
    }
  });

  it('may stand empty', () => {
    const { bookings, accounts, audited, house } = make(1, { reservations: 0 });
    expect([bookings.length, accounts.length, audited.length, house.rooms.length]).toEqual([0, 0, 60, 6]);
  });
});
