import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStandIn } from '../billing/testing/stand-in.ts';
import type { StandIn } from '../billing/testing/stand-in.ts';
import { DEMO, OTHER, startPlatform } from './platform.ts';
import type { Answer, Api, Platform } from './platform.ts';

let platform: Platform;
let others: StandIn;
let api: Api;

/** The reservations that there are, and whether guests may leave with a debt. */
const stays = new Map<string, object>();
let cityLedger = true;

beforeAll(async () => {
  others = await startStandIn(({ path }) => {
    const reservation = stays.get(path.replace('/v1/reservations/', ''));
    if (reservation) return { status: 200, body: reservation };
    if (path === '/internal/settings') return { status: 200, body: { values: { 'billing.city_ledger_allowed': cityLedger } } };
    if (path.startsWith('/internal/guests/')) return { status: 200, body: { first_name: 'Ada', last_name: 'Lovelace', address: { street: 'St James 12', city: 'London', country: 'GB' } } };
    return undefined;
  });
  platform = await startPlatform(['core', 'billing'], { env: { billing: { RESERVATIONS_URL: others.url, GUESTS_URL: others.url, SETTINGS_URL: others.url } } });
  api = platform.api(DEMO, 'manager');
});

afterAll(async () => {
  await platform.stop();
  await others.close();
});

const businessDate = async (): Promise<string> => String((await api.get(`/v1/properties/${DEMO.propertyId}`)).body['business_date']);

async function openFolio(kind = 'house'): Promise<string> {
  const { status, body } = await api.post('/v1/billing/folios', { property_id: DEMO.propertyId, kind, name: 'Bar' });
  expect(status).toBe(201);
  return String(body['id']);
}

/** A reservation that arrives `from` days from the business date on. */
async function reserve(over: object = {}): Promise<string> {
  const id = randomUUID();
  const date = await businessDate();
  stays.set(id, { id, version: 1, property_id: DEMO.propertyId, guest_id: randomUUID(), group_id: null, arrival: date, departure: '2099-01-01', currency: 'EUR', cancellation_fee_minor: null, ...over });
  return id;
}

const post = (path: string, body: object, by = api): Promise<Answer> => by.post(path, body, { key: randomUUID() });
const charge = (folio: string, amount_minor: number, over: object = {}) => post(`/v1/billing/folios/${folio}/charges`, { kind: 'other', amount_minor, currency: 'EUR', description: 'Laundry', ...over });
const pay = (folio: string, amount_minor: number, over: object = {}) => post(`/v1/billing/folios/${folio}/payments`, { method: 'cash', amount_minor, currency: 'EUR', ...over });
const balance = async (folio: string): Promise<unknown> => (await api.get(`/v1/billing/folios/${folio}`)).body['balance_minor'];
const close = async (reservation_id: string, settlement = 'paid') => (await platform.internal('billing', DEMO, 'reservations')).post('/internal/folios/close', { reservation_id, settlement }, { key: randomUUID() });
const guestFolio = async (reservation_id: string): Promise<string> => String((await api.post('/v1/billing/folios', { property_id: DEMO.propertyId, kind: 'guest', reservation_id })).body['id']);

describe('a folio', () => {
  it('of a reservation is opened once, before any event came, by however many at once', async () => {
    const reservation_id = await reserve();
    const opened = await Promise.all(Array.from({ length: 8 }, () => api.post('/v1/billing/folios', { property_id: DEMO.propertyId, kind: 'guest', reservation_id })));
    expect(new Set(opened.map(({ body }) => body['id'])).size).toBe(1);
    expect(opened.every(({ status }) => status === 200 || status === 201)).toBe(true);
    expect(await platform.sql('select count(*)::int from billing.outbox where type = \'folio.opened\' and aggregate_id = $1', [opened[0]?.body['id']])).toEqual([{ count: 1 }]);
  });

  it('is not opened for a reservation that there is not', async () => {
    expect(await api.post('/v1/billing/folios', { property_id: DEMO.propertyId, kind: 'guest', reservation_id: randomUUID() })).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(await api.post('/v1/billing/folios', { property_id: DEMO.propertyId, kind: 'guest' })).toMatchObject({ status: 422, body: { code: 'reservation_missing' } });
    expect(await api.post('/v1/billing/folios', { property_id: OTHER.propertyId, kind: 'house' })).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });
});

describe('charges', () => {
  it('are net and taxes of the day\'s rules, each on its account, and come to the gross', async () => {
    const rules = [
      { charge_kind: 'food_beverage', code: 'vat', name: 'VAT 19 %', valid_from: '2020-01-01', method: 'percent', rate_ppm: 190_000, amount_minor: 0, inclusive: true },
      { charge_kind: 'food_beverage', code: 'service', name: 'Service', valid_from: '2020-01-01', method: 'fixed', rate_ppm: 0, amount_minor: 50, inclusive: false },
      { charge_kind: 'food_beverage', code: 'vat', name: 'VAT 25 %', valid_from: '2098-01-01', method: 'percent', rate_ppm: 250_000, amount_minor: 0, inclusive: true },
    ];
    expect(await api.put('/v1/billing/taxes', { property_id: DEMO.propertyId, rules })).toMatchObject({ status: 200 });
    expect((await api.get(`/v1/billing/taxes?property_id=${DEMO.propertyId}`)).body['rules']).toHaveLength(3);
    const folio = await openFolio();
    const { status, body } = await charge(folio, 11_900, { kind: 'food_beverage', description: 'Dinner' });
    expect(status).toBe(201);
    expect(body).toMatchObject({ net_minor: 10_000, tax_minor: 1_950, gross_minor: 11_950, balance_minor: 11_950, business_date: await businessDate() });
    expect((body['entries'] as Record<string, unknown>[]).map(({ credit_account, amount_minor }) => [credit_account, amount_minor]))
      .toEqual([['food_beverage_revenue', 10_000], ['tax_payable:service', 50], ['tax_payable:vat', 1_900]]);
    expect(await balance(folio)).toBe(11_950);
  });

  it.each([[0], [-1], [1.5], [2 ** 53], [900_000_000_001], ['100'], [null]])('of %j are refused with the field', async (amount_minor) => {
    const folio = await openFolio();
    const { status, body } = await charge(folio, amount_minor as number);
    expect([status, body['code']]).toEqual([400, 'validation_failed']);
    expect(body['errors']).toContainEqual(expect.objectContaining({ field: '/amount_minor' }));
  });

  it('need a key, the folio\'s currency and a role that may write', async () => {
    const folio = await openFolio();
    const body = { kind: 'other', amount_minor: 100, currency: 'EUR', description: 'x' };
    expect(await api.post(`/v1/billing/folios/${folio}/charges`, body)).toMatchObject({ status: 400, body: { code: 'idempotency_key_missing' } });
    expect(await charge(folio, 100, { currency: 'USD' })).toMatchObject({ status: 422, body: { code: 'currency_mismatch' } });
    expect(await post(`/v1/billing/folios/${folio}/charges`, body, platform.api(DEMO, 'viewer'))).toMatchObject({ status: 403 });
    expect(await balance(folio)).toBe(0);
  });

  it('are reversed whole and once', async () => {
    const folio = await openFolio();
    const { body } = await charge(folio, 11_900, { kind: 'food_beverage' });
    const entry = (body['entries'] as { id: string }[])[1]?.id;
    const attempts = await Promise.all(Array.from({ length: 5 }, () => post(`/v1/billing/entries/${entry}/reversal`, { reason: 'wrong room' })));
    expect(attempts.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
    expect(attempts.find(({ status }) => status === 409)?.body['code']).toBe('entry_reversed');
    expect(await balance(folio)).toBe(0);
    const reversal = attempts.find(({ status }) => status === 201)?.body;
    expect(reversal).toMatchObject({ kind: 'reversal', reverses: body['id'], gross_minor: -11_950, balance_minor: 0 });
    expect(await post(`/v1/billing/entries/${(reversal?.['entries'] as { id: string }[])[0]?.id}/reversal`, { reason: 'again' })).toMatchObject({ status: 409, body: { code: 'entry_not_reversible' } });
  });
});

describe('who did it', () => {
  const actors = (table: string, id: unknown): Promise<unknown[]> => platform.sql(`select actor from billing.${table} where id = $1`, [id]);

  it('is written down by the name that the token gives: of a service, which has no id, as well', async () => {
    const service = await platform.internal('billing', DEMO, 'command-center');
    const folio = await openFolio();
    const charged = await post(`/v1/billing/folios/${folio}/charges`, { kind: 'other', amount_minor: 500, currency: 'EUR', description: 'Laundry' }, service);
    expect(charged).toMatchObject({ status: 201, body: { created_by: 'command-center' } });
    const paid = await post(`/v1/billing/folios/${folio}/payments`, { method: 'card', amount_minor: 500, currency: 'EUR' }, service);
    const invoiced = await post(`/v1/billing/folios/${folio}/invoices`, { recipient: { name: 'Ada' } }, service);
    const audit = await post('/v1/billing/night-audits', { property_id: DEMO.propertyId, business_date: await businessDate() }, service);
    expect([paid.status, invoiced.status, audit.status]).toEqual([201, 201, 202]);
    for (const [table, { body }] of [['payments', paid], ['invoices', invoiced], ['night_audits', audit]] as const) expect(await actors(table, body['id'])).toEqual([{ actor: 'command-center' }]);
    expect((await api.get<{ postings: object[] }>(`/v1/billing/folios/${folio}`)).body.postings).toContainEqual(expect.objectContaining({ id: charged.body['id'], created_by: 'command-center' }));
  });

  it('is read by the version before this one as well, and what that one writes by this one', async () => {
    const folio = await openFolio();
    const { body } = await charge(folio, 500);
    expect(await platform.sql('select created_by from billing.postings where id = $1', [body['id']])).toEqual([{ created_by: body['created_by'] }]);
    const user = randomUUID();
    const [written] = await platform.sql<{ id: string }>(`insert into billing.postings (tenant_id, property_id, folio_id, kind, charge_kind, source, description, business_date, currency, net_minor, tax_minor, gross_minor, created_by)
      select tenant_id, property_id, folio_id, kind, charge_kind, source, description, business_date, currency, net_minor, tax_minor, gross_minor, $2 from billing.postings where id = $1 returning id`, [body['id'], user]);
    const { postings } = (await api.get<{ postings: object[] }>(`/v1/billing/folios/${folio}`)).body;
    expect(postings).toContainEqual(expect.objectContaining({ id: written?.id, created_by: user }));
  });
});

describe('payments', () => {
  it('pay, are authorised, captured, voided and refunded', async () => {
    const folio = await openFolio();
    await charge(folio, 10_000);
    expect(await pay(folio, 4_000)).toMatchObject({ status: 201, body: { status: 'captured', captured_minor: 4_000, balance_minor: 6_000 } });
    const promised = await pay(folio, 6_000, { method: 'card', capture: false });
    expect(promised).toMatchObject({ status: 201, body: { status: 'authorised', captured_minor: 0, balance_minor: 6_000 } });
    const path = `/v1/billing/payments/${String(promised.body['id'])}`;
    expect(await post(`${path}/refunds`, { amount_minor: 1, currency: 'EUR', reason: 'x' })).toMatchObject({ status: 409, body: { code: 'transition_illegal' } });
    expect(await api.post(`${path}/capture`)).toMatchObject({ status: 200, body: { status: 'captured', balance_minor: 0 } });
    expect(await api.post(`${path}/void`)).toMatchObject({ status: 409, body: { code: 'transition_illegal' } });
    expect(await post(`${path}/refunds`, { amount_minor: 1_000, currency: 'EUR', reason: 'cold soup' })).toMatchObject({ status: 201, body: { status: 'partly_refunded', balance_minor: 1_000 } });
    expect(await pay(folio, 1_000, { capture: false })).toMatchObject({ status: 422, body: { code: 'authorisation_by_card_only' } });
    expect(await post(`/v1/billing/folios/${folio}/payments`, { method: 'write_off', amount_minor: 1_000, currency: 'EUR' }, platform.api(DEMO, 'operator'))).toMatchObject({ status: 403 });
    expect(await pay(folio, 1_000, { method: 'write_off' })).toMatchObject({ status: 201, body: { balance_minor: 0 } });
  });

  it('are refunded up to what was captured, however many ask at once', async () => {
    const folio = await openFolio();
    const { body } = await pay(folio, 1_000);
    const attempts = await Promise.all(Array.from({ length: 20 }, () => post(`/v1/billing/payments/${String(body['id'])}/refunds`, { amount_minor: 300, currency: 'EUR', reason: 'x' })));
    expect(attempts.filter(({ status }) => status === 201)).toHaveLength(3);
    expect(attempts.filter(({ status, body: refused }) => status === 422 && refused['code'] === 'refund_above_captured')).toHaveLength(17);
    expect(await balance(folio)).toBe(-100);
  });

  it('before the stay are deposits until the folio is closed', async () => {
    const reservation = await reserve({ arrival: '2090-01-01' });
    const folio = await guestFolio(reservation);
    const paid = await pay(folio, 5_000);
    expect((await api.get(`/v1/billing/folios/${folio}`)).body).toMatchObject({ balance_minor: -5_000, deposit_minor: 5_000 });
    await post(`/v1/billing/payments/${String(paid.body['id'])}/refunds`, { amount_minor: 1_000, currency: 'EUR', reason: 'x' });
    expect((await api.get(`/v1/billing/folios/${folio}`)).body).toMatchObject({ balance_minor: -4_000, deposit_minor: 4_000 });
    await charge(folio, 4_000);
    expect(await close(reservation)).toMatchObject({ status: 200 });
    expect((await api.get(`/v1/billing/folios/${folio}`)).body).toMatchObject({ status: 'closed', balance_minor: 0, deposit_minor: 0 });
  });
});

describe('transfers', () => {
  it('move a debt to another folio of the property, no more than there is', async () => {
    const [from, to] = [await openFolio(), await openFolio('group')];
    await charge(from, 700);
    const move = (amount_minor: number, target = to) => post(`/v1/billing/folios/${from}/transfers`, { to_folio_id: target, amount_minor, currency: 'EUR', description: 'Company pays' });
    expect(await move(701)).toMatchObject({ status: 422, body: { code: 'transfer_above_balance' } });
    expect(await move(500, from)).toMatchObject({ status: 422, body: { code: 'transfer_target_wrong' } });
    const moved = await move(500);
    expect(moved).toMatchObject({ status: 201, body: { balance_minor: 200, counter_folio_id: to } });
    expect([await balance(from), await balance(to)]).toEqual([200, 500]);
    expect((await api.get<{ postings: unknown[] }>(`/v1/billing/folios/${to}`)).body.postings).toHaveLength(1);
    await post(`/v1/billing/entries/${(moved.body['entries'] as { id: string }[])[0]?.id}/reversal`, { reason: 'No' });
    expect([await balance(from), await balance(to)]).toEqual([700, 0]);
  });

  it('against each other at once neither wait for ever nor lose a cent', async () => {
    const [one, two] = [await openFolio(), await openFolio()];
    await Promise.all([charge(one, 100_000), charge(two, 100_000)]);
    const transfers = await Promise.all(Array.from({ length: 40 }, (_, turn) => {
      const [from, to] = turn % 2 === 0 ? [one, two] : [two, one];
      return post(`/v1/billing/folios/${from}/transfers`, { to_folio_id: to, amount_minor: 1 + turn, currency: 'EUR', description: 'x' });
    }));
    expect(transfers.every(({ status }) => status === 201)).toBe(true);
    expect([await balance(one), await balance(two)]).toEqual([100_020, 99_980]);
  });
});

describe('the same idempotency key', () => {
  it('many times at once charges once', async () => {
    const folio = await openFolio();
    const key = randomUUID();
    const body = { kind: 'other', amount_minor: 100, currency: 'EUR', description: 'Once' };
    const send = async (): Promise<Answer> => {
      const answer = await api.post(`/v1/billing/folios/${folio}/charges`, body, { key });
      return answer.status === 409 ? send() : answer;
    };
    const answers = await Promise.all(Array.from({ length: 10 }, send));
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
    expect(answers.every(({ status }) => status === 201)).toBe(true);
    expect(await balance(folio)).toBe(100);
    expect(await api.post(`/v1/billing/folios/${folio}/charges`, { ...body, amount_minor: 200 }, { key })).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
  });
});

describe('closing', () => {
  it('wants a balance of zero, answers the same again, and lets nothing in after it', async () => {
    const reservation = await reserve();
    const folio = await guestFolio(reservation);
    await charge(folio, 1_000);
    expect(await close(reservation)).toMatchObject({ status: 409, body: { code: 'folio_not_settled', errors: [{ field: '/balance_minor', message: '1000' }] } });
    await pay(folio, 1_100);
    expect(await close(reservation, 'city_ledger')).toMatchObject({ status: 409, body: { code: 'folio_not_settled' } });
    await charge(folio, 100);
    const closed = await close(reservation);
    expect(closed).toMatchObject({ status: 200, body: { folio_id: folio, status: 'closed', settlement: 'paid', balance_minor: 0, city_ledger_folio_id: null } });
    expect(await close(reservation, 'city_ledger')).toEqual({ ...closed, headers: expect.anything() });
    expect(await charge(folio, 100)).toMatchObject({ status: 409, body: { code: 'folio_closed' } });
    expect(await pay(folio, 100)).toMatchObject({ status: 409, body: { code: 'folio_closed' } });
  });

  it('to the city ledger moves the debt, where the property allows it', async () => {
    const reservation = await reserve();
    const folio = await guestFolio(reservation);
    await charge(folio, 2_500);
    cityLedger = false;
    expect(await close(reservation, 'city_ledger')).toMatchObject({ status: 409, body: { code: 'city_ledger_not_allowed' } });
    cityLedger = true;
    const closed = await close(reservation, 'city_ledger');
    expect(closed).toMatchObject({ status: 200, body: { settlement: 'city_ledger' } });
    expect(await balance(String(closed.body['city_ledger_folio_id']))).toBe(2_500);
    expect(await balance(folio)).toBe(0);
  });

  it('against charges and payments at once: what came before counts, what came after is refused', async () => {
    for (let round = 0; round < 10; round += 1) {
      const reservation = await reserve();
      const folio = await guestFolio(reservation);
      const [closed, ...charges] = await Promise.all([close(reservation, 'city_ledger'), ...Array.from({ length: 5 }, () => charge(folio, 100)), ...Array.from({ length: 3 }, () => pay(folio, 30))]);
      const { body } = await api.get(`/v1/billing/folios/${folio}`);
      if (closed.status === 200) {
        const taken = charges.filter(({ status }) => status === 201).length;
        expect(body).toMatchObject({ status: 'closed', balance_minor: 0 });
        expect((body['postings'] as unknown[]).length - (closed.body['city_ledger_folio_id'] === null ? 0 : 1)).toBe(taken);
        expect(charges.filter(({ status }) => status !== 201).every((refused) => refused.body['code'] === 'folio_closed')).toBe(true);
      } else {
        expect(closed.body['code']).toBe('folio_not_settled');
        expect(charges.every(({ status }) => status === 201)).toBe(true);
      }
    }
  });
});

describe('invoices', () => {
  it('are snapshots of what was charged, once; a credit note takes all of it back', async () => {
    const folio = await openFolio();
    await charge(folio, 11_900, { kind: 'food_beverage', description: 'Dinner' });
    await charge(folio, 500);
    const recipient = { name: 'Acme GmbH', address: 'Am Kai 1\n20457 Hamburg', tax_number: 'DE123456789' };
    const issued = await post(`/v1/billing/folios/${folio}/invoices`, { recipient });
    expect(issued).toMatchObject({ status: 201, body: { kind: 'invoice', net_minor: 10_500, tax_minor: 1_950, gross_minor: 12_450, document: { recipient, taxes: [{ code: 'service', amount_minor: 50 }, { code: 'vat', rate_ppm: 190_000, amount_minor: 1_900 }] } } });
    expect(await post(`/v1/billing/folios/${folio}/invoices`, { recipient })).toMatchObject({ status: 409, body: { code: 'nothing_to_invoice' } });
    const first = (await api.get<{ items: { id: string }[] }>(`/v1/billing/ledger/entries?property_id=${DEMO.propertyId}&folio_id=${folio}`)).body.items[0];
    expect(await post(`/v1/billing/entries/${first?.id}/reversal`, { reason: 'x' })).toMatchObject({ status: 409, body: { code: 'entry_invoiced' } });
    const credit = { credits: String(issued.body['id']), reason: 'Wrong company' };
    expect(await post(`/v1/billing/folios/${folio}/invoices`, credit)).toMatchObject({ status: 201, body: { kind: 'credit_note', credits: issued.body['id'], number: Number(issued.body['number']) + 1, gross_minor: -12_450 } });
    expect(await post(`/v1/billing/folios/${folio}/invoices`, credit)).toMatchObject({ status: 409, body: { code: 'entry_reversed' } });
    expect(await balance(folio)).toBe(0);
    expect((await api.get(`/v1/billing/invoices/${String(issued.body['id'])}`)).body).toEqual(issued.body);
  });

  it('are made out to the guest when nobody else is named', async () => {
    const folio = await guestFolio(await reserve());
    await charge(folio, 500);
    expect(await post(`/v1/billing/folios/${folio}/invoices`, {})).toMatchObject({ status: 201, body: { document: { recipient: { name: 'Ada Lovelace', address: 'St James 12\nLondon\nGB' } } } });
  });

  it('have numbers without a gap under fifty clients, of whom some fail', async () => {
    const folios = await Promise.all(Array.from({ length: 50 }, async (_, index) => {
      const folio = await openFolio();
      if (index % 5 !== 0) await charge(folio, 100 + index);
      return folio;
    }));
    const issued = await Promise.all(folios.map((folio) => post(`/v1/billing/folios/${folio}/invoices`, { recipient: { name: 'x' } })));
    expect(issued.filter(({ status }) => status === 201)).toHaveLength(40);
    const rows = await platform.sql<{ numbers: number; last: number }>('select count(*)::int as numbers, max(number)::int as last from billing.invoices where property_id = $1', [DEMO.propertyId]);
    expect(rows[0]?.numbers).toBe(rows[0]?.last);
  });
});
