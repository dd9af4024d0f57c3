import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DEMO, OTHER, startPlatform } from './platform.ts';
import type { Answer, Api, Platform } from './platform.ts';

let platform: Platform;
let desk: Api;
let manager: Api;

beforeAll(async () => {
  platform = await startPlatform(['guests', 'command-center'], { programs: ['guests', 'command-center'] });
  desk = platform.api(DEMO, 'operator');
  manager = platform.api(DEMO, 'manager');
});

afterAll(() => platform.stop());

afterEach(async () => {
  // What one test left undone must not run into the next.
  await platform.sql('update command_center.commands set status = \'cancelled\', lease_until = null, finished_at = now() where status in (\'queued\', \'running\')');
});

interface Command {
  id: string;
  status: string;
  attempts: number;
  answer: Record<string, unknown> | null;
  problem: Record<string, unknown> | null;
}
interface Accepted {
  batch_id: string;
  commands: Command[];
}

const send = (commands: unknown[], options: { key?: string; api?: Api; run_at?: string } = {}): Promise<Answer<Accepted>> =>
  (options.api ?? desk).post('/v1/commands', { commands, ...(options.run_at === undefined ? {} : { run_at: options.run_at }) }, { key: options.key ?? randomUUID() });

async function makeGuest(name: string): Promise<string> {
  return String((await desk.post('/v1/guests', { last_name: name })).body['id']);
}

async function inEnd(id: string): Promise<Command> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const { body } = await desk.get<Command>(`/v1/commands/${id}`);
    if (['succeeded', 'failed', 'cancelled'].includes(body.status)) return body;
    if (Date.now() > deadline) throw new Error(`still ${body.status}: ${JSON.stringify(body)}`);
    await sleep(50);
  }
}

async function first(answer: Promise<Answer<Accepted>>): Promise<Command> {
  const { status, body } = await answer;
  expect(status, JSON.stringify(body)).toBe(202);
  return body.commands[0] as Command;
}

const merge = (from: string, into: string): object => ({ command: 'guest.merge', target: from, payload: { into } });

describe('a command', () => {
  it('is accepted at once, carried out, and shows the service\'s answer', async () => {
    const [from, into] = [await makeGuest('Von'), await makeGuest('Nach')];
    const { id } = await first(send([merge(from, into)]));
    expect(await inEnd(id)).toMatchObject({ status: 'succeeded', attempts: 1, answer: { id: into, version: 2 }, problem: null });
    expect((await desk.get(`/v1/guests/${from}`)).body).toMatchObject({ status: 'merged', merged_into: into });
    expect(await platform.sql('select data ->> \'status\' as status from command_center.outbox where aggregate_id = $1', [id])).toEqual([{ status: 'succeeded' }]);
  });

  it('that the service refuses fails with its reason, and can be replayed when the reason is gone', async () => {
    const [from, into] = [await makeGuest('Von'), randomUUID()];
    const { id } = await first(send([merge(from, into)]));
    expect(await inEnd(id)).toMatchObject({ status: 'failed', attempts: 1, problem: { status: 404, code: 'not_found' } });
    await platform.sql('insert into guests.guests (tenant_id, id, last_name) values ($1, $2, $3)', [DEMO.id, into, 'Spät']);
    expect(await desk.post(`/v1/commands/${id}/replay`)).toMatchObject({ status: 200 });
    expect(await inEnd(id)).toMatchObject({ status: 'succeeded' });
    expect(await desk.post(`/v1/commands/${id}/replay`)).toMatchObject({ status: 409, body: { code: 'transition_illegal' } });
  });

  it('is not replayed when the services no longer know whether it took effect', async () => {
    const { id } = await first(send([merge(await makeGuest('Von'), randomUUID())]));
    expect(await inEnd(id)).toMatchObject({ status: 'failed' });
    await platform.sql('update command_center.commands set created_at = now() - interval \'2 days\', run_at = now() - interval \'2 days\' where id = $1', [id]);
    expect(await desk.post(`/v1/commands/${id}/replay`)).toMatchObject({ status: 409, body: { code: 'replay_too_late' } });
  });

  it('that ended long ago is forgotten', async () => {
    const [old, recent] = [await first(send([merge(await makeGuest('Von'), randomUUID())])), await first(send([merge(await makeGuest('Von'), randomUUID())]))];
    await Promise.all([inEnd(old.id), inEnd(recent.id)]);
    await platform.sql('update command_center.commands set finished_at = now() - interval \'91 days\' where id = $1', [old.id]);
    await platform.end('command-center');
    await platform.start('command-center');
    await expect.poll(async () => (await desk.get(`/v1/commands/${old.id}`)).status, { timeout: 10_000 }).toBe(404);
    expect((await desk.get(`/v1/commands/${recent.id}`)).status).toBe(200);
  });

  it('waits for a service that is down and is done when it is back', async () => {
    const [from, into] = [await makeGuest('Von'), await makeGuest('Nach')];
    await platform.end('guests', 'killed');
    const { id } = await first(send([merge(from, into)]));
    await expect.poll(async () => (await desk.get<Command>(`/v1/commands/${id}`)).body, { timeout: 10_000 }).toMatchObject({ status: 'queued', problem: { code: 'guests_unavailable' } });
    await platform.start('guests');
    expect(await inEnd(id)).toMatchObject({ status: 'succeeded', problem: null });
  });

  it('takes effect once though its worker is killed and another takes over', async () => {
    const [from, into] = [await makeGuest('Von'), await makeGuest('Nach')];
    const { id } = await first(send([merge(from, into)]));
    await inEnd(id);
    // As a worker leaves it that died after the service had done it and before it was written down.
    await platform.sql('update command_center.commands set status = \'running\', lease_until = now() - interval \'1 second\', finished_at = null, answer = null where id = $1', [id]);
    expect(await inEnd(id)).toMatchObject({ status: 'succeeded', attempts: 2, answer: { id: into, version: 2 } });
    expect((await desk.get(`/v1/guests/${into}`)).body).toMatchObject({ version: 2 });
  });

  it('is not lost though command center itself is killed', async () => {
    const guests = await Promise.all(Array.from({ length: 20 }, (_, index) => makeGuest(`Viele ${index}`)));
    const into = await makeGuest('Eine');
    const { body } = await send(guests.map((from) => merge(from, into)));
    await platform.end('command-center', 'killed');
    await platform.sql('update command_center.commands set lease_until = now() where status = \'running\'');
    await platform.start('command-center');
    const ends = await Promise.all(body.commands.map(({ id }) => inEnd(id)));
    expect(new Set(ends.map(({ status }) => status))).toEqual(new Set(['succeeded']));
    expect((await desk.get(`/v1/guests/${into}`)).body).toMatchObject({ version: 21 });
  });
});

describe('many commands', () => {
  it('for one target are done one after the other, in their order', async () => {
    const [one, two, three] = [await makeGuest('Eins'), await makeGuest('Zwei'), await makeGuest('Drei')];
    const { body } = await send([merge(one, two), merge(one, three)]);
    const [done, late] = await Promise.all(body.commands.map(({ id }) => inEnd(id)));
    expect(done).toMatchObject({ status: 'succeeded' });
    expect(late).toMatchObject({ status: 'failed', problem: { code: 'guest_merged' } });
    expect((await desk.get<{ items: Command[] }>(`/v1/commands?batch_id=${body.batch_id}`)).body.items.map(({ id }) => id)).toEqual(body.commands.map(({ id }) => id).reverse());
  });

  it('are accepted once for one key', async () => {
    const key = randomUUID();
    const commands = [merge(await makeGuest('Von'), await makeGuest('Nach'))];
    const [once, again] = [await send(commands, { key }), await send(commands, { key })];
    expect(again.body.batch_id).toBe(once.body.batch_id);
    expect(await desk.post('/v1/commands', { commands })).toMatchObject({ status: 400, body: { code: 'idempotency_key_missing' } });
  });

  it('are refused together when one is wrong, and every fault is named', async () => {
    const good = merge(await makeGuest('Von'), await makeGuest('Nach'));
    const answer = await send([good, { command: 'guest.explode' }, { command: 'guest.merge', payload: { into: 'x', by: 1 } }, { command: 'reservation.change', target: randomUUID(), payload: {} }]);
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    const fields = (answer.body as unknown as { errors: { field: string }[] }).errors.map(({ field }) => field);
    expect(fields).toEqual(expect.arrayContaining(['/commands/1/command', '/commands/2/target', '/commands/2/payload/into', '/commands/2/payload/by', '/commands/3/if_version', '/commands/3/payload']));
    expect((await desk.get<{ items: Command[] }>('/v1/commands?status=queued')).body.items).toEqual([]);
  });
});

describe('who may command', () => {
  it('is asked again when a command is replayed', async () => {
    const target = await makeGuest('Bleibt');
    const { id } = await first(send([{ command: 'guest.erase', target }], { api: manager }));
    await inEnd(id);
    await platform.sql('update command_center.commands set status = \'failed\' where id = $1', [id]);
    expect(await desk.post(`/v1/commands/${id}/replay`)).toMatchObject({ status: 403, body: { code: 'role_insufficient' } });
  });

  it('is a writer, and for some commands a manager', async () => {
    const target = await makeGuest('Weg');
    const erase = { command: 'guest.erase', target };
    expect(await send([erase], { api: platform.api(DEMO, 'viewer') })).toMatchObject({ status: 403 });
    expect(await send([erase])).toMatchObject({ status: 403, body: { code: 'role_insufficient' } });
    expect(await inEnd((await first(send([erase], { api: manager }))).id)).toMatchObject({ status: 'succeeded', answer: { status: 'erased' } });
  });

  it('is somebody of the tenant: another tenant\'s command is unknown, and its target is, too', async () => {
    const target = await makeGuest('Unser');
    const stranger = platform.api(OTHER, 'manager');
    const { id } = await first(send([{ command: 'guest.erase', target }], { api: stranger }));
    await expect.poll(async () => (await stranger.get<Command>(`/v1/commands/${id}`)).body.status).toBe('failed');
    expect((await desk.get(`/v1/guests/${target}`)).body).toMatchObject({ status: 'active' });
    for (const path of [`/v1/commands/${id}`]) expect((await desk.get(path)).status).toBe(404);
    for (const action of ['cancel', 'replay']) expect((await desk.post(`/v1/commands/${id}/${action}`)).status).toBe(404);
  });
});

describe('a command for later', () => {
  it('waits for its time and can be cancelled until then', async () => {
    const command = merge(await makeGuest('Von'), await makeGuest('Nach'));
    const soon = await first(send([command], { run_at: new Date(Date.now() + 1_500).toISOString() }));
    const later = await first(send([command], { run_at: new Date(Date.now() + 3_600_000).toISOString() }));
    expect((await desk.get(`/v1/commands/${soon.id}`)).body).toMatchObject({ status: 'queued', attempts: 0 });
    expect(await desk.post(`/v1/commands/${later.id}/cancel`)).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    expect(await desk.post(`/v1/commands/${later.id}/cancel`)).toMatchObject({ status: 409, body: { code: 'transition_illegal' } });
    expect(await inEnd(soon.id)).toMatchObject({ status: 'succeeded' });
  });
});

describe('a schedule', () => {
  it('makes its command when it is due, once, and makes up for missed runs by one', async () => {
    const guest = await makeGuest('Von');
    const schedule = await desk.post('/v1/schedules', { name: 'Nightly', cron: '0 3 * * *', time_zone: 'Asia/Tokyo', command: 'guest.merge', target: guest, payload: { into: await makeGuest('Nach') } });
    expect(schedule).toMatchObject({ status: 201, body: { name: 'Nightly', last_run_at: null } });
    const id = String(schedule.body['id']);
    await platform.sql('update command_center.schedules set next_run_at = now() - interval \'3 days\' where id = $1', [id]);
    const made = () => platform.sql('select status from command_center.commands where schedule_id = $1', [id]);
    await expect.poll(made, { timeout: 10_000 }).toEqual([{ status: 'succeeded' }]);
    expect(new Date(String((await desk.get(`/v1/schedules/${id}`)).body['next_run_at'])).getTime()).toBeGreaterThan(Date.now());
    await sleep(1_500);
    expect(await made()).toHaveLength(1);
    expect(await desk.post('/v1/schedules', { name: 'Nightly', cron: '0 4 * * *', time_zone: 'Asia/Tokyo', command: 'guest.merge', target: guest, payload: { into: guest } })).toMatchObject({ status: 409, body: { code: 'schedule_name_taken' } });
    expect(await desk.delete(`/v1/schedules/${id}`)).toMatchObject({ status: 204 });
    expect(await desk.get(`/v1/schedules/${id}`)).toMatchObject({ status: 404 });
  });

  it.each([
    ['a wrong expression', { cron: '0 3 * *' }, 400], ['a zone that is none', { time_zone: 'Berlin' }, 400], ['a wrong payload', { payload: {} }, 400],
    ['a command with a version', { command: 'reservation.change', payload: { adults: 1 } }, 422],
  ])('with %s is refused', async (_name, wrong, status) => {
    const body = { name: 'Wrong', cron: '0 3 * * *', time_zone: 'Asia/Tokyo', command: 'guest.merge', target: randomUUID(), payload: { into: randomUUID() }, ...wrong };
    expect((await desk.post('/v1/schedules', body)).status).toBe(status);
  });
});
