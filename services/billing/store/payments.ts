import type { Statement, Transaction } from '@tartware/kit/database';
import type { PaymentStatus } from '../model/payment.ts';
import type { NewPayment, Payment } from '../model/payments.ts';
import type { Queries } from './queries.ts';

const COLUMNS = 'id, version, property_id, folio_id, method, status, currency, amount_minor, captured_minor, refunded_minor, reference, created_at, updated_at';

const GET: Statement = { operation: 'payments.get', text: `select ${COLUMNS} from payments where id = $1` };
const LOCK: Statement = { operation: 'payments.lock', text: `${GET.text} for update` };
const OF_FOLIO: Statement = { operation: 'payments.of_folio', text: `select ${COLUMNS} from payments where folio_id = $1 order by id desc limit $2` };
const INSERT: Statement = {
  operation: 'payments.insert',
  text: `insert into payments (tenant_id, property_id, folio_id, method, status, currency, amount_minor, captured_minor, reference, actor)
    values (current_tenant(), $1, $2, $3, $4, $5, $6, $7, $8, $9) returning ${COLUMNS}`,
};
const UPDATE: Statement = {
  operation: 'payments.update',
  text: `update payments set status = $3, captured_minor = $4, refunded_minor = $5, version = version + 1, updated_at = now()
    where id = $1 and version = $2 returning ${COLUMNS}`,
};
const VOID_OF_FOLIO: Statement = {
  operation: 'payments.void_of_folio',
  text: 'update payments set status = \'voided\', version = version + 1, updated_at = now() where folio_id = $1 and status = \'authorised\'',
};

export async function getPayment(transaction: Transaction, id: string): Promise<Payment | undefined> {
  const [found] = await transaction.query<Payment>(GET, [id]);
  return found;
}

/** After the folio, never before: everybody locks in this order. */
export async function lockPayment(transaction: Transaction, id: string): Promise<Payment | undefined> {
  const [found] = await transaction.query<Payment>(LOCK, [id]);
  return found;
}

/** The newest, newest first. */
export function paymentsOfFolio(queries: Queries, folioId: string, limit: number): Promise<Payment[]> {
  return queries.query<Payment>(OF_FOLIO, [folioId, limit]);
}

export async function insertPayment(
  transaction: Transaction, folio: { id: string; property_id: string }, { method, amount_minor, currency, reference = '' }: NewPayment, captured: boolean, createdBy: string,
): Promise<Payment> {
  const values = [folio.property_id, folio.id, method, captured ? 'captured' : 'authorised', currency, amount_minor, captured ? amount_minor : 0, reference, createdBy];
  const [made] = await transaction.query<Payment>(INSERT, values);
  if (!made) throw new Error('The payment was not written.');
  return made;
}

export async function updatePayment(
  transaction: Transaction, { id, version }: Payment, status: PaymentStatus, amounts: Pick<Payment, 'captured_minor' | 'refunded_minor'>,
): Promise<Payment> {
  const [changed] = await transaction.query<Payment>(UPDATE, [id, version, status, amounts.captured_minor, amounts.refunded_minor]);
  if (!changed) throw new Error(`The payment ${id} was not locked when it was changed.`);
  return changed;
}

/** What was only promised is let go with the folio. */
export async function voidAuthorised(transaction: Transaction, folioId: string): Promise<void> {
  await transaction.query(VOID_OF_FOLIO, [folioId]);
}
