/** Checking out while a night audit runs, with the real services: whoever the night is charged to cannot leave before it is, and neither waits for the other for ever. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addDays } from '@tartware/kit/resources';
import { DEMO, startPlatform } from './platform.ts';
import type { Answer, Api, Platform } from './platform.ts';
import { act, makeGuest, makeReady, read, reserve } from './reservations-desk.ts';
import type { Reservation } from './reservations-desk.ts';
import { buildHouse, made } from './rooms-house.ts';
import type { House } from './rooms-house.ts';

interface Audit extends Record<string, unknown> {
  id: string;
  status: string;
  rooms: Record<string, number>;
  refused: unknown[];
}

const RATE = 20_000;

let platform: Platform;
let manager: Api;
let guest: string;

beforeAll(async () => {
  platform = await startPlatform(['rooms', 'guests', 'settings', 'housekeeping', 'reservations', 'billing'], { env: { reservations: { LOG_LEVEL: 'silent' } } });
  manager = platform.api(DEMO, 'manager');
  guest = await makeGuest(manager);
});

afterAll(() => platform.stop());

/** A property of its own with guests in its rooms. */
async function fullHouse(rooms: number, nights: number): Promise<{ house: House; stays: Reservation[] }> {
  const code = `P${randomUUID().replaceAll('-', '').slice(0, 8).toUpperCase()}`;
  const { id } = made(await manager.post<{ id: string }>('/v1/properties', { code, name: 'Night', time_zone: 'Pacific/Kiritimati', currency: 'EUR' })).body;
  const house = await buildHouse(manager, id, { rooms, amount: RATE });
  const stays: Reservation[] = [];
  for (const room_id of house.roomIds) {
    await makeReady(manager, room_id, 'clean');
    const stay = await reserve(manager, house, guest, { from: 0, nights });
    made(await act(manager, stay.id, 'assign-room', { room_id }), 200);
    stays.push(made(await act(manager, stay.id, 'check-in'), 200).body);
  }
  return { house, stays };
}

const begin = async ({ propertyId }: House): Promise<string> => made(await manager.post<Audit>('/v1/billing/night-audits', { property_id: propertyId }), 202).body.id;
const audit = async (id: string): Promise<Audit> => (await manager.get<Audit>(`/v1/billing/night-audits/${id}`)).body;

async function ended(id: string): Promise<Audit> {
  await expect.poll(async () => (await audit(id)).status, { timeout: 30_000, interval: 50 }).not.toBe('running');
  return audit(id);
}

async function pay(stay: string): Promise<void> {
  const [folio] = (await manager.get<{ items: { id: string; balance_minor: number }[] }>(`/v1/billing/folios?reservation_id=${stay}&kind=guest`)).body.items;
  if (folio && folio.balance_minor > 0) {
    made(await manager.post(`/v1/billing/folios/${folio.id}/payments`, { method: 'cash', amount_minor: folio.balance_minor, currency: 'EUR' }, { key: randomUUID() }));
  }
}

const running = (): Promise<object[]> => platform.sql('select kind from reservations.operations where state = \'running\'');
const isClosed = async ({ propertyId, today }: House): Promise<number> => (await platform.sql('select from reservations.business_days where property_id = $1 and date = $2', [propertyId, today])).length;

/** Has billing's database take its time over what the trigger names. */
async function holding(trigger: string, seconds: number, work: () => Promise<void>): Promise<void> {
  await platform.sql(`create function billing.hold() returns trigger language plpgsql as $$ begin perform pg_sleep(${seconds}); return null; end $$`);
  await platform.sql(`create trigger hold after update on billing.${trigger} execute function billing.hold()`);
  await work().finally(() => platform.sql('drop function billing.hold cascade'));
}

it('a guest whose day is closed leaves only when the night was charged, and is told so', async () => {
  const { house, stays: [stay] } = await fullHouse(1, 2);
  const id = stay?.id ?? '';
  let night = '';
  await holding('night_audits for each row when (new.step = \'post_rooms\' and old.step = \'close_day\')', 2, async () => {
    night = await begin(house);
    await expect.poll(() => isClosed(house), { timeout: 10_000, interval: 20 }).toBe(1);
    const key = randomUUID();
    const early = await act(manager, id, 'check-out', {}, key);
    expect(early).toMatchObject({ status: 503, body: { code: 'night_audit_running', hint: expect.stringContaining('again') as string } });
    expect(early.headers.get('retry-after')).toBe('1');
    // Nothing is left of it that would check the guest out later, and its key may be used again.
    expect([await running(), (await read(manager, id)).status]).toEqual([[], 'in_house']);
    expect(await act(manager, id, 'check-out', {}, key)).toMatchObject({ status: 503, body: { code: 'night_audit_running' } });
    await ended(night);
  });
  expect(await audit(night)).toMatchObject({ status: 'completed', rooms: { in_house: 1, posted: 1 }, refused: [] });
  expect(await act(manager, id, 'check-out')).toMatchObject({ status: 409, body: { code: 'folio_not_settled' } });
  await pay(id);
  expect(await act(manager, id, 'check-out')).toMatchObject({ status: 200, body: { status: 'checked_out' } });
});

it('a check-out that was there first is waited for by the close of the day, and its night is not charged', async () => {
  const { house, stays: [stay] } = await fullHouse(1, 2);
  const leaves: Promise<Answer>[] = [];
  let night = '';
  await holding('folios for each row when (new.status = \'closed\')', 1.5, async () => {
    leaves.push(act(manager, stay?.id ?? '', 'check-out'));
    await expect.poll(async () => (await running()).length, { interval: 10 }).toBe(1);
    night = await begin(house);
    expect((await Promise.all(leaves))[0]).toMatchObject({ status: 200, body: { status: 'checked_out' } });
  });
  expect(await ended(night)).toMatchObject({ status: 'completed', rooms: { in_house: 0, posted: 0 } });
});

it('an audit that was refused keeps nobody in the house: who is due leaves, and it is begun again', async () => {
  const { house, stays: [stay] } = await fullHouse(1, 1);
  const id = stay?.id ?? '';
  expect(await ended(await begin(house))).toMatchObject({ status: 'completed', rooms: { posted: 1 } });
  expect(await ended(await begin(house))).toMatchObject({ status: 'failed', problem: { code: 'departures_due' } });
  await pay(id);
  expect(await act(manager, id, 'check-out')).toMatchObject({ status: 200 });
  expect(await ended(await begin(house))).toMatchObject({ status: 'completed', business_date: addDays(house.today, 1), rooms: { in_house: 0 } });
});

it('check-outs and an audit in the same moment: each guest has left before the night or is charged for it', async () => {
  const { house, stays } = await fullHouse(8, 3);
  const [night, ...leaves] = await Promise.all([begin(house), ...stays.map(async ({ id }, index) => {
    await new Promise((resolve) => setTimeout(resolve, 90 * index));
    return act(manager, id, 'check-out');
  })]);
  const { rooms, ...done } = await ended(night);
  const left = leaves.filter(({ status }) => status === 200).length;
  expect(done).toMatchObject({ status: 'completed', refused: [] });
  expect(rooms).toMatchObject({ in_house: stays.length - left, posted: stays.length - left });
  expect(leaves.filter(({ status, body }) => status !== 200 && !['night_audit_running', 'folio_not_settled', 'operation_in_progress'].includes(String(body['code'])))).toEqual([]);
  expect(await running()).toEqual([]);
});
