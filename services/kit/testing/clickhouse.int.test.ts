import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ClickHouseLogLevel, createClient as createNoisyClient } from '@clickhouse/client';
import type { ClickHouseClient, ClickHouseClientConfigOptions } from '@clickhouse/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startClickHouse } from './clickhouse.ts';
import type { RunningClickHouse } from './clickhouse.ts';
import { idsAfterKillOfStarter, isAlive } from './left-behind.ts';

function createClient(config: ClickHouseClientConfigOptions): ClickHouseClient {
  return createNoisyClient({ ...config, log: { level: ClickHouseLogLevel.OFF } });
}

describe('startClickHouse', () => {
  let server: RunningClickHouse;
  let client: ClickHouseClient;
  const folders: string[] = [];

  beforeAll(async () => {
    server = await startClickHouse();
    client = createClient({ url: server.url });
    await client.command({ query: 'create table stays (id UInt32, night Date, room String, price Decimal(10, 2)) engine = MergeTree order by (night, id)' });
  });
  afterAll(async () => {
    await client.close();
    await server.stop();
  });
  afterEach(async () => {
    await client.command({ query: 'truncate table stays' });
    await Promise.all(folders.splice(0).map(async (folder) => rm(folder, { recursive: true, force: true })));
  });

  async function rowsOf(query: string, query_params: Record<string, unknown> = {}): Promise<unknown[]> {
    return (await client.query({ query, query_params, format: 'JSONEachRow' })).json();
  }

  it('answers a ping and says its version', async () => {
    expect(await client.ping()).toEqual({ success: true });
    expect(await client.ping({ select: true })).toEqual({ success: true });
    expect(await rowsOf('select currentDatabase() as name, toUInt32(splitByChar(\'.\', version())[1]) >= 26 as recent')).toEqual([{ name: 'default', recent: 1 }]);
  });

  it('reckons in UTC, wherever the machine stands', async () => {
    const { TZ } = process.env;
    process.env['TZ'] = 'America/New_York';
    const elsewhere = await startClickHouse();
    const response = await fetch(elsewhere.url, { method: 'POST', body: 'select timezone(), toHour(toDateTime(0))' });
    if (TZ === undefined) delete process.env['TZ'];
    else process.env['TZ'] = TZ;
    const text = await response.text();
    await elsewhere.stop();
    expect([text, response.headers.get('x-clickhouse-timezone')]).toEqual(['UTC\t0\n', 'UTC']);
  });

  it('takes rows as a list and as a stream, and gives them back in JSON', async () => {
    await client.insert({ table: 'stays', values: [{ id: 1, night: '2026-03-28', room: 'it\'s "100" \\ é', price: '99.50' }], format: 'JSONEachRow' });
    const many = Readable.from(Array.from({ length: 5_000 }, (_, index) => ({ id: index, night: '2026-03-29', room: 'a', price: '1.10' })));
    await client.insert({ table: 'stays', values: many, format: 'JSONEachRow' });
    expect(await rowsOf('select room, toString(price) as price from stays where night = \'2026-03-28\'')).toEqual([{ room: 'it\'s "100" \\ é', price: '99.5' }]);
    const result = await client.query({ query: 'select night, count() as n, sum(price) as total from stays group by night order by night', format: 'JSON' });
    const { data, rows } = await result.json<{ n: number }>();
    expect({ data, rows }).toEqual({ data: [{ night: '2026-03-28', n: 1, total: 99.5 }, { night: '2026-03-29', n: 5000, total: 5500 }], rows: 2 });
  });

  it('binds parameters, whatever stands in them', async () => {
    const text = 'a\tb\n\'; drop table stays; -- \\ é';
    expect(await rowsOf('select {text:String} as text, {ids:Array(UInt32)} as ids, {day:Date} as day', { text, ids: [1, 2], day: '2026-02-28' }))
      .toEqual([{ text, ids: [1, 2], day: '2026-02-28' }]);
    const long = createClient({ url: server.url, use_multipart_params: true });
    const result = await long.query({ query: 'select length({text:String}) as n', query_params: { text: 'x'.repeat(100_000) }, format: 'JSONEachRow' });
    expect(await result.json()).toEqual([{ n: 100_000 }]);
    await long.close();
  });

  it('keeps settings, parameters and database of one query away from the others', async () => {
    await client.command({ query: 'create database if not exists other' });
    const other = createClient({ url: server.url, database: 'other', clickhouse_settings: { max_threads: 1 } });
    const question = 'select currentDatabase() as name, getSetting(\'max_block_size\') as size, {n:UInt32} as n';
    const answers = await Promise.all(Array.from({ length: 24 }, async (_, n) => {
      const result = await (n % 2 === 0 ? other : client).query({ query: question, query_params: { n }, clickhouse_settings: { max_block_size: String(1_000 + n) }, format: 'JSONEachRow' });
      return (await result.json())[0];
    }));
    expect(answers).toEqual(Array.from({ length: 24 }, (_, n) => ({ name: n % 2 === 0 ? 'other' : 'default', size: 1_000 + n, n })));
    await other.close();
  });

  it('compresses requests and answers', async () => {
    const compressed = createClient({ url: server.url, compression: { request: true, response: true } });
    await compressed.insert({ table: 'stays', values: [{ id: 7, night: '2026-03-28', room: 'a', price: 1 }], format: 'JSONEachRow' });
    const result = await compressed.query({ query: 'select id from stays', format: 'JSONEachRow' });
    expect(result.response_headers['content-encoding']).toBe('gzip');
    expect(await result.json()).toEqual([{ id: 7 }]);
    await compressed.close();
  });

  it.each([
    ['select * from nowhere', 404, 60, 'UNKNOWN_TABLE'],
    ['selekt 1', 400, 62, 'SYNTAX_ERROR'],
    ['select throwIf(1)', 500, 395, 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO'],
    ['insert into stays format JSONEachRow {"id":"x"}', 400, 27, 'CANNOT_PARSE_INPUT_ASSERTION_FAILED'],
  ])('answers %s with status %i and ClickHouse\'s own error', async (query, status, code, type) => {
    await expect(client.command({ query })).rejects.toMatchObject({ code: String(code), type });
    const response = await fetch(server.url, { method: 'POST', body: query });
    expect([response.status, response.headers.get('x-clickhouse-exception-code')]).toEqual([status, String(code)]);
    expect(await response.text()).toMatch(new RegExp(`^Code: ${code}\\. DB::Exception: [^]*\\(${type}\\)\\n$`));
  });

  it('lets a GET read only, and says what it does not do', async () => {
    const write = await fetch(`${server.url}/?query=${encodeURIComponent('insert into stays (id) values (1)')}`);
    expect([write.status, await write.text()]).toEqual([400, expect.stringContaining('(READONLY)')]);
    const session = createClient({ url: server.url, session_id: 'mine' });
    await expect(session.query({ query: 'select 1' })).rejects.toMatchObject({ type: 'NOT_IMPLEMENTED' });
    await session.close();
  });

  it('keeps on the same address what it had acknowledged when it is killed and started again', async () => {
    await client.insert({ table: 'stays', values: [{ id: 1, night: '2026-03-28', room: 'a', price: 1 }], format: 'JSONEachRow' });
    await server.kill();
    expect((await client.ping()).success).toBe(false);
    await server.restart();
    expect(await rowsOf('select id from stays')).toEqual([{ id: 1 }]);
  });

  it('keeps data between runs in a folder that was named', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'tartware-test-'));
    folders.push(dataDir);
    const first = await startClickHouse({ dataDir });
    const writer = createClient({ url: first.url });
    await writer.command({ query: 'create table kept engine = MergeTree order by n as select 7 as n' });
    await writer.close();
    await first.stop();
    const second = await startClickHouse({ dataDir });
    const reader = createClient({ url: second.url });
    expect(await (await reader.query({ query: 'select n from kept', format: 'JSONEachRow' })).json()).toEqual([{ n: 7 }]);
    await reader.close();
    await second.stop();
  });

  it('shows what it said when the port is taken', async () => {
    await expect(startClickHouse({ port: Number(new URL(server.url).port) })).rejects.toThrow(/ClickHouse ended while starting[^]*EADDRINUSE/);
  });

  it.runIf(process.platform === 'linux')('leaves nothing behind when its starter is killed', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'tartware-test-'));
    folders.push(dataDir);
    const [pid = 0] = await idsAfterKillOfStarter(
      'const { startClickHouse } = await import(process.argv[1]); const server = await startClickHouse({ dataDir: process.argv[2] }); console.log(server.pid())',
      new URL('./clickhouse.ts', import.meta.url).href,
      dataDir,
    );
    expect(pid).toBeGreaterThan(1);
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
  });
});
