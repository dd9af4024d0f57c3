/**
 * A change over several services. It is written down, with the client's idempotency key, before the first call leaves; whoever has its lease asks the other
 * services, each call under a name that makes it happen once; it ends in one transaction with its effect, its event and its answer. Whatever is cut off in
 * between is carried on by the sweeper, or by the client that asks again.
 */
import type { Problem } from '@tartware/kit';
import type { Cache } from '@tartware/kit/cache';
import type { Transaction } from '@tartware/kit/database';
import type { Answer } from '@tartware/kit/idempotency';
import type { ServiceClient } from '@tartware/kit/services';

export const KINDS = ['reserve', 'change', 'check_in', 'check_out', 'group'] as const;
export type KindName = (typeof KINDS)[number];

export interface NewOperation {
  kind: KindName;
  /** Null for one that makes the reservation, or several. */
  reservation_id: string | null;
  group_id: string | null;
  key: string | undefined;
  hash: string | undefined;
  input: object;
  /** The user, as the token names it. */
  started_by: string;
  leaseSeconds: number;
}

export interface Operation<Input = unknown> {
  id: string;
  kind: KindName;
  reservation_id: string | null;
  group_id: string | null;
  idempotency_key: string | null;
  /** Hexadecimal. */
  request_hash: string | null;
  input: Input;
  started_by: string;
}

export type ServiceName = 'core' | 'rooms' | 'guests' | 'housekeeping' | 'billing' | 'settings';

/** How a kind of operation reaches the other services. */
export interface Calls {
  tenantId: string;
  services: Readonly<Record<ServiceName, ServiceClient>>;
  cache: Cache;
}

export interface Kind<Input, Outcome> {
  /** How long one attempt may take before somebody else tries. */
  leaseSeconds: number;
  /** Asks the other services; may be done again at any time. @throws Problem of 4xx: it is refused, of 5xx: nobody knows */
  call: (operation: Operation<Input>, calls: Calls) => Promise<Outcome>;
  /** The effect and its events. @returns a Problem, instead of throwing it, when what was put back must stay put back */
  finish: (transaction: Transaction, operation: Operation<Input>, outcome: Outcome) => Promise<Answer | Problem>;
  /** Puts back what was held for it, and nothing else whatever became of it. */
  refuse: (transaction: Transaction, operation: Operation<Input>) => Promise<void>;
  /**
   * When a service does not answer: `carry on` where it may have done what it was asked, and so the operation must come to its end; `withdraw` where it was
   * only asked what it knows.
   */
  unanswered: 'carry on' | 'withdraw';
  /** Codes of a 503 by which a callee says that it has done nothing and may do so later: the operation is withdrawn, and the client asks again. */
  refusedLater?: ReadonlySet<string>;
}

/** Points at which a test may end the process: after it was written down, after each call, after it was finished. */
export type StepHook = (step: string) => void | Promise<void>;
