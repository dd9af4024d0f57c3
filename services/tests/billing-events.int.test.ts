/** Events of reservations, guests and core as Kafka may deliver them: again, out of order, to two pods at once. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase } from '@tartware/kit/database';
import type { Database } from '@tartware/kit/database';
import type { Consumer, DomainEvent } from '@tartware/kit/events';
import { guestEvents, propertyEvents, reservationEvents } from '../billing/actions/events.ts';
import { takeEffect } from '../kit/consumer-effects.ts';
import { createMetrics } from '../kit/metrics.ts';
import { DEMO, startPlatform } from './platform.ts';
import type { Api, Platform } from './platform.ts';

let platform: Platform;
let api: Api;
let database: Database;
let consumers: Record<'reservations' | 'guests' | 'core', Consumer>;
let propertyId: string;

beforeAll(async () => {
  platform = await startPlatform(['core', 'billing']);
  api = platform.api(DEMO, 'manager');
  const log = pino({ level: 'silent' });
  database = createDatabase({ url: platform.postgres.url, schema: 'billing', poolMax: 10, metrics: createMetrics(), log });
  const core = await platform.internal('core', DEMO, 'billing');
  const client = { call: async <Answer>({ path }: { path: string }) => (await core.get(path)).body as Answer };
  const services = { core: client, reservations: client, guests: client, settings: client };
  consumers = {
    reservations: { topics: ['reservations'], handlers: reservationEvents({ database, services, log }) },
    guests: { topics: ['guests'], handlers: guestEvents },
    core: { topics: ['core'], handlers: propertyEvents },
  };
});

afterAll(async () => {
  await database.close();
  await platform.stop();
});

let made = 0;
beforeEach(async () => {
  const { body } = await api.post('/v1/properties', { code: `E${made += 1}B`, name: 'Events', time_zone: 'Europe/Berlin', currency: 'EUR' });
  propertyId = String(body['id']);
});

function event(type: string, aggregate_id: string, version: number, data: object): DomainEvent {
  return { id: randomUUID(), type, tenant_id: DEMO.id, aggregate_id, version, property_id: propertyId, occurred_at: new Date().toISOString(), data };
}

interface Stay {
  id: string;
  events: DomainEvent[];
  guest: string;
  departure: string;
  fee: number;
}

/** A booking with `changes` changes, that ends cancelled or not come to with a fee, or goes on. */
function stay({ changes, end, fee }: { changes: number; end: 'cancelled' | 'no_show' | 'none'; fee: number }): Stay {
  const id = randomUUID();
  const state = (version: number, over: object = {}) => ({
    id, version, property_id: propertyId, guest_id: randomUUID(), group_id: null, arrival: '2027-05-01', departure: `2027-05-${String(2 + version).padStart(2, '0')}`,
    currency: 'EUR', cancellation_fee_minor: null, ...over,
  });
  const events = [event('reservation.confirmed', id, 1, state(1))];
  for (let version = 2; version < 2 + changes; version += 1) events.push(event('reservation.changed', id, version, state(version)));
  if (end !== 'none') events.push(event(`reservation.${end}`, id, 2 + changes, state(2 + changes, { cancellation_fee_minor: fee })));
  const last = events.at(-1)?.data as { guest_id: string; departure: string };
  return { id, events, guest: last.guest_id, departure: last.departure, fee: end === 'none' ? 0 : fee };
}

/** In batches, as a poll of Kafka gives them; deadlocks and the like are tried again, as the kit's consumer does. */
async function deliver(name: 'reservations' | 'guests' | 'core', events: readonly DomainEvent[], size: number): Promise<void> {
  for (let at = 0; at < events.length; at += size) {
    const batch = events.slice(at, at + size);
    for (let left = 20; ; left -= 1) {
      const failed = await takeEffect(database, name, consumers[name], batch).then(() => undefined, (error: unknown) => error);
      if (failed === undefined) break;
      if (left === 0) throw failed;
    }
  }
}

const balance = async (reservation: string) => (await api.get<{ items: Record<string, unknown>[] }>(`/v1/billing/folios?reservation_id=${reservation}`)).body.items;

describe('events of reservations', () => {
  it('in any order, each twice, on two pods at once: one folio, the newest dates, one fee', async () => {
    const anyStay = fc.record({ changes: fc.nat(4), end: fc.constantFrom('cancelled', 'no_show', 'none' as const), fee: fc.constantFrom(0, 5_000, 12_900) });
    await fc.assert(fc.asyncProperty(fc.array(anyStay, { minLength: 1, maxLength: 6 }), fc.nat(), fc.integer({ min: 1, max: 7 }), async (wanted, seed, size) => {
      const stays = wanted.map(stay);
      const [twice] = fc.sample(fc.tuple(shuffled(stays), shuffled(stays)), { seed, numRuns: 1 });
      await Promise.all((twice ?? []).map((events) => deliver('reservations', events, size)));
      for (const { id, guest, departure, fee } of stays) {
        expect(await balance(id)).toMatchObject([{ kind: 'guest', guest_id: guest, departure, balance_minor: fee, property_id: propertyId }]);
      }
    }), { numRuns: 25 });
  });

  it('of a booking in another currency than its property\'s open nothing', async () => {
    const foreign = event('reservation.confirmed', randomUUID(), 1, { ...(stay({ changes: 0, end: 'none', fee: 0 }).events[0]?.data as object), currency: 'USD' });
    await expect(takeEffect(database, 'reservations', consumers.reservations, [foreign])).rejects.toMatchObject({ code: '23503' });
  });
});

function shuffled(stays: readonly Stay[]): fc.Arbitrary<DomainEvent[]> {
  const events = stays.flatMap((one) => one.events);
  return fc.shuffledSubarray(events, { minLength: events.length });
}

describe('events of guests', () => {
  it('lead the folio to the profile that is left, and take names away, but not from invoices', async () => {
    const booking = stay({ changes: 0, end: 'cancelled', fee: 700 });
    await deliver('reservations', booking.events, 2);
    const [folio] = await balance(booking.id);
    const path = `/v1/billing/folios/${String(folio?.['id'])}`;
    await platform.sql('update billing.folios set name = \'Ada Lovelace\' where id = $1', [folio?.['id']]);
    const invoice = await api.post(`${path}/invoices`, { recipient: { name: 'Ada Lovelace' } }, { key: randomUUID() });
    const survivor = randomUUID();
    const merged = event('guest.merged', booking.guest, 2, { from: booking.guest, into: survivor });
    await deliver('guests', [merged, merged, event('guest.erased', survivor, 3, { id: survivor })], 1);
    expect((await api.get(path)).body).toMatchObject({ guest_id: survivor, name: '' });
    expect((await api.get(`/v1/billing/invoices/${String(invoice.body['id'])}`)).body).toEqual(invoice.body);
  });
});

describe('events of core', () => {
  it('move the business date forward and never back', async () => {
    const at = (version: number, business_date: string) => event('property.business_date_advanced', propertyId, version, { id: propertyId, currency: 'EUR', business_date });
    await deliver('core', [at(2, '2097-01-02'), at(4, '2097-01-04'), at(3, '2097-01-03')], 1);
    expect(await platform.sql('select business_date::text from billing.properties where id = $1', [propertyId])).toEqual([{ business_date: '2097-01-04' }]);
  });
});
