/** Invoices and credit notes: snapshots that never change, numbered without a gap for each property. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Currency, Id, LocalDate, Moment, choice, nullable } from '@tartware/kit/resources';
import type { Posting } from './posting.ts';
import { Tax } from './posting.ts';

export const Recipient = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 200, description: '1 to 200 characters' }),
  address: Type.Optional(Type.String({ maxLength: 1_000, description: 'lines of the postal address' })),
  tax_number: Type.Optional(Type.String({ maxLength: 50, description: 'VAT identification or other tax number' })),
}, { additionalProperties: false });
export type Recipient = Static<typeof Recipient>;

export const NewInvoice = Type.Object({
  recipient: Type.Optional(Recipient),
  credits: Type.Optional(Type.String({ ...Id, description: 'an invoice of this folio: all its charges are taken back by a credit note' })),
  reason: Type.Optional(Type.String({ maxLength: 500, description: 'for a credit note' })),
}, { additionalProperties: false });
export type NewInvoice = Static<typeof NewInvoice>;

export const InvoiceLine = Type.Object({
  posting_id: Id,
  business_date: LocalDate,
  description: Type.String(),
  net_minor: Type.Integer(),
  tax_minor: Type.Integer(),
  gross_minor: Type.Integer(),
  taxes: Type.Array(Tax),
});

export const Document = Type.Object({
  recipient: Recipient,
  reason: Type.String(),
  lines: Type.Array(InvoiceLine),
  taxes: Type.Array(Type.Object({ code: Type.String(), name: Type.String(), rate_ppm: Type.Integer(), amount_minor: Type.Integer() })),
});
export type Document = Static<typeof Document>;

export const Invoice = Type.Object({
  id: Id,
  property_id: Id,
  folio_id: Id,
  number: Type.Integer({ minimum: 1, description: 'without gap within the property, over invoices and credit notes' }),
  kind: choice(['invoice', 'credit_note']),
  credits: nullable(Id),
  business_date: LocalDate,
  currency: Currency,
  net_minor: Type.Integer(),
  tax_minor: Type.Integer(),
  gross_minor: Type.Integer({ description: 'negative on a credit note' }),
  document: Document,
  issued_at: Moment,
});
export type Invoice = Static<typeof Invoice>;

export interface Drafted {
  net_minor: number;
  tax_minor: number;
  gross_minor: number;
  document: Document;
}

/** @param postings charges for an invoice, their reversals (with negative amounts) for a credit note; in their order */
export function draft(postings: readonly Posting[], recipient: Recipient, reason: string): Drafted {
  const lines = postings.map(({ id, business_date, description, net_minor, tax_minor, gross_minor, taxes }) => ({
    posting_id: id, business_date, description, net_minor, tax_minor, gross_minor, taxes,
  }));
  const taxes = new Map<string, Document['taxes'][number]>();
  for (const { code, name, rate_ppm, amount_minor } of lines.flatMap((line) => line.taxes)) {
    const key = `${code} ${rate_ppm}`;
    taxes.set(key, { code, name, rate_ppm, amount_minor: amount_minor + (taxes.get(key)?.amount_minor ?? 0) });
  }
  const sum = (part: 'net_minor' | 'tax_minor' | 'gross_minor') => lines.reduce((total, line) => total + line[part], 0);
  return { net_minor: sum('net_minor'), tax_minor: sum('tax_minor'), gross_minor: sum('gross_minor'), document: { recipient, reason, lines, taxes: [...taxes.values()] } };
}
