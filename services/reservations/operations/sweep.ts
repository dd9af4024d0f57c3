/** Carries on what a crash or a silent service has left. */
import { Problem } from '@tartware/kit';
import type { Answer } from '@tartware/kit/idempotency';
import { findAbandoned, purgeOperations, purgeRejected, take } from '../store/operations.ts';
import { carry } from './carry.ts';
import type { Engine } from './carry.ts';
import { changeKind } from './change.ts';
import type { ChangeInput } from './change.ts';
import { checkInKind } from './check-in.ts';
import type { CheckInInput } from './check-in.ts';
import { checkOutKind } from './check-out.ts';
import type { CheckOutInput } from './check-out.ts';
import { groupKind } from './group.ts';
import type { GroupInput } from './group.ts';
import type { KindName, Operation } from './operation.ts';
import { reserveKind } from './reserve.ts';
import type { ReserveInput } from './reserve.ts';

/** Shows the sweeper what of all tenants it must look at; it then works in one at a time. */
export const SWEEPER = { 'app.sweeper': 'on' } as const;

const AT_ONCE = 20;
/** As long as answers are kept: after that nobody asks with the old key. */
const KEPT_HOURS = 48;
const PURGED_AT_ONCE = 1_000;

type CarryOn = (engine: Engine, tenantId: string, operation: Operation) => Promise<Answer>;

/** What an operation is to do was written by its kind, whose type the database does not keep. */
const CARRY_ON: Readonly<Record<KindName, CarryOn>> = {
  reserve: (engine, tenantId, operation) => carry(engine, tenantId, operation as Operation<ReserveInput>, reserveKind),
  change: (engine, tenantId, operation) => carry(engine, tenantId, operation as Operation<ChangeInput>, changeKind),
  check_in: (engine, tenantId, operation) => carry(engine, tenantId, operation as Operation<CheckInInput>, checkInKind),
  check_out: (engine, tenantId, operation) => carry(engine, tenantId, operation as Operation<CheckOutInput>, checkOutKind),
  group: (engine, tenantId, operation) => carry(engine, tenantId, operation as Operation<GroupInput>, groupKind),
};
/** Until its kind is known, which is read with it: the longest of all. */
const LEASE_SECONDS = groupKind.leaseSeconds;

/** Carries on one operation if nobody has it. @throws what it throws but a refusal, which is an end as good as another */
export async function carryOn(engine: Engine, tenantId: string, id: string): Promise<void> {
  const operation = await engine.database.withTenant(tenantId, (transaction) => take(transaction, id, LEASE_SECONDS));
  if (operation) {
    await CARRY_ON[operation.kind](engine, tenantId, operation).catch((error: unknown) => {
      if (!(error instanceof Problem && error.status < 500)) throw error;
    });
  }
}

/** One run of the job: those whose lease is over, oldest first. */
export async function sweep(engine: Engine, signal: AbortSignal): Promise<void> {
  const abandoned = await engine.database.transaction(SWEEPER, (transaction) => findAbandoned(transaction, AT_ONCE));
  for (const { tenant_id, id } of abandoned) {
    if (signal.aborted) {
      return;
    }
    await carryOn(engine, tenant_id, id).catch((err: unknown) => engine.log.warn({ err, operation: id }, 'an operation could not be carried on; it is tried again'));
  }
}

/** Takes away operations that ended long ago, and reservations that could not be had. */
export async function purgeOld({ database }: Engine): Promise<void> {
  const tenants = await database.transaction(SWEEPER, (transaction) => purgeOperations(transaction, KEPT_HOURS, PURGED_AT_ONCE));
  for (const tenant of tenants) {
    await database.withTenant(tenant, (transaction) => purgeRejected(transaction, KEPT_HOURS));
  }
}
