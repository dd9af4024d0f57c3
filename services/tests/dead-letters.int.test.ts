/** What a consumer gave up on: looked at, sent again to it alone, or discarded. */
import { randomUUID } from 'node:crypto';
import { createPublisher } from '@tartware/kit/publisher';
import type { Publisher } from '@tartware/kit/publisher';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DEMO, OTHER, startPlatform } from './platform.ts';
import type { Api, Platform } from './platform.ts';

const PATIENCE = { timeout: 30_000, interval: 100 };

let platform: Platform;
let publisher: Publisher;
let manager: Api;
let viewer: Api;

interface Letter {
  id: string;
  consumer: string;
  status: string;
  error: { code: string; message: string };
  record: { key: string; value: string; topic: string };
  version: number;
}

async function letters(query = '', api = manager): Promise<{ items: Letter[]; next_cursor: string | null }> {
  const { status, body } = await api.get<{ items: Letter[]; next_cursor: string | null }>(`/v1/dead-letters?${query}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

const act = (id: string, action: string, api = manager) => api.post<Letter & { code?: string }>(`/v1/dead-letters/${id}/${action}`, {}, { key: randomUUID() });

/** A room that housekeeping cannot take up, since its event lacks what it promises. */
async function sendBroken(data: object = {}): Promise<string> {
  const id = randomUUID();
  const value = JSON.stringify({ id, type: 'room.created', tenant_id: DEMO.id, aggregate_id: id, version: 1, property_id: DEMO.propertyId, occurred_at: new Date().toISOString(), data });
  await publisher.publish([{ topic: 'tartware.rooms.events', key: id, value }]);
  return id;
}

async function letterOf(key: string, status = 'open'): Promise<Letter[]> {
  return (await letters(`status=${status}&limit=200`)).items.filter(({ record }) => record.key === key);
}

beforeAll(async () => {
  platform = await startPlatform(['core', 'housekeeping', 'command-center'], { events: true });
  publisher = createPublisher(platform.kafka?.brokers ?? [], 'test');
  manager = platform.api(DEMO, 'manager');
  viewer = platform.api(DEMO, 'viewer');
});

afterAll(async () => {
  await publisher.close();
  await platform.stop();
});

describe('a dead letter', () => {
  it('says which consumer gave up on which event and why, to its tenant only', async () => {
    const key = await sendBroken();
    await vi.waitFor(async () => expect(await letterOf(key)).toHaveLength(1), PATIENCE);
    const [letter] = await letterOf(key);
    expect(letter).toMatchObject({ consumer: expect.stringMatching(/^housekeeping\//), attempts: 5, error: { code: expect.any(String), message: expect.any(String) }, record: { topic: 'tartware.rooms.events' } });
    expect(JSON.parse(letter?.record.value ?? '')).toMatchObject({ aggregate_id: key });
    const stranger = platform.api(OTHER, 'manager');
    expect((await letters('', stranger)).items).toEqual([]);
    for (const action of ['replay', 'discard']) {
      expect((await act(letter?.id ?? '', action, stranger)).status).toBe(404);
      expect((await act(letter?.id ?? '', action, viewer)).status).toBe(403);
    }
  });

  it('is sent again to its consumer alone, and takes effect when its cause is mended', async () => {
    const key = await sendBroken({ id: randomUUID() });
    await vi.waitFor(async () => expect(await letterOf(key)).toHaveLength(1), PATIENCE);
    const [letter] = await letterOf(key);
    // Not mended: it fails again and comes back as a letter of its own.
    expect((await act(letter?.id ?? '', 'replay')).body).toMatchObject({ status: 'replayed', version: 2 });
    expect((await act(letter?.id ?? '', 'replay')).body).toMatchObject({ code: 'transition_illegal' });
    await vi.waitFor(async () => expect(await letterOf(key)).toHaveLength(1), PATIENCE);
    const [again] = await letterOf(key);
    expect(again?.id).not.toBe(letter?.id);
    const room = { id: key, property_id: DEMO.propertyId, room_type_id: randomUUID(), number: '7', floor: 1, features: [], active: true, version: 1, created_at: new Date(), updated_at: new Date() };
    const mended = JSON.stringify({ ...JSON.parse(again?.record.value ?? ''), data: room });
    await platform.sql('update command_center.dead_letters set value = $2 where id = $1', [again?.id, mended]);
    expect((await act(again?.id ?? '', 'replay')).status).toBe(200);
    await vi.waitFor(async () => {
      const { body } = await manager.get<{ items: { room_id: string }[] }>(`/v1/housekeeping/rooms?property_id=${DEMO.propertyId}`);
      expect(body.items.map(({ room_id }) => room_id)).toContain(key);
    }, PATIENCE);
  });

  it('is discarded once, by somebody who is named', async () => {
    const key = await sendBroken();
    await vi.waitFor(async () => expect(await letterOf(key)).toHaveLength(1), PATIENCE);
    const [letter] = await letterOf(key);
    expect((await act(letter?.id ?? '', 'discard')).body).toMatchObject({ status: 'discarded', resolved_by: expect.any(String) });
    expect((await act(letter?.id ?? '', 'replay')).status).toBe(409);
    expect(await letterOf(key, 'discarded')).toHaveLength(1);
  });

  it('is listed newest first, page by page', async () => {
    const keys: string[] = [];
    for (let n = 0; n < 3; n += 1) keys.unshift(await sendBroken());
    await vi.waitFor(async () => {
      for (const key of keys) expect(await letterOf(key)).toHaveLength(1);
    }, PATIENCE);
    const seen: Letter[] = [];
    let cursor: string | null = null;
    do {
      const page = await letters(`limit=2${cursor === null ? '' : `&cursor=${cursor}`}`);
      seen.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
    expect(new Set(seen.slice(0, 3).map(({ record }) => record.key))).toEqual(new Set(keys));
    expect((await letters('consumer=nobody/nothing')).items).toEqual([]);
    expect((await manager.get('/v1/dead-letters?cursor=abc')).status).toBe(400);
  });

  it('waits when Kafka is away', async () => {
    const key = await sendBroken();
    await vi.waitFor(async () => expect(await letterOf(key)).toHaveLength(1), PATIENCE);
    const [letter] = await letterOf(key);
    await platform.kafka?.kill();
    expect((await act(letter?.id ?? '', 'replay')).body).toMatchObject({ code: 'kafka_unavailable' });
    expect(await letterOf(key)).toHaveLength(1);
  });
});
