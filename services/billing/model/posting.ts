/** What was done to a folio, with the ledger entries that say it in double entry. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Currency, Id, LocalDate, Moment, choice, nullable } from '@tartware/kit/resources';
import { CHARGE_KINDS } from './accounts.ts';
import { PositiveAmount } from './folio.ts';

export const POSTING_KINDS = ['charge', 'payment', 'refund', 'transfer', 'settlement', 'deposit_applied', 'reversal'] as const;
export type PostingKind = (typeof POSTING_KINDS)[number];

export const SOURCES = ['user', 'night_audit', 'cancellation'] as const;

const Description = Type.String({ minLength: 1, maxLength: 500, description: '1 to 500 characters' });

export const NewCharge = Type.Object({
  kind: choice(CHARGE_KINDS),
  amount_minor: PositiveAmount,
  currency: Currency,
  description: Description,
}, { additionalProperties: false });
export type NewCharge = Static<typeof NewCharge>;

export const NewTransfer = Type.Object({
  to_folio_id: Id,
  amount_minor: PositiveAmount,
  currency: Currency,
  description: Description,
}, { additionalProperties: false });
export type NewTransfer = Static<typeof NewTransfer>;

export const NewReversal = Type.Object({ reason: Description }, { additionalProperties: false });

export const Entry = Type.Object({
  id: Id,
  posting_id: Id,
  property_id: Id,
  business_date: LocalDate,
  currency: Currency,
  amount_minor: Type.Integer({ minimum: 1, description: 'the same on both sides' }),
  debit_account: Type.String(),
  debit_folio_id: nullable(Id),
  credit_account: Type.String(),
  credit_folio_id: nullable(Id),
  reverses: nullable(Id),
  created_at: Moment,
});
export type Entry = Static<typeof Entry>;

export const Tax = Type.Object({
  code: Type.String(),
  name: Type.String(),
  rate_ppm: Type.Integer({ description: 'parts per million of the net; 0 for a fixed tax' }),
  inclusive: Type.Boolean(),
  amount_minor: Type.Integer(),
});

export const Posting = Type.Object({
  id: Id,
  property_id: Id,
  folio_id: Id,
  counter_folio_id: nullable(Type.String({ ...Id, description: 'the other folio of a transfer' })),
  kind: choice(POSTING_KINDS),
  charge_kind: nullable(choice(CHARGE_KINDS)),
  source: choice(SOURCES),
  description: Type.String(),
  reservation_id: nullable(Id),
  business_date: LocalDate,
  currency: Currency,
  net_minor: Type.Integer(),
  tax_minor: Type.Integer(),
  gross_minor: Type.Integer({ description: 'net and tax; what the folio owes more, or less after a payment or a reversal' }),
  taxes: Type.Array(Tax),
  reverses: nullable(Id),
  created_by: nullable(Type.String({ description: 'id of the user or name of the service who did it; null of what was done by itself' })),
  created_at: Moment,
});
export type Posting = Static<typeof Posting>;

export const PostingWithEntries = Type.Object({ ...Posting.properties, entries: Type.Array(Entry) });
export type PostingWithEntries = Static<typeof PostingWithEntries>;

/** The answer to what was posted. */
export const Posted = Type.Object({ ...PostingWithEntries.properties, balance_minor: Type.Integer({ description: 'of the folio, after it' }) });
