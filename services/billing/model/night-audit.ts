/** A night audit: reservations closes the day, each room in the house is charged once, the business date moves on. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Currency, Id, LocalDate, Moment, choice, nullable } from '@tartware/kit/resources';

export const NewNightAudit = Type.Object({
  property_id: Id,
  business_date: Type.Optional(Type.String({ ...LocalDate, description: 'the night to audit: given, a date that was audited already answers its audit instead of beginning the next' })),
}, { additionalProperties: false });
export type NewNightAudit = Static<typeof NewNightAudit>;

export const STEPS = ['close_day', 'post_rooms', 'advance_date', 'done'] as const;
export type Step = (typeof STEPS)[number];

const Uuid = Type.String({ pattern: '^[0-9a-fA-F-]{36}$' });
const UuidOrNull = Type.Union([Uuid, Type.Null()]);

/** What reservations answers to `POST /internal/business-days/close`. Of plain types: formats are known to the kit's TypeBox, and this is checked here. */
export const ClosedDay = Type.Object({
  date: Type.String(),
  in_house: Type.Array(Type.Object({
    reservation_id: Uuid,
    room_id: UuidOrNull,
    guest_id: UuidOrNull,
    amount_minor: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    currency: Type.String({ pattern: '^[A-Z]{3}$' }),
  })),
  no_shows: Type.Array(Type.Unknown()),
});
export type ClosedDay = Static<typeof ClosedDay>;
export type InHouse = ClosedDay['in_house'][number];

export const Totals = Type.Object({
  rooms: Type.Integer({ description: 'charged' }),
  no_shows: Type.Integer(),
  currency: Currency,
  room_revenue_minor: Type.Integer(),
  tax_minor: Type.Integer(),
  revenue_minor: Type.Integer({ description: 'of the day, all kinds, without tax' }),
  payments_minor: Type.Integer({ description: 'taken less given back' }),
  balance_minor: Type.Integer({ description: 'debits less credits of the day over all accounts: 0' }),
});
export type Totals = Static<typeof Totals>;

export const NightAudit = Type.Object({
  id: Id,
  property_id: Id,
  business_date: LocalDate,
  status: choice(['running', 'completed', 'failed']),
  step: choice(STEPS),
  rooms: Type.Object({
    in_house: Type.Integer(),
    waiting: Type.Integer(),
    posted: Type.Integer(),
    free: Type.Integer({ description: 'nights at no charge' }),
    refused: Type.Integer(),
  }),
  no_shows: Type.Integer(),
  attempts: Type.Integer({ description: 'how often the step was tried: each time in vain makes it wait longer, 30 s at most' }),
  problem: Type.Unsafe<AuditProblem | null>({ type: ['object', 'null'], additionalProperties: true, description: 'why it does not go on: code, message, hint, step' }),
  refused: Type.Array(Type.Object({ reservation_id: Id, code: Type.String(), message: Type.String() }), { description: 'rooms that could not be charged, 100 at most' }),
  totals: Type.Unsafe<Totals | null>({ ...Totals, type: ['object', 'null'] }),
  started_at: Moment,
  completed_at: nullable(Moment),
});
export type NightAudit = Static<typeof NightAudit>;

export interface AuditProblem {
  code: string;
  message: string;
  hint: string;
  step: Step;
}

interface Sum {
  account: string;
  debit_minor: number;
  credit_minor: number;
}

/** @param sums of the day by account */
export function totalsOf(sums: readonly Sum[], currency: string, counts: { rooms: number; no_shows: number }): Totals {
  const credit = (matches: (account: string) => boolean): number => sums.filter(({ account }) => matches(account)).reduce((total, { debit_minor, credit_minor }) => total + credit_minor - debit_minor, 0);
  return {
    ...counts,
    currency,
    room_revenue_minor: credit((account) => account === 'room_revenue'),
    tax_minor: credit((account) => account.startsWith('tax_payable:')),
    revenue_minor: credit((account) => account.endsWith('_revenue')),
    payments_minor: 0 - credit((account) => ['cash', 'card_clearing', 'bank'].includes(account)),
    balance_minor: 0 - credit(() => true),
  };
}
