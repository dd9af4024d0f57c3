import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import type { App } from '@tartware/kit';
import { claimsOf, requireWriter } from '@tartware/kit/authenticate';
import { idempotent } from '@tartware/kit/idempotency';
import { ById, Currency, Id, LocalDate, PageQuery, choice, pageOf, toPage } from '@tartware/kit/resources';
import type { Billing } from '../actions/billing.ts';
import { knownProperty } from '../actions/properties.ts';
import { reverseEntry } from '../actions/reverse.ts';
import { accountType } from '../model/accounts.ts';
import { Entry, NewReversal, Posted } from '../model/posting.ts';
import { listEntries, sumByAccount } from '../store/ledger.ts';
import type { AccountSum } from '../store/ledger.ts';
import { reading } from '../store/queries.ts';

const EntryQuery = Type.Object({
  ...PageQuery.properties,
  property_id: Id,
  folio_id: Type.Optional(Id),
  account: Type.Optional(Type.String({ maxLength: 60, description: 'on either side' })),
  from: Type.Optional(LocalDate),
  to: Type.Optional(LocalDate),
});

const BalanceQuery = Type.Object({
  property_id: Id,
  from: Type.Optional(LocalDate),
  to: Type.Optional(Type.String({ ...LocalDate, description: 'the last business date that counts; left out, the present one' })),
});

const Sum = Type.Unsafe<number | bigint>(Type.Integer({ description: 'minor units' }));
const TrialBalance = Type.Object({
  property_id: Id,
  to: LocalDate,
  accounts: Type.Array(Type.Object({
    account: Type.String(), type: choice(['asset', 'liability', 'revenue', 'expense']), currency: Currency, debit_minor: Sum, credit_minor: Sum, balance_minor: Sum,
  })),
  totals: Type.Array(Type.Object({ currency: Currency, debit_minor: Sum, credit_minor: Sum, balance_minor: Sum })),
});

/** `app` is behind `requireToken`. */
export function ledgerRoutes(app: App, billing: Billing): void {
  const { database } = billing;

  app.get('/v1/billing/ledger/entries', { schema: { summary: 'List ledger entries', querystring: EntryQuery, response: { 200: pageOf(Entry) } } }, async (request) => {
    const { limit, cursor, ...filter } = request.query;
    const found = await listEntries(reading(database, claimsOf(request).tenant_id), filter, cursor, limit + 1);
    return toPage(found, limit);
  });

  app.get('/v1/billing/ledger/trial-balance', { schema: { summary: 'Read the trial balance', querystring: BalanceQuery, response: { 200: TrialBalance } } }, async (request) => {
    const { tenant_id } = claimsOf(request);
    const { property_id, from, to } = request.query;
    return database.withTenant(tenant_id, async (transaction) => {
      const property = await knownProperty(transaction, billing, tenant_id, property_id);
      const until = to ?? property.business_date;
      return { property_id, to: until, ...balance(await sumByAccount(transaction, property_id, from, until)) };
    });
  });

  app.post('/v1/billing/entries/:id/reversal', { config: { idempotencyKey: 'required' }, schema: { summary: 'Reverse an entry with all of its posting', params: ById, body: NewReversal, response: { 201: Posted } } }, async (request, reply) => {
    const { sub } = requireWriter(request);
    return idempotent(database, request, reply, async (transaction) => ({ status: 201, body: await reverseEntry(transaction, request.params.id, request.body.reason, sub) }), { required: true });
  });
}

/** In bigint, and exact in the answer however large the sums: JSON's whole numbers have no limit. */
function balance(sums: readonly AccountSum[]): Pick<Static<typeof TrialBalance>, 'accounts' | 'totals'> {
  const accounts = sums.map(({ account, currency, debit_minor, credit_minor }) => {
    const [debit, credit] = [BigInt(debit_minor), BigInt(credit_minor)];
    return { account, type: accountType(account), currency, debit_minor: debit, credit_minor: credit, balance_minor: debit - credit };
  });
  const totals = [...new Set(accounts.map(({ currency }) => currency))].map((currency) => {
    const own = accounts.filter((account) => account.currency === currency);
    const sum = (part: 'debit_minor' | 'credit_minor' | 'balance_minor'): bigint => own.reduce((total, account) => total + account[part], 0n);
    return { currency, debit_minor: sum('debit_minor'), credit_minor: sum('credit_minor'), balance_minor: sum('balance_minor') };
  });
  return { accounts, totals };
}
