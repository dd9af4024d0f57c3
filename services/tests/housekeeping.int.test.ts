import { randomUUID } from 'node:crypto';
import { addDays } from '@tartware/kit/resources';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO, OTHER, startPlatform } from './platform.ts';
import type { Answer, Api, Platform } from './platform.ts';
import { buildHouse, made } from './rooms-house.ts';
import type { House } from './rooms-house.ts';

/** Events stay in the outbox: rooms are asked for when they are first named. */
let platform: Platform;
let desk: Api;
let inside: Api;
let house: House;

beforeAll(async () => {
  platform = await startPlatform(['rooms', 'housekeeping', 'settings'], { env: { housekeeping: { LOG_LEVEL: 'error' } } });
  desk = platform.api(DEMO, 'operator');
  inside = await platform.internal('housekeeping', DEMO, 'reservations');
  house = await buildHouse(desk, DEMO.propertyId, { rooms: 8, nights: 0 });
});

afterAll(() => platform.stop());

const roomOf = (index: number): string => house.roomIds[index] ?? '';
const act = (task: string, action: string, body: unknown = {}, version?: number): Promise<Answer> => desk.post(`/v1/housekeeping/tasks/${task}/${action}`, body, version === undefined ? {} : { version });
const readiness = async (room: string): Promise<unknown> => made(await inside.get(`/internal/rooms/${room}/readiness`), 200).body;

async function makeTask(room: string, kind = 'deep_clean', more: Record<string, unknown> = {}): Promise<string> {
  return String(made(await desk.post('/v1/housekeeping/tasks', { room_id: room, kind, ...more })).body['id']);
}

async function bringTo(room: string, state: string): Promise<string> {
  const task = await makeTask(room);
  const steps: [string, unknown][] = [['assign', { assigned_to: randomUUID() }], ['start', {}], ['complete', {}], ['inspect', { passed: true }]];
  const order = ['open', 'assigned', 'in_progress', 'done', 'inspected'];
  for (const [action, body] of state === 'cancelled' ? [['cancel', {}] as const] : steps.slice(0, order.indexOf(state))) made(await act(task, action, body), 200);
  return task;
}

describe('a room', () => {
  it('is ready as it is, and is known as soon as it is named', async () => {
    expect(await readiness(roomOf(0))).toEqual({ condition: 'clean', out_of_order: false, occupied: false });
    expect((await inside.get(`/internal/rooms/${randomUUID()}/readiness`)).status).toBe(404);
    const { body } = await desk.get<{ items: { room_id: string }[] }>(`/v1/housekeeping/rooms?property_id=${house.propertyId}&condition=clean&occupied=false&limit=200`);
    expect(body.items).toContainEqual({
      room_id: roomOf(0), property_id: house.propertyId, room_type_id: house.roomTypeId, number: expect.any(String), floor: 1, active: true,
      condition: 'clean', occupied: false, out_of_order: false, version: 1,
    });
  });

  it('changes its condition at its newest version only, never from dirty to inspected, and says so', async () => {
    const path = `/v1/housekeeping/rooms/${roomOf(1)}`;
    expect(await desk.patch(path, { condition: 'dirty' })).toMatchObject({ status: 428 });
    expect(await desk.patch(path, { condition: 'dirty' }, { version: 1 })).toMatchObject({ status: 200, body: { condition: 'dirty', version: 2 } });
    expect(await desk.patch(path, { condition: 'clean' }, { version: 1 })).toMatchObject({ status: 412 });
    expect(await desk.patch(path, { condition: 'inspected' }, { version: 2 })).toMatchObject({ status: 409, body: { code: 'transition_illegal' } });
    expect(await desk.patch(path, { condition: 'dirty' }, { version: 2 })).toMatchObject({ status: 200, body: { version: 2 } });
    expect(await platform.sql('select type, version::int, data->>\'condition\' as condition from housekeeping.outbox where aggregate_id = $1', [roomOf(1)])).toEqual([{ type: 'room_status.changed', version: 2, condition: 'dirty' }]);
  });
});

describe('a task', () => {
  const TABLE: Record<string, Record<string, number>> = {
    open: { assign: 200, start: 409, complete: 409, inspect: 409, cancel: 200 },
    assigned: { assign: 200, start: 200, complete: 409, inspect: 409, cancel: 200 },
    in_progress: { assign: 409, start: 409, complete: 200, inspect: 409, cancel: 200 },
    done: { assign: 409, start: 409, complete: 409, inspect: 200, cancel: 409 },
    inspected: { assign: 409, start: 409, complete: 409, inspect: 409, cancel: 409 },
    cancelled: { assign: 409, start: 409, complete: 409, inspect: 409, cancel: 409 },
  };
  const BODIES: Record<string, unknown> = { assign: { assigned_to: randomUUID() }, inspect: { passed: true } };

  it.each(Object.keys(TABLE))('that is %s takes the actions of the table and no others', async (state) => {
    const answers: Record<string, number> = {};
    for (const action of Object.keys(TABLE[state]!)) {
      const task = await bringTo(roomOf(2), state);
      const { status, body } = await act(task, action, BODIES[action]);
      if (status === 409) expect(body).toMatchObject({ code: 'transition_illegal', detail: expect.stringContaining(state) });
      answers[action] = status;
    }
    expect(answers).toEqual(TABLE[state]);
  });

  it('is begun, finished and cancelled without a body, but not with one that is null', async () => {
    const task = await bringTo(roomOf(1), 'assigned');
    for (const action of ['start', 'complete', 'cancel']) expect(await act(task, action, null)).toMatchObject({ status: 400, body: { code: 'validation_failed', errors: [{ field: '' }] } });
    const response = await fetch(`${platform.urls.housekeeping}/v1/housekeeping/tasks/${task}/start`, { method: 'POST', headers: { authorization: `Bearer ${desk.token}` } });
    expect(response.status).toBe(200);
  });

  it('makes the room clean when done and inspected when inspected, where that is required, and each step is announced', async () => {
    const room = roomOf(3);
    made(await platform.api(DEMO, 'manager').put(`/v1/settings/housekeeping.inspection_required?property_id=${house.propertyId}`, { value: true }, { version: 0 }), 200);
    made(await desk.patch(`/v1/housekeeping/rooms/${room}`, { condition: 'dirty' }, { version: 1 }), 200);
    const task = await makeTask(room, 'deep_clean', { due_date: house.today, note: 'Curtains too' });
    made(await act(task, 'assign', { assigned_to: randomUUID() }), 200);
    made(await desk.post(`/v1/housekeeping/tasks/${task}/start`, undefined), 200);
    expect(await act(task, 'complete', { note: 'Lamp broken' })).toMatchObject({ status: 200, body: { state: 'done', note: 'Lamp broken', version: 4 } });
    expect(await readiness(room)).toMatchObject({ condition: 'clean' });
    expect(await act(task, 'inspect', { passed: false, note: 'Dust' })).toMatchObject({ status: 200, body: { state: 'open', assigned_to: null } });
    expect(await readiness(room)).toMatchObject({ condition: 'dirty' });
    for (const [action, body] of [['assign', { assigned_to: randomUUID() }], ['start', {}], ['complete', {}], ['inspect', { passed: true }]] as const) made(await act(task, action, body), 200);
    expect(await readiness(room)).toMatchObject({ condition: 'inspected' });
    expect((await desk.get(`/v1/housekeeping/tasks/${task}`)).body).toMatchObject({ state: 'inspected', inspections: [{ passed: false, note: 'Dust' }, { passed: true }] });
    const events = await platform.sql<{ type: string; version: number }>('select type, version::int from housekeeping.outbox where aggregate_id = $1 order by sequence', [task]);
    expect(events).toEqual(Array.from({ length: 9 }, (_, index) => ({ type: index === 0 ? 'task.created' : 'task.updated', version: index + 1 })));
  });

  it('names who inspected: the user by id, a service by name, and whom the version before this one has written down', async () => {
    const [mine, byService, before] = [await bringTo(roomOf(1), 'inspected'), await bringTo(roomOf(1), 'done'), await bringTo(roomOf(1), 'done')];
    made(await inside.post(`/v1/housekeeping/tasks/${byService}/inspect`, { passed: true }), 200);
    const user = randomUUID();
    await platform.sql('insert into housekeeping.inspections (tenant_id, task_id, passed, note, inspected_by) values ($1, $2, true, \'\', $3)', [DEMO.id, before, user]);
    const named = async (task: string): Promise<unknown> => (await desk.get<{ inspections: { inspected_by: string }[] }>(`/v1/housekeeping/tasks/${task}`)).body.inspections.map(({ inspected_by }) => inspected_by);
    expect(await named(before)).toEqual([user]);
    expect(await named(byService)).toEqual(['reservations']);
    // Which reads no other column.
    expect(await platform.sql('select inspected_by from housekeeping.inspections where task_id = $1', [mine])).toEqual([{ inspected_by: (await named(mine) as string[])[0] }]);
    expect(await platform.sql('select inspected_by from housekeeping.inspections where task_id = $1', [byService])).toEqual([{ inspected_by: null }]);
  });

  it('makes the room inspected when done where nobody else looks, as it is while settings cannot be asked', async () => {
    await platform.end('settings');
    const [room, task] = [roomOf(4), await bringTo(roomOf(4), 'in_progress')];
    made(await act(task, 'complete'), 200);
    expect(await readiness(room)).toMatchObject({ condition: 'inspected' });
    await platform.start('settings');
  });

  it('is taken by one of many who start it at once, and heeds a version where one is sent', async () => {
    const task = await bringTo(roomOf(4), 'assigned');
    const answers = await Promise.all(Array.from({ length: 12 }, () => act(task, 'start')));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 11 }, () => 409)]);
    expect(await act(task, 'complete', {}, 2)).toMatchObject({ status: 412, body: { code: 'version_outdated' } });
    expect(await act(task, 'complete', {}, 3)).toMatchObject({ status: 200 });
  });

  it('is found by what it is', async () => {
    const [someone, task] = [randomUUID(), await makeTask(roomOf(5), 'custom')];
    made(await act(task, 'assign', { assigned_to: someone }), 200);
    for (const query of [`room_id=${roomOf(5)}`, `assigned_to=${someone}`, `state=assigned&kind=custom&property_id=${house.propertyId}`]) {
      expect((await desk.get(`/v1/housekeeping/tasks?${query}`)).body).toMatchObject({ items: [{ id: task }], next_cursor: null });
    }
    expect((await desk.get(`/v1/housekeeping/tasks?reservation_id=${randomUUID()}`)).body).toEqual({ items: [], next_cursor: null });
  });
});

describe('maintenance', () => {
  it('goes its way from open to resolved at its newest version only', async () => {
    const request = made(await desk.post('/v1/housekeeping/maintenance', { room_id: roomOf(0), title: 'The shower drips', priority: 'urgent' }));
    const path = String(request.headers.get('location'));
    expect(request.body).toMatchObject({ state: 'open', priority: 'urgent', description: '', property_id: house.propertyId });
    expect(await desk.patch(path, { state: 'resolved' })).toMatchObject({ status: 428 });
    expect(await desk.patch(path, { state: 'in_progress', description: 'Plumber called' }, { version: 1 })).toMatchObject({ status: 200, body: { state: 'in_progress', version: 2 } });
    expect(await desk.patch(path, { state: 'cancelled' }, { version: 2 })).toMatchObject({ status: 200 });
    expect(await desk.patch(path, { state: 'open' }, { version: 3 })).toMatchObject({ status: 409, body: { code: 'transition_illegal' } });
    expect((await desk.get(path)).body).toMatchObject({ state: 'cancelled', version: 3 });
    expect((await desk.get(`/v1/housekeeping/maintenance?room_id=${roomOf(0)}&state=cancelled`)).body).toMatchObject({ items: [{ title: 'The shower drips' }] });
  });
});

describe('out of order', () => {
  const put = (room: string, from: number, to: number, more: Record<string, unknown> = {}): Promise<Answer> =>
    desk.post('/v1/housekeeping/out-of-order', { room_id: room, from: addDays(house.today, from), to: addDays(house.today, to), reason: 'Water damage', ...more });

  it('is once a night for a room, from and to the day, and is told to the desk', async () => {
    const room = roomOf(6);
    const first = made(await put(room, 0, 3));
    expect(await readiness(room)).toMatchObject({ out_of_order: true });
    expect(await put(room, 2, 5)).toMatchObject({ status: 409, body: { code: 'already_out_of_order' } });
    made(await put(room, 3, 4));
    made(await put(roomOf(7), 2, 5));
    const path = String(first.headers.get('location'));
    expect([(await desk.delete(path)).status, (await desk.delete(path)).status]).toEqual([204, 204]);
    expect(await readiness(room)).toMatchObject({ out_of_order: false });
    made(await put(room, 0, 3));
    const { body } = await desk.get<{ items: unknown[] }>(`/v1/housekeeping/out-of-order?room_id=${room}`);
    expect([body.items.length, (await desk.get<{ items: unknown[] }>(`/v1/housekeeping/out-of-order?room_id=${room}&cleared=true`)).body.items.length]).toEqual([2, 3]);
    const events = await platform.sql('select type, version::int, data - \'id\' as data from housekeeping.outbox where aggregate_id = $1 order by sequence', [first.body['id']]);
    const data = { room_id: room, room_type_id: house.roomTypeId, property_id: house.propertyId, from: house.today, to: addDays(house.today, 3) };
    expect(events).toEqual([{ type: 'out_of_order.set', version: 1, data }, { type: 'out_of_order.cleared', version: 2, data }]);
  });

  it('is set by one of many at once', async () => {
    const answers = await Promise.all(Array.from({ length: 16 }, (_, index) => put(roomOf(5), 10 + (index % 3), 14)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 15 }, () => 409)]);
  });

  it.each([['no night', 3, 3], ['a negative range', 3, 1], ['nights that are over', -3, 0], ['too many', 0, 1_101]])('is refused for %s', async (_name, from, to) => {
    expect(await put(roomOf(0), from, to)).toMatchObject({ status: 400, body: { code: 'range_invalid' } });
  });

  it('names a maintenance request of the same room', async () => {
    const { body: { id } } = made(await desk.post('/v1/housekeeping/maintenance', { room_id: roomOf(0), title: 'Mould' }));
    expect((await put(roomOf(1), 40, 41, { maintenance_id: id })).status).toBe(404);
    expect(await put(roomOf(0), 40, 41, { maintenance_id: id })).toMatchObject({ status: 201, body: { maintenance_id: id } });
  });
});

describe('attacks on the tenant', () => {
  it('find none of another\'s resources on any route', async () => {
    const stranger = platform.api(OTHER, 'manager');
    const task = await bringTo(roomOf(0), 'assigned');
    const request = String(made(await desk.post('/v1/housekeeping/maintenance', { room_id: roomOf(0), title: 'Secret' })).body['id']);
    const nights = { room_id: roomOf(0), from: addDays(house.today, 60), to: addDays(house.today, 61), reason: 'x' };
    const blocked = String(made(await desk.post('/v1/housekeeping/out-of-order', nights)).body['id']);
    const missing = [
      await stranger.patch(`/v1/housekeeping/rooms/${roomOf(0)}`, { condition: 'dirty' }, { version: 1 }),
      await stranger.post('/v1/housekeeping/tasks', { room_id: roomOf(0), kind: 'custom' }), await stranger.get(`/v1/housekeeping/tasks/${task}`),
      ...await Promise.all(['start', 'complete', 'cancel'].map((action) => stranger.post(`/v1/housekeeping/tasks/${task}/${action}`))),
      await stranger.post(`/v1/housekeeping/tasks/${task}/assign`, { assigned_to: randomUUID() }), await stranger.post(`/v1/housekeeping/tasks/${task}/inspect`, { passed: true }),
      await stranger.post('/v1/housekeeping/out-of-order', { ...nights, from: addDays(house.today, 70), to: addDays(house.today, 71) }), await stranger.delete(`/v1/housekeeping/out-of-order/${blocked}`),
      await stranger.post('/v1/housekeeping/maintenance', { room_id: roomOf(0), title: 'x' }), await stranger.get(`/v1/housekeeping/maintenance/${request}`),
      await stranger.patch(`/v1/housekeeping/maintenance/${request}`, { state: 'cancelled' }, { version: 1 }),
      await (await platform.internal('housekeeping', OTHER, 'reservations')).get(`/internal/rooms/${roomOf(0)}/readiness`),
    ];
    expect(missing.map(({ status }) => status)).toEqual(missing.map(() => 404));
    for (const list of ['rooms', 'tasks', 'out-of-order', 'maintenance']) {
      expect((await stranger.get(`/v1/housekeeping/${list}?property_id=${house.propertyId}`)).body).toEqual({ items: [], next_cursor: null });
    }
  });

  it('are refused to who may only read, and internal routes to all but services', async () => {
    const viewer = platform.api(DEMO, 'viewer');
    const task = await makeTask(roomOf(0));
    const refused = [
      await viewer.patch(`/v1/housekeeping/rooms/${roomOf(0)}`, { condition: 'dirty' }, { version: 1 }), await viewer.post('/v1/housekeeping/tasks', { room_id: roomOf(0), kind: 'custom' }),
      ...await Promise.all(['start', 'complete', 'cancel'].map((action) => viewer.post(`/v1/housekeeping/tasks/${task}/${action}`))),
      await viewer.post('/v1/housekeeping/out-of-order', { room_id: roomOf(0), from: house.today, to: addDays(house.today, 1), reason: 'x' }), await viewer.delete(`/v1/housekeeping/out-of-order/${task}`),
      await viewer.post('/v1/housekeeping/maintenance', { room_id: roomOf(0), title: 'x' }),
    ];
    expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 403));
    const response = await fetch(`${platform.urls.housekeeping}/internal/rooms/${roomOf(0)}/readiness`, { headers: { authorization: `Bearer ${desk.token}` } });
    expect(response.status).toBe(403);
  });

  it('end at forced row level security in every table', async () => {
    expect(await platform.sql(`select relname from pg_class where relnamespace = 'housekeeping'::regnamespace and relkind in ('r', 'p')
      and relname not like '%migrations' and not (relrowsecurity and relforcerowsecurity)`)).toEqual([]);
    const policies = await platform.sql<{ tablename: string }>(`select tablename from pg_policies where schemaname = 'housekeeping' and policyname = 'tenant'`);
    expect(policies.map(({ tablename }) => tablename)).toEqual(expect.arrayContaining(['properties', 'rooms', 'tasks', 'inspections', 'maintenance_requests', 'out_of_order']));
  });
});
