import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { emit, outboxChannel } from './outbox.ts';
import { runInContext } from './request-context.ts';
import { startTrialDatabase } from './testing/trial-database.ts';
import type { TrialDatabase } from './testing/trial-database.ts';

const A = '0199aaaa-0000-7000-8000-00000000000a';
const B = '0199bbbb-0000-7000-8000-00000000000b';
const ROOM = '0199aaaa-0000-7000-8000-0000000000f1';

const ALL = { operation: 'trial.all', text: 'select tenant_id, id, type, aggregate_id, version, property_id, data, trace from outbox order by sequence' };
const DELETE = { operation: 'trial.delete', text: 'delete from outbox returning id' };

let trial: TrialDatabase;

beforeAll(async () => {
  trial = await startTrialDatabase();
});
afterAll(async () => trial.stop());
beforeEach(async () => {
  await trial.asOwner((client) => client.query('truncate outbox'));
});

const announce = (tenant: string, version = 1) =>
  trial.database.withTenant(tenant, (transaction) => emit(transaction, { type: 'room.created', aggregateId: ROOM, version, propertyId: A, data: { beds: 2 }, trace: '00-t-s-01' }));

describe('emit', () => {
  it('writes the event with the tenant of the transaction and answers with its id', async () => {
    const id = await announce(A);
    const rows = await trial.database.withTenant(A, (transaction) => transaction.query(ALL));
    expect(rows).toEqual([{ tenant_id: A, id, type: 'room.created', aggregate_id: ROOM, version: 1, property_id: A, data: { beds: 2 }, trace: '00-t-s-01' }]);
  });

  it('leaves nothing behind when its transaction fails', async () => {
    await expect(trial.database.withTenant(A, async (transaction) => {
      await emit(transaction, { type: 'room.created', aggregateId: ROOM, version: 1, data: {} });
      throw new Error('no room');
    })).rejects.toThrow('no room');
    expect(await trial.database.transaction({ 'app.relay': 'on' }, (transaction) => transaction.query(ALL))).toEqual([]);
  });

  it('wakes once for what many commit in one moment', async () => {
    await trial.asOwner(async (client) => {
      let heard = 0;
      client.on('notification', () => (heard += 1));
      await client.query(`listen ${outboxChannel('trial')}`);
      await Promise.all(Array.from({ length: 60 }, () => announce(A)));
      await expect.poll(() => heard).toBeGreaterThan(0);
      expect(heard).toBeLessThan(30);
      const before = heard;
      await announce(B);
      await expect.poll(() => heard).toBeGreaterThan(before);
    });
  });

  it('carries the trace of the request that is being worked on', async () => {
    await runInContext({ requestId: 'r', traceparent: '00-of-request-01' }, () => trial.database.withTenant(A, (transaction) => emit(transaction, { type: 'room.created', aggregateId: ROOM, version: 1, data: {} })));
    expect(await trial.database.withTenant(A, (transaction) => transaction.query(ALL))).toMatchObject([{ trace: '00-of-request-01' }]);
  });

  it('refuses an event outside of a tenant', async () => {
    await expect(trial.database.transaction({}, (transaction) => emit(transaction, { type: 'room.created', aggregateId: ROOM, version: 1, data: {} }))).rejects.toThrow('row-level security');
  });

  it('wakes who listens, once it is committed', async () => {
    await trial.asOwner(async (client) => {
      await client.query(`listen ${outboxChannel('trial')}`);
      const early = once(client, 'notification', { signal: AbortSignal.timeout(150) });
      await Promise.allSettled([trial.database.withTenant(A, async (transaction) => {
        await emit(transaction, { type: 'room.created', aggregateId: ROOM, version: 1, data: {} });
        throw new Error('no room');
      })]);
      await expect(early).rejects.toThrow('aborted');
      const woken = once(client, 'notification', { signal: AbortSignal.timeout(5_000) });
      await announce(A);
      expect(await woken).toEqual([expect.objectContaining({ channel: 'outbox_trial', payload: '' })]);
    });
  });
});

describe('the outbox', () => {
  it('shows a tenant its own events, the relay all in order, nobody else any', async () => {
    await announce(A, 1);
    await announce(B, 1);
    await announce(A, 2);
    const seen = async (settings: Record<`app.${string}`, string>) => (await trial.database.transaction(settings, (transaction) => transaction.query(ALL))).map((row) => [row['tenant_id'], row['version']]);
    expect(await seen({ 'app.tenant_id': B })).toEqual([[B, 1]]);
    expect(await seen({ 'app.relay': 'on' })).toEqual([[A, 1], [B, 1], [A, 2]]);
    expect(await seen({})).toEqual([]);
    expect(await trial.database.transaction({}, (transaction) => transaction.query(DELETE))).toEqual([]);
    expect(await trial.database.transaction({ 'app.relay': 'on' }, (transaction) => transaction.query(DELETE))).toHaveLength(3);
  });

  it.each(['outbox', 'inbox', 'aggregate_versions', 'idempotency_keys'])('%s is behind forced row level security, also for writes of the relay', async (table) => {
    const [row] = await trial.asOwner(async (client) => (await client.query('select relrowsecurity, relforcerowsecurity from pg_class where oid = $1::regclass', [table])).rows);
    expect(row).toEqual({ relrowsecurity: true, relforcerowsecurity: true });
    const values = { outbox: '(tenant_id, type, aggregate_id, version, data) values ($1, \'a.b\', $1, 1, \'{}\')', inbox: '(tenant_id, consumer, event_id) values ($1, \'c\', $1)',
      aggregate_versions: '(tenant_id, consumer, aggregate_id, version) values ($1, \'c\', $1, 1)', idempotency_keys: '(tenant_id, key, request_hash, status) values ($1, \'12345678\', \'\', 201)' }[table];
    const insert = { operation: `trial.insert.${table}`, text: `insert into ${table} ${values}` };
    await expect(trial.database.transaction({ 'app.relay': 'on' }, (transaction) => transaction.query(insert, [A]))).rejects.toThrow('row-level security');
    await expect(trial.database.withTenant(B, (transaction) => transaction.query(insert, [A]))).rejects.toThrow('row-level security');
  });
});

describe('types', () => {
  it('are dates as text, bigints as numbers while exact', async () => {
    const [row] = await trial.database.transaction({}, (transaction) => transaction.query({
      operation: 'trial.types', text: 'select date \'2028-02-29\' as date, 9007199254740991::bigint as safe, 9007199254740993::bigint as beyond, null::date as none',
    }));
    expect(row).toEqual({ date: '2028-02-29', safe: 9007199254740991, beyond: '9007199254740993', none: null });
  });
});
