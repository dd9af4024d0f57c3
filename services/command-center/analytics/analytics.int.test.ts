import { randomUUID } from 'node:crypto';
import { startClickHouse } from '@tartware/kit/testing';
import type { RunningClickHouse } from '@tartware/kit/testing';
import type { DomainEvent } from '@tartware/kit/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAnalytics } from './clickhouse.ts';
import type { Analytics } from './clickhouse.ts';
import { occupancy, pace, pickup, revenue } from './figures.ts';
import { houseNights, nightsByLead, nightsSold, revenueBooked } from './questions.ts';
import { addRows, noRows } from './rows.ts';

const A = '0199aaaa-0000-7000-8000-00000000000a';
const B = '0199bbbb-0000-7000-8000-00000000000b';
const FOREVER = new Date('2099-01-01T00:00:00Z');

let server: RunningClickHouse;
let analytics: Analytics;

beforeAll(async () => {
  server = await startClickHouse();
  analytics = createAnalytics(server.url);
});

afterAll(async () => {
  await analytics.close();
  await server.stop();
});

function event(type: string, data: Record<string, unknown> & { id: string; property_id: string }, more: Partial<DomainEvent> = {}): DomainEvent {
  return { id: randomUUID(), type, tenant_id: A, aggregate_id: data.id, version: 1, property_id: data.property_id, occurred_at: '2027-03-01T10:00:00.000Z', data, ...more };
}

/** As Kafka may: everything three times, in any order, in pieces of any size. */
async function deliver(events: readonly DomainEvent[]): Promise<void> {
  const all = [...events, ...events, ...events].map((one) => ({ one, at: Math.random() })).sort((a, b) => a.at - b.at).map(({ one }) => one);
  while (all.length > 0) {
    const rows = noRows();
    for (const one of all.splice(0, 1 + Math.floor(Math.random() * all.length))) addRows(rows, one);
    await analytics.insert(rows);
  }
}

const room = (property_id: string): DomainEvent => event('room.created', { id: randomUUID(), property_id, active: true });

interface Stay {
  property_id: string;
  id?: string;
  nights: [date: string, amount: number][];
  status?: string;
  booked?: string;
}

function stay({ property_id, id = randomUUID(), nights, status = 'confirmed', booked = '2027-03-01T10:00:00.000Z' }: Stay, more: Partial<DomainEvent> = {}): DomainEvent {
  const data = { id, property_id, status, currency: 'EUR', nights: nights.map(([date, amount_minor]) => ({ date, amount_minor })), created_at: booked };
  return event('reservation.changed', data, { occurred_at: booked, ...more });
}

describe('occupancy', () => {
  it('counts what is booked now against the rooms that can be let, by night and over all', async () => {
    const property_id = randomUUID();
    const rooms = Array.from({ length: 4 }, () => room(property_id));
    const [first, second, changed, cancelled] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
    await deliver([
      ...rooms,
      event('room.updated', { id: rooms[3]!.aggregate_id, property_id, active: false }, { version: 2 }),
      event('out_of_order.set', { id: first, property_id, room_id: rooms[0]!.aggregate_id, from: '2027-03-28', to: '2027-03-30' }),
      event('out_of_order.set', { id: second, property_id, room_id: rooms[1]!.aggregate_id, from: '2027-03-28', to: '2027-03-29' }),
      event('out_of_order.cleared', { id: second, property_id, room_id: rooms[1]!.aggregate_id, from: '2027-03-28', to: '2027-03-29' }, { version: 2 }),
      stay({ property_id, nights: [['2027-03-26', 5_000], ['2027-03-27', 10_001], ['2027-03-28', 10_000]] }),
      stay({ property_id, id: changed, nights: [['2027-03-27', 1], ['2027-03-28', 1], ['2027-03-29', 1]] }),
      stay({ property_id, id: changed, nights: [['2027-03-27', 8_000]], status: 'in_house' }, { version: 2 }),
      stay({ property_id, id: cancelled, nights: [['2027-03-27', 9_000]] }),
      stay({ property_id, id: cancelled, nights: [['2027-03-27', 9_000]], status: 'cancelled' }, { version: 2 }),
      stay({ property_id: randomUUID(), nights: [['2027-03-27', 7]] }),
    ]);
    const span = { property_id, from: '2027-03-27', to: '2027-03-30' };
    expect(occupancy(await houseNights(analytics, A, span), await nightsSold(analytics, A, span, FOREVER))).toEqual({
      currency: 'EUR',
      items: [
        { date: '2027-03-27', rooms: 3, out_of_order: 0, available: 3, sold: 2, occupancy: 0.6667, room_revenue_minor: 18_001, adr_minor: 9_001, revpar_minor: 6_000 },
        { date: '2027-03-28', rooms: 3, out_of_order: 1, available: 2, sold: 1, occupancy: 0.5, room_revenue_minor: 10_000, adr_minor: 10_000, revpar_minor: 5_000 },
        { date: '2027-03-29', rooms: 3, out_of_order: 1, available: 2, sold: 0, occupancy: 0, room_revenue_minor: 0, adr_minor: null, revpar_minor: 0 },
      ],
      total: { rooms: 9, out_of_order: 2, available: 7, sold: 3, occupancy: 0.4286, room_revenue_minor: 28_001, adr_minor: 9_334, revpar_minor: 4_000 },
    });
  });

  it('has every night, also of a house without rooms, over the leap day and into the next year', async () => {
    const span = { property_id: randomUUID(), from: '2028-02-28', to: '2028-03-02' };
    const report = occupancy(await houseNights(analytics, A, span), await nightsSold(analytics, A, span, FOREVER));
    expect(report.items.map(({ date, occupancy: share }) => [date, share])).toEqual([['2028-02-28', null], ['2028-02-29', null], ['2028-03-01', null]]);
    expect(await houseNights(analytics, A, { ...span, from: '2027-12-31', to: '2028-01-02' })).toHaveLength(2);
  });
});

describe('revenue', () => {
  it('is what the ledger booked less what it reversed, each entry once', async () => {
    const property_id = randomUUID();
    const entry = (business_date: string, debit_account: string, credit_account: string, amount_minor: number): DomainEvent =>
      event('ledger.posted', { id: randomUUID(), property_id, business_date, currency: 'EUR', debit_account, credit_account, amount_minor });
    await deliver([
      room(property_id), room(property_id),
      stay({ property_id, nights: [['2027-03-27', 1]] }),
      entry('2027-03-27', 'guest_ledger', 'room_revenue', 10_000), entry('2027-03-27', 'guest_ledger', 'room_revenue', 5_000), entry('2027-03-27', 'room_revenue', 'guest_ledger', 5_000),
      entry('2027-03-27', 'guest_ledger', 'food_beverage_revenue', 1_999), entry('2027-03-27', 'cash', 'guest_ledger', 11_999), entry('2027-03-27', 'guest_ledger', 'tax_vat', 700),
      entry('2027-03-28', 'guest_ledger', 'cancellation_revenue', 900),
    ]);
    const span = { property_id, from: '2027-03-27', to: '2027-03-29' };
    const report = revenue(await houseNights(analytics, A, span), await nightsSold(analytics, A, span, FOREVER), await revenueBooked(analytics, A, span));
    expect(report.items).toEqual([
      { date: '2027-03-27', room_minor: 10_000, other_minor: 1_999, total_minor: 11_999, available: 2, sold: 1, occupancy: 0.5, adr_minor: 10_000, revpar_minor: 5_000 },
      { date: '2027-03-28', room_minor: 0, other_minor: 900, total_minor: 900, available: 2, sold: 0, occupancy: 0, adr_minor: null, revpar_minor: 0 },
    ]);
    expect(report.total.by_account).toEqual({ room_revenue: 10_000, food_beverage_revenue: 1_999, cancellation_revenue: 900 });
  });
});

describe('pickup and pace', () => {
  it('compare the books with what they were', async () => {
    const property_id = randomUUID();
    const [moved, gone] = [randomUUID(), randomUUID()];
    await deliver([
      stay({ property_id, nights: [['2028-03-25', 100]], booked: '2028-01-01T12:00:00.000Z' }),
      stay({ property_id, nights: [['2028-03-25', 100]], booked: '2028-03-18T12:00:00.000Z' }),
      stay({ property_id, id: gone, nights: [['2028-03-25', 100]], booked: '2028-01-01T12:00:00.000Z' }),
      stay({ property_id, id: gone, nights: [['2028-03-25', 100]], status: 'cancelled', booked: '2028-01-01T12:00:00.000Z' }, { version: 2, occurred_at: '2028-03-19T12:00:00.000Z' }),
      stay({ property_id, id: moved, nights: [['2028-03-24', 100]], booked: '2028-03-20T08:00:00.000Z' }),
      stay({ property_id, id: moved, nights: [['2028-03-25', 300]], booked: '2028-03-20T08:00:00.000Z' }, { version: 2, occurred_at: '2028-03-20T09:00:00.000Z' }),
      // A year before, 364 days: Saturday 2027-03-27.
      stay({ property_id, nights: [['2027-03-27', 50]], booked: '2027-01-05T12:00:00.000Z' }),
      stay({ property_id, nights: [['2027-03-27', 70]], booked: '2027-03-26T12:00:00.000Z' }),
    ]);
    const span = { property_id, from: '2028-03-25', to: '2028-03-26' };
    const now = new Date('2028-03-20T10:00:00Z');
    const daysAgo = (days: number): Date => new Date(now.getTime() - days * 86_400_000);
    const before = await Promise.all([1, 7, 28].map((days) => nightsSold(analytics, A, span, daysAgo(days))));
    const picked = pickup(span, await nightsSold(analytics, A, span, now), before, await nightsByLead(analytics, A, span, now));
    expect(picked.items).toEqual([{ date: '2028-03-25', nights: 3, amount_minor: 500, pickup_1: 0, pickup_7: 1, pickup_28: 1 }]);
    expect(picked.leads.filter(({ nights }) => nights > 0)).toEqual([
      { from_days: 4, to_days: 7, nights: 2, amount_minor: 400 }, { from_days: 61, to_days: 90, nights: 1, amount_minor: 100 },
    ]);
    const lastYear = { property_id, from: '2027-03-27', to: '2027-03-28' };
    expect(pace(span, await nightsSold(analytics, A, span, now), await nightsSold(analytics, A, lastYear, daysAgo(364)), await nightsSold(analytics, A, lastYear, now)).items).toEqual([{
      date: '2028-03-25', nights: 3, amount_minor: 500, last_year: { date: '2027-03-27', nights: 1, amount_minor: 50 }, last_year_final: { nights: 2, amount_minor: 120 },
    }]);
  });
});

describe('the store', () => {
  it('shows a tenant nothing of another, though they name the same property', async () => {
    const property_id = randomUUID();
    await deliver([room(property_id), stay({ property_id, nights: [['2027-03-27', 100]] })]);
    const span = { property_id, from: '2027-03-27', to: '2027-03-28' };
    expect(await houseNights(analytics, B, span)).toEqual([{ date: '2027-03-27', rooms: 0, out_of_order: 0 }]);
    expect([await nightsSold(analytics, B, span, FOREVER), await nightsByLead(analytics, B, span, FOREVER), await revenueBooked(analytics, B, span)]).toEqual([[], [], []]);
    expect(await nightsSold(analytics, A, span, FOREVER)).toHaveLength(1);
  });

  it('is said to be away while it is, and takes rows again when it is back', async () => {
    const property_id = randomUUID();
    await server.kill();
    const rows = noRows();
    addRows(rows, stay({ property_id, nights: [['2027-03-27', 100]] }));
    await expect(analytics.insert(rows)).rejects.toMatchObject({ status: 503, code: 'clickhouse_unavailable' });
    await server.restart();
    await analytics.insert(rows);
    expect(await nightsSold(analytics, A, { property_id, from: '2027-03-27', to: '2027-03-28' }, FOREVER)).toEqual([{ date: '2027-03-27', nights: 1, amount_minor: 100, currency: 'EUR' }]);
  });
});
