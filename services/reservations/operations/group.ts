/** A group: each of its reservations is allocated for itself, and in the end all are confirmed, or those that could be had, or none. */
import { Problem } from '@tartware/kit';
import type { FieldError } from '@tartware/kit';
import type { Transaction } from '@tartware/kit/database';
import { EVENTS } from '../model/reservation.ts';
import type { Allocation } from '../model/reservation.ts';
import type { Group } from '../model/group.ts';
import { membersOf, setGroupStatus } from '../store/groups.ts';
import type { Member } from '../store/groups.ts';
import { confirm, giveBack, reject } from '../store/reservations.ts';
import { announce, expected } from './announce.ts';
import { allocate } from './ask.ts';
import { isRefusal } from './carry.ts';
import type { Calls, Kind, Operation } from './operation.ts';
import { FIRST_REVISION } from './reserve.ts';

export interface GroupInput {
  property_id: string;
  mode: Group['mode'];
  members: Member[];
}

/** Of one member. */
type Result = { id: string; allocation: Allocation } | { id: string; problem: Problem };

const AT_ONCE = 5;

export const groupKind: Kind<GroupInput, Result[]> = {
  leaseSeconds: 60,
  call: ({ input }, calls) => allocateAll(input, calls),
  async finish(transaction, operation, results) {
    const granted = results.filter((result) => 'allocation' in result);
    const refused = results.filter((result) => 'problem' in result);
    await reject(transaction, refused.map(({ id }) => id));
    if (granted.length === 0 || (refused.length > 0 && operation.input.mode === 'all_or_nothing')) {
      return takeNone(transaction, operation, granted, refused);
    }
    for (const { id, allocation } of granted) {
      await announce(transaction, EVENTS.confirmed, expected(await confirm(transaction, id, allocation)));
    }
    const group = expected(await setGroupStatus(transaction, groupOf(operation), 'confirmed'));
    const reservations = await membersOf(transaction, group.id);
    return { status: 201, body: { ...group, reservations }, headers: { location: `/v1/groups/${group.id}` } };
  },
  async refuse(transaction, operation) {
    await reject(transaction, operation.input.members.map(({ id }) => id));
    await setGroupStatus(transaction, groupOf(operation), 'rejected');
  },
  unanswered: 'carry on',
};

export function groupOf({ group_id, id }: Operation): string {
  if (group_id === null) {
    throw new Error(`The operation ${id} names no group.`);
  }
  return group_id;
}

/** @throws the first answer that is none; members that were allocated by then stay so, and are when it is asked again */
async function allocateAll({ property_id, members }: GroupInput, calls: Calls): Promise<Result[]> {
  const results: Result[] = [];
  for (let first = 0; first < members.length; first += AT_ONCE) {
    const some = members.slice(first, first + AT_ONCE);
    const settled = await Promise.allSettled(some.map((member) => allocateOne(property_id, member, calls)));
    for (const result of settled) {
      if (result.status === 'rejected') {
        throw result.reason;
      }
      results.push(result.value);
    }
  }
  return results;
}

async function allocateOne(property_id: string, member: Member, calls: Calls): Promise<Result> {
  try {
    return { id: member.id, allocation: await allocate(calls, member.id, { ...member, property_id, revision: FIRST_REVISION }) };
  } catch (error) {
    if (isRefusal(error)) {
      return { id: member.id, problem: error };
    }
    throw error;
  }
}

type Granted = Extract<Result, { allocation: Allocation }>;
type Refused = Extract<Result, { problem: Problem }>;

/** What rooms gave goes back to it: it hears that they are cancelled. */
async function takeNone(transaction: Transaction, operation: Operation<GroupInput>, granted: readonly Granted[], refused: readonly Refused[]): Promise<Problem> {
  for (const { id, allocation } of granted) {
    await announce(transaction, EVENTS.cancelled, expected(await giveBack(transaction, id, allocation)));
  }
  await setGroupStatus(transaction, groupOf(operation), 'rejected');
  const errors: FieldError[] = refused.map(({ id, problem }) => ({
    in: 'body', field: `/reservations/${operation.input.members.findIndex((member) => member.id === id)}`, message: `${problem.code}: ${problem.message}`,
  }));
  return new Problem({
    status: 409, code: 'group_not_available', message: `${refused.length} of ${operation.input.members.length} reservations cannot be had, so none was made.`,
    hint: 'Change those that are named, or ask with the mode as_available.', errors,
  });
}
