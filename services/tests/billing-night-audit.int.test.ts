/** The night audit where it hurts: asked for by many, its process killed at every step, a service away, a folio that takes nothing. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pino } from 'pino';
import { createDatabase } from '@tartware/kit/database';
import { carryOn } from '../billing/actions/night-audit.ts';
import { createMetrics } from '../kit/metrics.ts';
import { problem, startStandIn } from '../billing/testing/stand-in.ts';
import type { Answered, Asked, StandIn } from '../billing/testing/stand-in.ts';
import { DEMO, startPlatform } from './platform.ts';
import type { Api, Platform } from './platform.ts';

const ROOMS = 350;
const RATE = 10_700;

interface Audit {
  id: string;
  status: string;
  step: string;
  business_date: string;
  rooms: Record<string, number>;
  refused: { reservation_id: string; code: string }[];
  problem: { code: string; step: string } | null;
  totals: Record<string, unknown> | null;
}

let platform: Platform;
let reservations: StandIn;
let api: Api;
let propertyId: string;
let inHouse: { reservation_id: string; room_id: string; guest_id: string; amount_minor: number; currency: string }[];
/** What reservations does before it answers a closed day. */
let beforeClosing: (asked: Asked) => Answered | undefined | Promise<Answered | undefined>;

beforeAll(async () => {
  reservations = await startStandIn(async (asked) => {
    if (asked.path !== '/internal/business-days/close') return undefined;
    const { date } = asked.body as { date: string };
    return await beforeClosing(asked) ?? { status: 200, body: { date, in_house: inHouse, no_shows: [{ reservation_id: randomUUID() }] } };
  });
  platform = await startPlatform(['core', 'billing'], { programs: ['billing'], env: { billing: { RESERVATIONS_URL: reservations.url } } });
  api = platform.api(DEMO, 'manager');
});

afterAll(async () => {
  await platform.stop();
  await reservations.close();
});

/** A property of its own for each test, with a house full of guests. */
beforeEach(async () => {
  const { body } = await api.post('/v1/properties', { code: `P${Date.now()}`.slice(-10), name: 'Audited', time_zone: 'Europe/Berlin', currency: 'EUR' });
  propertyId = String(body['id']);
  inHouse = Array.from({ length: ROOMS }, () => ({ reservation_id: randomUUID(), room_id: randomUUID(), guest_id: randomUUID(), amount_minor: RATE, currency: 'EUR' }));
  beforeClosing = () => undefined;
  const rules = [{ charge_kind: 'room', code: 'vat', name: 'VAT 7 %', valid_from: '2020-01-01', method: 'percent', rate_ppm: 70_000, amount_minor: 0, inclusive: true }];
  expect((await api.put('/v1/billing/taxes', { property_id: propertyId, rules })).status).toBe(200);
});

/** Whatever was done to it, the books are right. */
afterEach(async () => {
  const { body } = await api.get<{ totals: { balance_minor: number }[] }>(`/v1/billing/ledger/trial-balance?property_id=${propertyId}&to=2099-01-01`);
  expect(body.totals.every(({ balance_minor }) => balance_minor === 0)).toBe(true);
});

const begin = (over: object = {}) => api.post<Audit>('/v1/billing/night-audits', { property_id: propertyId, ...over });
const read = async (id: string) => (await api.get<Audit>(`/v1/billing/night-audits/${id}`)).body;
const coreDate = async (): Promise<string> => String((await api.get(`/v1/properties/${propertyId}`)).body['business_date']);
const dayAfter = (date: string): string => new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);

async function until<Value>(ask: () => Promise<Value>, isRight: (value: Value) => boolean, everyMs = 50): Promise<Value> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const value = await ask().catch(() => undefined);
    if (value !== undefined && isRight(value)) return value;
    if (Date.now() > deadline) throw new Error(`It did not come to pass: ${JSON.stringify(value)}`);
    await sleep(everyMs);
  }
}

const done = (id: string): Promise<Audit> => until(() => read(id), ({ status }) => status === 'completed');

/** How often each reservation of the house was charged for each night. */
async function chargesByNight(): Promise<unknown[]> {
  return platform.sql(
    `select business_date::text as night, count(*)::int as charges, count(distinct reservation_id)::int as rooms, sum(gross_minor)::int as gross
      from billing.postings where property_id = $1 and charge_kind = 'room' group by 1 order by 1`, [propertyId],
  );
}

async function expectOneNight(audit: Audit): Promise<void> {
  expect(audit).toMatchObject({ status: 'completed', step: 'done', rooms: { in_house: ROOMS, posted: ROOMS, waiting: 0 }, problem: null });
  expect(await chargesByNight()).toEqual([{ night: audit.business_date, charges: ROOMS, rooms: ROOMS, gross: ROOMS * RATE }]);
  expect(await coreDate()).toBe(dayAfter(audit.business_date));
  expect(await platform.sql('select count(*)::int from billing.outbox where type = \'night_audit.completed\' and aggregate_id = $1', [audit.id])).toEqual([{ count: 1 }]);
  expect(await platform.sql('select business_date::text from billing.properties where id = $1', [propertyId])).toEqual([{ business_date: dayAfter(audit.business_date) }]);
}

describe('a night audit', () => {
  it('charges every room once with its tax, moves the date on, and says what it came to', async () => {
    const before = await coreDate();
    const begun = await begin();
    expect(begun).toMatchObject({ status: 202, body: { business_date: before, status: 'running' } });
    const audit = await done(begun.body.id);
    await expectOneNight(audit);
    expect(audit.totals).toEqual({
      rooms: ROOMS, no_shows: 1, currency: 'EUR', room_revenue_minor: ROOMS * 10_000, tax_minor: ROOMS * 700, revenue_minor: ROOMS * 10_000, payments_minor: 0, balance_minor: 0,
    });
  });

  it('is one, however many ask for it at once, and is answered again by its date', async () => {
    const asked = await Promise.all(Array.from({ length: 12 }, () => begin()));
    expect(new Set(asked.map(({ body }) => body.id)).size).toBe(1);
    expect(asked.filter(({ status }) => status === 202)).toHaveLength(1);
    const audit = await done(asked[0]?.body.id ?? '');
    expect(await begin({ business_date: audit.business_date })).toMatchObject({ status: 200, body: { id: audit.id, status: 'completed' } });
    await expectOneNight(audit);
    expect(await begin({ business_date: '2098-12-31' })).toMatchObject({ status: 409, body: { code: 'business_date_moved' } });
  });

  it('night after night charges each night once', async () => {
    inHouse = inHouse.slice(0, 3);
    const first = await done((await begin()).body.id);
    const second = await done((await begin()).body.id);
    expect(second.business_date).toBe(dayAfter(first.business_date));
    expect(await chargesByNight()).toHaveLength(2);
  });

  it('says which rooms it could not charge, and why, and charges the others', async () => {
    const [foreign, free, odd, ...rest] = inHouse.slice(0, 6);
    inHouse = [...rest, { ...foreign!, currency: 'USD' }, { ...free!, amount_minor: 0 }, odd!];
    expect(await platform.sql(
      `insert into billing.folios (tenant_id, property_id, kind, name, reservation_id, currency, status, settlement, closed_at)
        values ($1, $2, 'guest', '', $3, 'EUR', 'closed', 'paid', now()) returning 1 as made`, [DEMO.id, propertyId, odd!.reservation_id],
    )).toEqual([{ made: 1 }]);
    const audit = await done((await begin()).body.id);
    expect(audit.rooms).toEqual({ in_house: 6, waiting: 0, posted: 3, free: 1, refused: 2 });
    expect(audit.refused.map(({ reservation_id, code }) => [reservation_id, code]).sort()).toEqual([[foreign!.reservation_id, 'currency_mismatch'], [odd!.reservation_id, 'folio_closed']].sort());
  });

  it('uses what was paid before the stay from the first night on', async () => {
    inHouse = inHouse.slice(0, 1);
    const { reservation_id } = inHouse[0]!;
    const [folio] = await platform.sql<{ id: string }>(
      `insert into billing.folios (tenant_id, property_id, kind, name, reservation_id, currency, arrival) values ($1, $2, 'guest', '', $3, 'EUR', '2098-01-01') returning id`,
      [DEMO.id, propertyId, reservation_id],
    );
    await api.post(`/v1/billing/folios/${folio?.id}/payments`, { method: 'bank', amount_minor: 20_000, currency: 'EUR' }, { key: randomUUID() });
    expect((await api.get(`/v1/billing/folios/${folio?.id}`)).body).toMatchObject({ balance_minor: -20_000, deposit_minor: 20_000 });
    const audit = await done((await begin()).body.id);
    expect((await api.get(`/v1/billing/folios/${folio?.id}`)).body).toMatchObject({ balance_minor: RATE - 20_000, deposit_minor: 0 });
    expect(audit.totals).toMatchObject({ payments_minor: 20_000 });
  });

  it('counts every charge that was posted on its day, and none twice, while charges go on', async () => {
    const { body } = await api.post('/v1/billing/folios', { property_id: propertyId, kind: 'house' });
    let posting = true;
    const bar = Promise.all(Array.from({ length: 4 }, async () => {
      while (posting) await api.post(`/v1/billing/folios/${String(body['id'])}/charges`, { kind: 'other', amount_minor: 1, currency: 'EUR', description: 'Water' }, { key: randomUUID() });
    }));
    const audit = await done((await begin()).body.id);
    await sleep(100);
    posting = false;
    await bar;
    const [{ sum, later } = { sum: 0, later: 0 }] = await platform.sql<{ sum: number; later: number }>(
      `select sum(net_minor) filter (where business_date = $2)::int as sum, count(*) filter (where business_date > $2)::int as later from billing.postings where property_id = $1`,
      [propertyId, audit.business_date],
    );
    expect(audit.totals?.['revenue_minor']).toBe(sum);
    expect(later).toBeGreaterThan(0);
  });
});

describe('a day that was audited', () => {
  it('is summed by account, takes no entry any more, and the trial balance is what the entries come to', async () => {
    inHouse = inHouse.slice(0, 4);
    const first = await done((await begin()).body.id);
    const second = await done((await begin()).body.id);
    const { body: house } = await api.post('/v1/billing/folios', { property_id: propertyId, kind: 'house' });
    await api.post(`/v1/billing/folios/${String(house['id'])}/charges`, { kind: 'other', amount_minor: 333, currency: 'EUR', description: 'x' }, { key: randomUUID() });
    const entries = await platform.sql<{ account: string; debit_minor: number; credit_minor: number }>(
      `select account::text, sum(debit)::int as debit_minor, sum(credit)::int as credit_minor from billing.ledger_entries,
        lateral (values (debit_account, amount_minor, 0), (credit_account, 0, amount_minor)) as side (account, debit, credit)
      where property_id = $1 and business_date between $2 and $3 group by 1 order by 1`, [propertyId, first.business_date, dayAfter(second.business_date)],
    );
    type Accounts = { accounts: { account: string; debit_minor: number; credit_minor: number }[] };
    const shown = async (query: string) => (await api.get<Accounts>(`/v1/billing/ledger/trial-balance?property_id=${propertyId}${query}`)).body.accounts.map(({ account, debit_minor, credit_minor }) => ({ account, debit_minor, credit_minor }));
    expect(await shown('')).toEqual(entries);
    expect(await shown(`&from=${second.business_date}&to=${second.business_date}`)).toContainEqual({ account: 'room_revenue', debit_minor: 0, credit_minor: 40_000 });
    expect(await platform.sql('select count(distinct business_date)::int as days from billing.ledger_days where property_id = $1', [propertyId])).toEqual([{ days: 2 }]);
    await expect(platform.sql(
      `insert into billing.ledger_entries (tenant_id, posting_id, property_id, business_date, currency, amount_minor, debit_account, credit_account)
        select tenant_id, posting_id, property_id, business_date, currency, 1, 'cash', 'bank' from billing.ledger_entries where property_id = $1 and business_date = $2 limit 1`,
      [propertyId, first.business_date],
    )).rejects.toMatchObject({ constraint: 'day_open' });
    await expect(platform.sql('update billing.ledger_days set debit_minor = 0')).rejects.toThrow('append-only');
  });
});

describe('worked on by several at once', () => {
  it('each room is still charged once', async () => {
    const log = pino({ level: 'silent' });
    const database = createDatabase({ url: platform.postgres.url, schema: 'billing', poolMax: 8, metrics: createMetrics(), log });
    const answer = { date: '', in_house: inHouse, no_shows: [] };
    // Services that answer as the real ones would a second time: nothing of it must depend on who is first.
    const client = { call: <Answer>({ path }: { path: string }) => Promise.resolve((path.includes('business-days') ? answer : {}) as Answer) };
    const others = { core: client, reservations: client, guests: client, settings: client };
    const { body } = await begin();
    const signal = new AbortController().signal;
    await Promise.all(Array.from({ length: 4 }, () => carryOn({ database, services: others, log }, { tenant_id: DEMO.id, id: body.id }, signal)));
    await database.close();
    const audit = await done(body.id);
    expect(audit.rooms).toMatchObject({ in_house: ROOMS, posted: ROOMS });
    expect(await chargesByNight()).toEqual([{ night: audit.business_date, charges: ROOMS, rooms: ROOMS, gross: ROOMS * RATE }]);
  });

  it('the database takes one charge a night for a room, and one fee for a booking, whoever writes it', async () => {
    inHouse = inHouse.slice(0, 1);
    await done((await begin()).body.id);
    const copy = (changes: string) => platform.sql(
      `insert into billing.postings select (jsonb_populate_record(p, jsonb_build_object('id', uuidv7()) || $2::jsonb)).* from billing.postings p where property_id = $1 limit 1`, [propertyId, changes],
    );
    await expect(copy('{}')).rejects.toMatchObject({ code: '23505', constraint: 'room_once_a_night' });
    const fee = JSON.stringify({ source: 'cancellation', charge_kind: 'cancellation_fee' });
    await copy(fee);
    await expect(copy(fee)).rejects.toMatchObject({ code: '23505', constraint: 'fee_once' });
  });
});

describe('when something is away', () => {
  it('it waits for reservations, says so, and goes on by itself', async () => {
    beforeClosing = () => problem(503, 'database_unavailable');
    const { body } = await begin();
    const waiting = await until(() => read(body.id), (audit) => audit.problem !== null);
    expect(waiting).toMatchObject({ status: 'running', problem: { code: 'database_unavailable', step: 'close_day' } });
    beforeClosing = () => undefined;
    await expectOneNight(await done(body.id));
  });

  it('it ends when it is refused, and is taken up when asked for again', async () => {
    beforeClosing = () => problem(409, 'business_day_closed');
    const { body } = await begin();
    expect(await until(() => read(body.id), ({ status }) => status === 'failed')).toMatchObject({ problem: { code: 'business_day_closed', step: 'close_day' } });
    beforeClosing = () => undefined;
    expect(await begin()).toMatchObject({ status: 202, body: { id: body.id, status: 'running' } });
    await expectOneNight(await done(body.id));
  });
});

describe('killed', () => {
  const killAndStart = async (): Promise<void> => {
    await platform.end('billing', 'killed');
    await platform.start('billing');
  };
  const stateOf = async (id: string) => (await platform.sql<{ step: string; posted: number }>(
    'select step, (select count(*)::int from billing.night_audit_rooms where audit_id = a.id and status = \'posted\') as posted from billing.night_audits a where id = $1', [id],
  ))[0];

  it('right after it was asked for, it goes on', async () => {
    const { body } = await begin();
    await killAndStart();
    await expectOneNight(await done(body.id));
  });

  it('while reservations closes the day, it asks again', async () => {
    let asked = 0;
    beforeClosing = async () => {
      asked += 1;
      if (asked > 1) return undefined;
      await killAndStart();
      return undefined;
    };
    await expectOneNight(await done((await begin()).body.id));
    expect(asked).toBeGreaterThan(1);
  });

  /** Has the database take its time over what billing writes, so that it can be killed there on a fast machine as well as on a busy one. */
  async function holding(trigger: string, seconds: number, work: () => Promise<void>): Promise<void> {
    await platform.sql(`create function billing.hold() returns trigger language plpgsql as $$ begin perform pg_sleep(${seconds}); return null; end $$`);
    await platform.sql(`create trigger hold after update on billing.${trigger} execute function billing.hold()`);
    await work();
    await platform.sql('drop function billing.hold cascade');
  }

  it('between two batches of rooms, it charges the rest', async () => {
    let id = '';
    await holding('night_audit_rooms for each statement', 0.4, async () => {
      id = (await begin()).body.id;
      const caught = await until(() => stateOf(id), (state) => (state?.posted ?? 0) > 0, 2);
      await platform.end('billing', 'killed');
      expect(caught?.posted).toBeLessThan(ROOMS);
    });
    await platform.start('billing');
    await expectOneNight(await done(id));
  });

  it('again and again, wherever it is, it comes to the same end', async () => {
    const { body } = await begin();
    for (let round = 0; round < 4; round += 1) {
      await sleep(250 + 90 * round);
      await killAndStart();
    }
    await expectOneNight(await done(body.id));
  });

  it('after core moved the date and before it wrote that down, it ends well', async () => {
    const before = await coreDate();
    let id = '';
    await holding('night_audits for each row when (new.status = \'completed\')', 3, async () => {
      id = (await begin()).body.id;
      await until(coreDate, (date) => date === dayAfter(before), 5);
      await platform.end('billing', 'killed');
    });
    expect(await stateOf(id)).toMatchObject({ step: 'advance_date' });
    await platform.start('billing');
    await expectOneNight(await done(id));
  });
});
