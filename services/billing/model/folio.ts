/** Folios: the accounts of those who owe. A guest's by reservation, the house's own, a group's master, and the city ledger's for who pays later. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Problem } from '@tartware/kit';
import { AmountMinor, Currency, Id, LocalDate, Moment, Version, choice, nullable } from '@tartware/kit/resources';
import { FOLIO_KINDS } from './accounts.ts';

export const SETTLEMENTS = ['paid', 'city_ledger'] as const;

export const NewFolio = Type.Object({
  property_id: Id,
  kind: choice(FOLIO_KINDS),
  name: Type.Optional(Type.String({ maxLength: 200, description: 'whose or what for, at most 200 characters' })),
  reservation_id: Type.Optional(Id),
  group_id: Type.Optional(Id),
  guest_id: Type.Optional(Id),
}, { additionalProperties: false });
export type NewFolio = Static<typeof NewFolio>;

export const Folio = Type.Object({
  id: Id,
  version: Version,
  property_id: Id,
  kind: choice(FOLIO_KINDS),
  name: Type.String(),
  reservation_id: nullable(Id),
  group_id: nullable(Id),
  guest_id: nullable(Id),
  arrival: nullable(LocalDate),
  departure: nullable(LocalDate),
  currency: Currency,
  status: choice(['open', 'closed']),
  settlement: nullable(choice(SETTLEMENTS)),
  balance_minor: Type.Integer({ description: 'what is owed, in minor units; negative when more was paid' }),
  deposit_minor: Type.Integer({ description: 'of what was paid, the part taken before the stay and not used yet' }),
  opened_at: Moment,
  closed_at: nullable(Moment),
});
export type Folio = Static<typeof Folio>;

/** Money that somebody names: with the currency, so that a slip between properties is noticed. */
export const PositiveAmount = Type.Integer({ ...AmountMinor, minimum: 1, description: 'minor units of the currency, 1 or more' });

/** @throws Problem 409 `folio_closed` */
export function requireOpen(folio: Folio): void {
  if (folio.status !== 'open') {
    throw new Problem({ status: 409, code: 'folio_closed', message: 'This folio is closed and takes no more entries.', hint: 'Open another folio for what came later.' });
  }
}

/** @throws Problem 422 `currency_mismatch` */
export function requireCurrency(folio: Pick<Folio, 'currency'>, currency: string): void {
  if (folio.currency !== currency) {
    throw new Problem({ status: 422, code: 'currency_mismatch', message: `This folio is kept in ${folio.currency}, not in ${currency}.`, hint: `Name the amount in ${folio.currency}.` });
  }
}
