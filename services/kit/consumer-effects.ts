/** The effect of events of one tenant on one consumer: once each, all in one transaction with the record that they took effect. */
import type { Database, Statement, Transaction } from './database.ts';
import type { Consumer, DomainEvent, EventHandler } from './events.ts';
import { inTrace } from './tracing.ts';

/** What became of events: `known` took effect before, `outdated` came after a newer version of their aggregate. */
export type Outcome = 'handled' | 'known' | 'outdated';

// In order of the ids, so that two pods that were given the same events wait for each other instead of locking each other out.
const TAKE: Statement = {
  operation: 'inbox.take',
  text: `insert into inbox (tenant_id, consumer, event_id) select current_tenant(), $1, id from unnest($2::uuid[]) as id order by id
    on conflict do nothing returning event_id`,
};
const ADVANCE: Statement = {
  operation: 'aggregate_versions.advance',
  text: `insert into aggregate_versions as seen (tenant_id, consumer, aggregate_id, version)
      select current_tenant(), $1, aggregate_id, version from unnest($2::uuid[], $3::bigint[]) as given (aggregate_id, version) order by aggregate_id
    on conflict (tenant_id, consumer, aggregate_id) do update set version = excluded.version where seen.version < excluded.version
    returning new.aggregate_id, coalesce(old.version, 0) as before`,
};

/**
 * @param name `<consumer>` under which the inbox remembers
 * @param events of one tenant, in their order, each of a type that the consumer handles
 * @returns how many had which outcome; @throws what a handler or the database throws, with no effect at all
 */
export async function takeEffect(database: Database, name: string, consumer: Consumer, events: readonly DomainEvent[]): Promise<Map<Outcome, number>> {
  const [first] = events;
  if (!first) return new Map();
  return database.withTenant(first.tenant_id, async (transaction) => {
    const fresh = await takeNew(transaction, name, events);
    const due = await leaveOutdated(transaction, name, consumer, fresh);
    for (const { handler, run } of runsOf(consumer, due)) {
      await handle(transaction, handler, run);
    }
    return new Map<Outcome, number>([['handled', due.length], ['known', events.length - fresh.length], ['outdated', fresh.length - due.length]]);
  });
}

async function takeNew(transaction: Transaction, name: string, events: readonly DomainEvent[]): Promise<DomainEvent[]> {
  const rows = await transaction.query<{ event_id: string }>(TAKE, [name, events.map(({ id }) => id)]);
  const taken = new Set(rows.map(({ event_id }) => event_id));
  // An event that is there twice is taken the first time.
  return events.filter(({ id }) => taken.delete(id));
}

async function leaveOutdated(transaction: Transaction, name: string, consumer: Consumer, events: DomainEvent[]): Promise<DomainEvent[]> {
  const newest = new Map<string, number>();
  const isLatest = ({ type }: DomainEvent): boolean => consumer.handlers[type]?.order === 'latest';
  for (const event of events.filter(isLatest)) {
    newest.set(event.aggregate_id, Math.max(newest.get(event.aggregate_id) ?? 0, event.version));
  }
  if (newest.size === 0) return events;
  const rows = await transaction.query<{ aggregate_id: string; before: number }>(ADVANCE, [name, [...newest.keys()], [...newest.values()]]);
  const seen = new Map(rows.map(({ aggregate_id, before }) => [aggregate_id, before]));
  return events.filter((event) => {
    if (!isLatest(event)) return true;
    const before = seen.get(event.aggregate_id) ?? Infinity;
    if (event.version <= before) return false;
    seen.set(event.aggregate_id, event.version);
    return true;
  });
}

interface Run {
  handler: EventHandler;
  run: DomainEvent[];
}

/** Neighbours with the same handler make a run: a handler that stands for several types is given them together. */
function runsOf(consumer: Consumer, events: readonly DomainEvent[]): Run[] {
  const runs: Run[] = [];
  for (const event of events) {
    const handler = consumer.handlers[event.type];
    const last = runs.at(-1);
    if (handler && last?.handler === handler) last.run.push(event);
    else if (handler) runs.push({ handler, run: [event] });
  }
  return runs;
}

async function handle(transaction: Transaction, handler: EventHandler, events: readonly DomainEvent[]): Promise<void> {
  if (handler.handleMany) {
    await handler.handleMany(transaction, events);
    return;
  }
  for (const event of events) {
    await inTrace(`consume ${event.type}`, event.id, { kind: 'consumer', parent: event.trace, attributes: { 'messaging.system': 'kafka', 'messaging.message.id': event.id } }, () =>
      handler.handle(transaction, event));
  }
}
