/** Answers a request with an operation: begins it, or finds the one that the same request began before. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '@tartware/kit';
import { requireWriter } from '@tartware/kit/authenticate';
import type { Transaction } from '@tartware/kit/database';
import { REPLAYED_HEADER, findAnswer, idempotencyKey, requestHash } from '@tartware/kit/idempotency';
import type { Answer } from '@tartware/kit/idempotency';
import { findKnown, take } from '../store/operations.ts';
import { carry, inProgress } from './carry.ts';
import type { Engine } from './carry.ts';
import type { Kind, KindName, NewOperation, Operation } from './operation.ts';

/** An operation but for what it is to do. */
export type Draft = Pick<NewOperation, 'kind' | 'key' | 'hash' | 'started_by' | 'leaseSeconds'>;

/** What beginning comes to: an operation to carry, an answer because there is nothing to do, or nothing because the key is known. */
export type Begun<Input> = { operation: Operation<Input> } | { answer: Answer } | undefined;

export interface Plan<Input, Outcome> {
  name: KindName;
  kind: Kind<Input, Outcome>;
  /** Whether a request without an idempotency key is refused. */
  keyRequired?: boolean;
  /** What must be asked of others before anything is written: it may have no effect there. @throws Problem */
  prepare?: () => Promise<void>;
  /** Checks what is asked and writes the operation down, in one transaction. @throws Problem */
  begin: (transaction: Transaction, draft: Draft) => Promise<Begun<Input>>;
}

export async function runOperation<Input, Outcome, Reply extends FastifyReply>(engine: Engine, request: FastifyRequest, reply: Reply, plan: Plan<Input, Outcome>): Promise<Reply> {
  const { tenant_id, sub } = requireWriter(request);
  const key = idempotencyKey(request, { required: plan.keyRequired ?? false });
  const hash = key === undefined ? undefined : requestHash(request);
  const draft: Draft = { kind: plan.name, key, hash, started_by: sub, leaseSeconds: plan.kind.leaseSeconds };
  const begun = await begin(engine, tenant_id, plan, draft);
  if (begun && 'answer' in begun) {
    return send(reply, begun.answer);
  }
  if (begun) {
    await engine.step(`${plan.name}.written`);
    return send(reply, await carry(engine, tenant_id, begun.operation, plan.kind));
  }
  return again(engine, tenant_id, plan, { key, hash, reply });
}

/**
 * What a request did the first time may make it wrong the second time: a guest who is in house cannot check in. So before it is refused it is asked whether the
 * key is known.
 */
async function begin<Input, Outcome>(engine: Engine, tenantId: string, plan: Plan<Input, Outcome>, draft: Draft): Promise<Begun<Input>> {
  const { key } = draft;
  try {
    await plan.prepare?.();
    return await engine.database.withTenant(tenantId, (transaction) => plan.begin(transaction, draft));
  } catch (error) {
    if (key !== undefined && error instanceof Problem && (await engine.database.withTenant(tenantId, (transaction) => findKnown(transaction, key)))) {
      return undefined;
    }
    throw error;
  }
}

interface Repeated<Reply> {
  key: string | undefined;
  hash: string | undefined;
  reply: Reply;
}

/** The key is known: answers as before, carries on what was left, or says that it still runs. */
async function again<Input, Outcome, Reply extends FastifyReply>(
  engine: Engine, tenantId: string, { kind }: Plan<Input, Outcome>, { key, hash, reply }: Repeated<Reply>,
): Promise<Reply> {
  if (key === undefined || hash === undefined) {
    throw new Error('Without a key nothing can be known.');
  }
  const found = await engine.database.withTenant(tenantId, async (transaction): Promise<{ kept: Answer } | { taken: Operation }> => {
    const known = await findKnown(transaction, key);
    if (known?.kept === true || known?.request_hash !== hash) {
      // It says so when the key was another request's.
      const kept = await findAnswer(transaction, key, hash);
      if (kept) return { kept };
    }
    if (known?.operation_id && known.request_hash !== hash) {
      throw keyReused();
    }
    const taken = known?.operation_id ? await take(transaction, known.operation_id, kind.leaseSeconds) : undefined;
    if (!taken) {
      throw inProgress();
    }
    return { taken };
  });
  if ('kept' in found) {
    reply.header(REPLAYED_HEADER, 'true');
    return send(reply, found.kept);
  }
  return send(reply, await carry(engine, tenantId, found.taken as Operation<Input>, kind));
}

function keyReused(): Problem {
  return new Problem({
    status: 422, code: 'idempotency_key_reused', message: 'This idempotency key was used for another request.', hint: 'Make a new key for each request; send a key again only with the very same request.',
  });
}

function send<Reply extends FastifyReply>(reply: Reply, { status, body, headers = {} }: Answer): Reply {
  reply.code(status).headers(headers).send(body);
  return reply;
}
