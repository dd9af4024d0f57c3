/** The ledger against random postings and their model, against what would break it in the database itself, and against another tenant. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemsOfOpenApi } from '../kit/testing/openapi.ts';
import type { OpenApiDocument } from '../kit/openapi.ts';
import { DEMO, OTHER, startPlatform } from './platform.ts';
import type { Api, Platform } from './platform.ts';

let platform: Platform;
let api: Api;

beforeAll(async () => {
  platform = await startPlatform(['core', 'billing']);
  api = platform.api(DEMO, 'manager');
});

afterAll(() => platform.stop());

type Body = Record<string, unknown>;
const post = (path: string, body: object, by = api) => by.post<Body>(path, body, { key: randomUUID() });

let made = 0;
async function newProperty(): Promise<string> {
  const { status, body } = await api.post('/v1/properties', { code: `L${made += 1}A`, name: 'Ledger', time_zone: 'Europe/Berlin', currency: 'EUR' });
  expect(status).toBe(201);
  return String(body['id']);
}

/** A house folio, a group's, and one of a guest who has yet to come. */
async function newFolios(propertyId: string): Promise<string[]> {
  const opened = await Promise.all(['house', 'group'].map((kind) => api.post('/v1/billing/folios', { property_id: propertyId, kind })));
  const [early] = await platform.sql<{ id: string }>(
    `insert into billing.folios (tenant_id, property_id, kind, name, reservation_id, currency, arrival) values ($1, $2, 'guest', '', $3, 'EUR', '2098-01-01') returning id`,
    [DEMO.id, propertyId, randomUUID()],
  );
  return [...opened.map(({ body }) => String(body['id'])), String(early?.id)];
}

const CHARGE_KINDS = ['room', 'food_beverage', 'other', 'cancellation_fee'] as const;
const folio = fc.nat(2);
const amount = fc.oneof(fc.integer({ min: 1, max: 50_000 }), fc.integer({ min: 1, max: 900_000_000_000 }));
const anyAct = fc.oneof(
  { weight: 4, arbitrary: fc.record({ act: fc.constant('charge' as const), folio, amount, kind: fc.constantFrom(...CHARGE_KINDS) }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('pay' as const), folio, amount, method: fc.constantFrom('cash', 'card', 'bank', 'write_off') }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('refund' as const), which: fc.nat(50), amount }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('transfer' as const), folio, to: folio, amount }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('reverse' as const), which: fc.nat(50) }) },
);
type Act = typeof anyAct extends fc.Arbitrary<infer Value> ? Value : never;

/** What the books must come to: balances by folio, and what may still be refunded or reversed. */
interface Model {
  balances: number[];
  deposit: number;
  payments: { id: string; folio: number; left: number }[];
  reversible: { entry: string; effect: number[] }[];
}

const effectOn = (folio: number, change: number): number[] => [0, 1, 2].map((index) => (index === folio ? change : 0));
const money = (amount_minor: number): object => ({ amount_minor, currency: 'EUR', description: 'x' });
const entryOf = (body: Body): string => (body['entries'] as { id: string }[])[0]?.id ?? '';

function apply(model: Model, effect: readonly number[]): void {
  effect.forEach((change, index) => (model.balances[index] = (model.balances[index] ?? 0) + change));
}

type Play = { [Name in Act['act']]: (act: Extract<Act, { act: Name }>, folios: string[], model: Model) => Promise<void> };

/** Each does one thing to the service and the same to the model; both must agree on whether it may be done. */
const PLAY: Play = {
  async charge({ folio: at, kind, amount: price }, folios, model) {
    const { status, body } = await post(`/v1/billing/folios/${folios[at]}/charges`, { kind, ...money(price) });
    expect([status, Number(body['net_minor']) + Number(body['tax_minor'])]).toEqual([201, body['gross_minor']]);
    const effect = effectOn(at, Number(body['gross_minor']));
    apply(model, effect);
    model.reversible.push({ entry: entryOf(body), effect });
  },
  async pay({ folio: at, amount: paid, method }, folios, model) {
    const { status, body } = await post(`/v1/billing/folios/${folios[at]}/payments`, { method, amount_minor: paid, currency: 'EUR' });
    expect(status).toBe(201);
    apply(model, effectOn(at, -paid));
    model.deposit += at === 2 ? paid : 0;
    model.payments.push({ id: String(body['id']), folio: at, left: paid });
  },
  async refund({ which, amount: back }, _folios, model) {
    const payment = model.payments[which % Math.max(1, model.payments.length)];
    if (!payment) return;
    const { status } = await post(`/v1/billing/payments/${payment.id}/refunds`, { reason: 'x', amount_minor: back, currency: 'EUR' });
    expect(status).toBe(payment.left === 0 ? 409 : back > payment.left ? 422 : 201);
    if (status !== 201) return;
    payment.left -= back;
    apply(model, effectOn(payment.folio, back));
    model.deposit -= payment.folio === 2 ? back : 0;
  },
  async transfer({ folio: from, to, amount: moved }, folios, model) {
    const owed = model.balances[from] ?? 0;
    const { status, body } = await post(`/v1/billing/folios/${folios[from]}/transfers`, { to_folio_id: folios[to], ...money(moved) });
    expect(status).toBe(from === to || moved > owed ? 422 : 201);
    if (status !== 201) return;
    const effect = effectOn(from, -moved).map((change, index) => change + (index === to ? moved : 0));
    apply(model, effect);
    model.reversible.push({ entry: entryOf(body), effect });
  },
  async reverse({ which }, _folios, model) {
    const [one] = model.reversible.splice(which % Math.max(1, model.reversible.length), 1);
    if (!one) return;
    expect((await post(`/v1/billing/entries/${one.entry}/reversal`, { reason: 'x' })).status).toBe(201);
    expect((await post(`/v1/billing/entries/${one.entry}/reversal`, { reason: 'x' })).status).toBe(409);
    apply(model, one.effect.map((change) => 0 - change));
  },
};

async function play<Name extends Act['act']>(act: Extract<Act, { act: Name }>, folios: string[], model: Model): Promise<void> {
  await PLAY[act.act as Name](act, folios, model);
}

async function expectBooks(propertyId: string, folios: string[], model: Model): Promise<void> {
  const rows = await platform.sql<{ balance: number; deposit: number; entries: number; held: number }>(
    `select f.balance_minor::float8 as balance, f.deposit_minor::float8 as deposit,
      (select coalesce(sum(case when debit_folio_id = f.id then amount_minor else -amount_minor end), 0)::float8 from billing.ledger_entries where f.id in (debit_folio_id, credit_folio_id) and debit_folio_id is distinct from credit_folio_id) as entries,
      (select coalesce(sum(case when credit_account = 'deposits' and credit_folio_id = f.id then amount_minor when debit_account = 'deposits' and debit_folio_id = f.id then -amount_minor end), 0)::float8 from billing.ledger_entries) as held
    from unnest($1::uuid[]) with ordinality as given (id, place) join billing.folios f on f.id = given.id order by place`, [folios],
  );
  expect(rows.map(({ balance }) => balance)).toEqual(model.balances);
  expect(rows.map(({ entries }) => entries)).toEqual(model.balances);
  expect(rows.map(({ deposit }) => deposit)).toEqual(rows.map(({ held }) => held));
  expect(rows[2]?.deposit).toBe(model.deposit);
  const { body } = await api.get<{ accounts: { account: string; balance_minor: number }[]; totals: { currency: string; balance_minor: number }[] }>(`/v1/billing/ledger/trial-balance?property_id=${propertyId}`);
  expect(body.totals.every(({ balance_minor }) => balance_minor === 0)).toBe(true);
  const inFolios = body.accounts.filter(({ account }) => ['guest_ledger', 'city_ledger', 'deposits'].includes(account)).reduce((sum, { balance_minor }) => sum + balance_minor, 0);
  expect(inFolios).toBe(model.balances.reduce((sum, balance) => sum + balance, 0));
}

describe('random postings', () => {
  it('come to what their model comes to: sum zero, folios as their entries, trial balance zero', async () => {
    await fc.assert(fc.asyncProperty(fc.array(anyAct, { minLength: 5, maxLength: 25 }), async (acts) => {
      const propertyId = await newProperty();
      const tax = { name: 'x', valid_from: '2020-01-01', method: 'percent', amount_minor: 0 };
      await api.put('/v1/billing/taxes', { property_id: propertyId, rules: CHARGE_KINDS.flatMap((charge_kind, index) => [
        { ...tax, charge_kind, code: 'vat', rate_ppm: 70_000 + index * 31_337, inclusive: true }, { ...tax, charge_kind, code: 'levy', rate_ppm: 1_234, inclusive: index % 2 === 0 },
      ]) });
      const folios = await newFolios(propertyId);
      const model: Model = { balances: [0, 0, 0], deposit: 0, payments: [], reversible: [] };
      for (const act of acts) await play(act, folios, model);
      await expectBooks(propertyId, folios, model);
    }), { numRuns: 40 });
  });

  it('by forty clients at once lose nothing and double nothing', async () => {
    const propertyId = await newProperty();
    const folios = await newFolios(propertyId);
    const acts = fc.sample(anyAct, { numRuns: 400, seed: 7 }).filter(({ act }) => act === 'charge' || act === 'pay');
    const model: Model = { balances: [0, 0, 0], deposit: 0, payments: [], reversible: [] };
    const work = async (): Promise<void> => {
      for (let act = acts.shift(); act; act = acts.shift()) await play(act, folios, model);
    };
    await Promise.all(Array.from({ length: 40 }, work));
    await expectBooks(propertyId, folios, model);
  });
});

describe('the database itself', () => {
  let app: pg.Client;
  let propertyId: string;
  let folios: string[];
  let entry: { id: string; posting_id: string };

  beforeAll(async () => {
    propertyId = await newProperty();
    folios = await newFolios(propertyId);
    const { body } = await post(`/v1/billing/folios/${folios[0]}/charges`, { kind: 'other', amount_minor: 500, currency: 'EUR', description: 'x' });
    entry = (body['entries'] as typeof entry[])[0]!;
    app = new pg.Client({ connectionString: platform.postgres.url, options: '-c role=billing_app -c search_path=billing' });
    await app.connect();
    await app.query('select set_config(\'app.tenant_id\', $1, false)', [DEMO.id]);
  });

  afterAll(() => app.end());

  it.each(['ledger_entries', 'postings', 'invoices', 'invoice_postings'])('lets nobody change or take away rows of %s', async (table) => {
    for (const change of [`update ${table} set tenant_id = tenant_id`, `delete from ${table}`, `truncate ${table} cascade`]) {
      await expect(app.query(change)).rejects.toMatchObject({ code: '42501' });
      // Not even the owner of the schema, a superuser here.
      await expect(platform.sql(change.replace(table, `billing.${table}`))).rejects.toThrow('append-only');
    }
  });

  it('lets nobody write a balance', async () => {
    await expect(app.query('update folios set balance_minor = 0')).rejects.toMatchObject({ code: '42501' });
  });

  const insert = (over: Record<string, unknown>) => {
    const row: Record<string, unknown> = {
      tenant_id: DEMO.id, posting_id: entry.posting_id, property_id: propertyId, business_date: '2026-01-01', currency: 'EUR', amount_minor: 100,
      debit_account: 'guest_ledger', debit_folio_id: folios[0], credit_account: 'other_revenue', credit_folio_id: null, reverses: null, ...over,
    };
    const names = Object.keys(row);
    return app.query(`insert into ledger_entries (${names.join(', ')}) values (${names.map((_name, index) => `$${index + 1}`).join(', ')})`, Object.values(row));
  };

  it.each<[string, () => Record<string, unknown>, string]>([
    ['an amount of nothing', () => ({ amount_minor: 0 }), '23514'],
    ['a negative amount', () => ({ amount_minor: -100 }), '23514'],
    ['an amount that no number holds exactly', () => ({ amount_minor: '9007199254740992' }), '23514'],
    ['an unknown account', () => ({ credit_account: 'slush_fund' }), '23514'],
    ['one account on both sides', () => ({ credit_account: 'guest_ledger', credit_folio_id: folios[0] }), '23514'],
    ['a debt of nobody', () => ({ debit_folio_id: null }), '23514'],
    ['a folio where there is none', () => ({ credit_folio_id: folios[1] }), '23514'],
    ['a debit without a credit', () => ({ credit_account: null }), '23502'],
    ['another currency', () => ({ currency: 'USD' }), '23503'],
    ['another property', () => ({ property_id: DEMO.propertyId }), '23503'],
    ['another tenant', () => ({ tenant_id: OTHER.id }), '42501'],
    ['a reversal that is none', () => ({ reverses: entry.id }), '23514'],
    ['a reversal of what there is not', () => ({ reverses: randomUUID() }), '23514'],
  ])('refuses %s', async (_name, over, code) => {
    await expect(insert(over())).rejects.toMatchObject({ code });
  });

  it('refuses an entry on a folio that is closed, and to close one that is not settled', async () => {
    await expect(platform.sql('update billing.folios set status = \'closed\', settlement = \'paid\', closed_at = now() where id = $1', [folios[0]])).rejects.toMatchObject({ code: '23514' });
    await platform.sql('update billing.folios set status = \'closed\', settlement = \'paid\', closed_at = now() where id = $1', [folios[1]]);
    await expect(insert({ debit_folio_id: folios[1] })).rejects.toMatchObject({ code: '23514', constraint: 'folio_open' });
  });
});

describe('another tenant', () => {
  /** Everything that there is of the one, by the name that a path calls it. */
  async function makeAll(): Promise<Record<string, string>> {
    const propertyId = await newProperty();
    const [house = ''] = await newFolios(propertyId);
    const { body: charged } = await post(`/v1/billing/folios/${house}/charges`, { kind: 'other', amount_minor: 500, currency: 'EUR', description: 'x' });
    const { body: payment } = await post(`/v1/billing/folios/${house}/payments`, { method: 'card', amount_minor: 100, currency: 'EUR', capture: false });
    const { body: invoice } = await post(`/v1/billing/folios/${house}/invoices`, { recipient: { name: 'x' } });
    const { body: audit } = await post('/v1/billing/night-audits', { property_id: propertyId });
    const entries = charged['entries'] as { id: string }[];
    return { property: propertyId, folios: house, payments: String(payment['id']), invoices: String(invoice['id']), entries: String(entries[0]?.id), 'night-audits': String(audit['id']) };
  }

  const BODIES: Readonly<Record<string, object>> = {
    charges: { kind: 'other', amount_minor: 1, currency: 'EUR', description: 'x' },
    payments: { method: 'cash', amount_minor: 1, currency: 'EUR' },
    refunds: { amount_minor: 1, currency: 'EUR', reason: 'x' },
    transfers: { to_folio_id: randomUUID(), amount_minor: 1, currency: 'EUR', description: 'x' },
    invoices: { recipient: { name: 'x' } },
    reversal: { reason: 'x' },
    folios: { kind: 'house' },
    taxes: { rules: [] },
    'night-audits': {},
  };

  it('finds nothing by any route, and changes nothing', async () => {
    const theirs = await makeAll();
    const stranger = platform.api(OTHER, 'manager');
    const { paths } = (await (await fetch(`${platform.urls.billing}/openapi.json`)).json()) as OpenApiDocument;
    const before = await platform.sql('select count(*)::int as entries, max(created_at) from billing.ledger_entries');
    let tried = 0;
    for (const [path, methods] of Object.entries(paths)) {
      const kind = path.split('/')[3] ?? '';
      const body = { ...BODIES[path.split('/').at(-1) ?? ''], ...(path.includes('{id}') ? {} : { property_id: theirs['property'] }) };
      const concrete = path.replace('{id}', theirs[kind] ?? '');
      for (const method of Object.keys(methods)) {
        const { status, body: answer } = method === 'get' ? await stranger.get(`${concrete}?property_id=${theirs['property']}`)
          : method === 'put' ? await stranger.put(concrete, body) : await post(concrete, body, stranger);
        tried += 1;
        if (status === 200 && 'items' in answer) expect(answer['items'], path).toEqual([]);
        else expect([status, answer['code']], `${method} ${path}`).toEqual([404, 'not_found']);
      }
    }
    expect(tried).toBeGreaterThanOrEqual(20);
    expect(await platform.sql('select count(*)::int as entries, max(created_at) from billing.ledger_entries')).toEqual(before);
  });
});

it('is described by an OpenAPI 3.1 document whose examples are as their schemas ask', async () => {
  for (const path of ['/openapi.json', '/internal/openapi.json']) {
    expect(await problemsOfOpenApi((await (await fetch(platform.urls.billing + path)).json()) as OpenApiDocument)).toEqual([]);
  }
});
