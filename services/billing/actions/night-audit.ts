/**
 * Carries a night audit from step to step. Each step is one call or one transaction that can be done again, and each transaction first locks the run and
 * sees that its step is still to be done. So a run may be killed anywhere, or be worked on by two, and nothing is posted twice or left out.
 */
import { Value } from '@sinclair/typebox/value';
import { Problem } from '@tartware/kit';
import type { Transaction } from '@tartware/kit/database';
import { addDays } from '@tartware/kit/resources';
import { ClosedDay, totalsOf } from '../model/night-audit.ts';
import type { NightAudit, Step } from '../model/night-audit.ts';
import { sumByAccount, sumDays } from '../store/ledger.ts';
import { addRooms, completeAudit, countPosted, getAudit, lockAudit, noteTrouble, setStep, takeUp } from '../store/night-audits.ts';
import type { LockedAudit } from '../store/night-audits.ts';
import { reading } from '../store/queries.ts';
import { advanceProperty, lockProperty } from '../store/properties.ts';
import { announceAudit } from './billing.ts';
import type { Billing } from './billing.ts';
import { postRooms } from './room-charges.ts';

export interface AuditRun {
  tenant_id: string;
  id: string;
}

/** Until it is done, in trouble, or `signal` says that somebody else may have taken over. What went wrong is written down in the run. */
export async function carryOn(billing: Billing, run: AuditRun, signal: AbortSignal): Promise<void> {
  await billing.database.withTenant(run.tenant_id, (transaction) => takeUp(transaction, run.id));
  let step: Step | undefined;
  try {
    for (step = await stepOf(billing, run); step !== 'done' && !signal.aborted; step = await stepOf(billing, run)) {
      await STEPS[step](billing, run);
    }
  } catch (error) {
    await note(billing, run, step ?? 'close_day', error);
  }
}

const STEPS: Readonly<Record<Exclude<Step, 'done'>, (billing: Billing, run: AuditRun) => Promise<void>>> = {
  close_day: closeDay,
  post_rooms: postRooms,
  advance_date: advanceDate,
};

async function stepOf({ database }: Billing, { tenant_id, id }: AuditRun): Promise<Step> {
  const audit = await getAudit(reading(database, tenant_id), id);
  return audit?.status === 'running' ? audit.step : 'done';
}

/** Reservations answers the same however often it is asked: arrivals that did not come are no-shows, and these rooms are slept in. */
async function closeDay(billing: Billing, run: AuditRun): Promise<void> {
  const { property_id, business_date } = await auditOf(billing, run);
  const closed = await billing.services.reservations.call({
    method: 'POST', path: '/internal/business-days/close', tenantId: run.tenant_id, body: { property_id, date: business_date }, idempotencyKey: run.id,
  });
  if (!Value.Check(ClosedDay, closed)) {
    throw new Problem({ status: 502, code: 'closed_day_malformed', message: 'Reservations answered something else than a closed day.', hint: 'See that both services are of the same release.' });
  }
  await inStep(billing, run, 'close_day', async (transaction, audit) => {
    await addRooms(transaction, audit.id, closed.in_house);
    await setStep(transaction, audit.id, 'post_rooms', closed.no_shows.length);
  });
}

/** Core first: it refuses if the date is not the one that was audited. Then, with all postings of the day committed and none let in, the totals. */
async function advanceDate(billing: Billing, run: AuditRun): Promise<void> {
  const { property_id, business_date } = await auditOf(billing, run);
  const next = addDays(business_date, 1);
  await billing.services.core.call({
    method: 'POST', path: `/internal/properties/${property_id}/business-date`, tenantId: run.tenant_id, body: { from: business_date, to: next }, idempotencyKey: run.id,
  });
  await inStep(billing, run, 'advance_date', async (transaction, audit) => {
    const property = await lockProperty(transaction, property_id);
    const sums = await sumByAccount(transaction, property_id, business_date, business_date);
    const rooms = await countPosted(transaction, audit.id);
    const exact = sums.map(({ account, debit_minor, credit_minor }) => ({ account, debit_minor: Number(debit_minor), credit_minor: Number(credit_minor) }));
    await completeAudit(transaction, audit.id, totalsOf(exact, property?.currency ?? '', { rooms, no_shows: audit.no_shows }));
    await sumDays(transaction, property_id, business_date);
    await advanceProperty(transaction, property_id, next);
    const completed = await getAudit(transaction, audit.id);
    if (completed) await announceAudit(transaction, completed);
  });
}

/** Does nothing when the step was done meanwhile. */
export async function inStep({ database }: Billing, run: AuditRun, step: Step, work: (transaction: Transaction, audit: LockedAudit) => Promise<void>): Promise<void> {
  await database.withTenant(run.tenant_id, async (transaction) => {
    const audit = await lockAudit(transaction, run.id);
    if (audit?.status === 'running' && audit.step === step) await work(transaction, audit);
  });
}

async function auditOf({ database }: Billing, { tenant_id, id }: AuditRun): Promise<NightAudit> {
  const audit = await getAudit(reading(database, tenant_id), id);
  if (!audit) throw new Error(`The night audit ${id} is gone.`);
  return audit;
}

/** What may pass (a service that does not answer) is tried again with the next run of the job; what a callee refuses ends the run until it is asked for again. */
async function note({ database, log }: Billing, { tenant_id, id }: AuditRun, step: Step, error: unknown): Promise<void> {
  const refused = error instanceof Problem && error.status < 500 && error.status !== 429;
  log.warn({ err: error, audit: id, step }, refused ? 'a night audit was refused' : 'a night audit waits');
  const { code, message, hint } = error instanceof Problem ? error : { code: 'internal_error', message: 'Something went wrong on our side.', hint: 'It is tried again; the log says more.' };
  await database.withTenant(tenant_id, (transaction) => noteTrouble(transaction, id, { code, message, hint, step }, refused));
}
