import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO, OTHER, startPlatform } from './platform.ts';
import type { Answer, Api, Platform } from './platform.ts';

let platform: Platform;
let desk: Api;
let manager: Api;

beforeAll(async () => {
  platform = await startPlatform(['guests']);
  desk = platform.api(DEMO, 'operator');
  manager = platform.api(DEMO, 'manager');
});

afterAll(() => platform.stop());

async function make(guest: Record<string, unknown>): Promise<string> {
  const { status, body } = await desk.post('/v1/guests', guest);
  expect(status, JSON.stringify(body)).toBe(201);
  return String(body['id']);
}

async function namesFound(q: string, api = desk): Promise<string[]> {
  const { body } = await api.get<{ items: { last_name: string }[] }>(`/v1/guests?q=${encodeURIComponent(q)}`);
  return body.items.map(({ last_name }) => last_name);
}

const statuses = (answers: readonly Answer[]): number[] => answers.map(({ status }) => status).sort();

describe('profiles', () => {
  it('are kept as given, with what was not given empty', async () => {
    const given = { first_name: 'Zoë', last_name: 'D’Arcy "O\'Neil"; drop table guests --', email: 'Zoe@Example.com', nationality: 'IE', language: 'en-IE', birth_date: '1992-02-29', address: { city: 'Cork', country: 'IE' } };
    const made = await desk.post('/v1/guests', given);
    expect(made).toMatchObject({ status: 201, body: { ...given, phone: null, vip: false, notes: '', preferences: {}, status: 'active', version: 1 } });
    const read = await desk.get(String(made.headers.get('location')));
    expect([read.body, read.headers.get('etag')]).toEqual([made.body, '"1"']);
  });

  it.each([
    ['a name of blanks', { last_name: '  ' }, '/last_name'],
    ['a day that never was', { last_name: 'X', birth_date: '2023-02-29' }, '/birth_date'],
    ['a country that is none', { last_name: 'X', nationality: 'ZZ' }, '/nationality'],
    ['a language that is none', { last_name: 'X', language: 'en_US' }, '/language'],
    ['a phone of letters', { last_name: 'X', phone: 'call me' }, '/phone'],
    ['another tenant', { last_name: 'X', tenant_id: OTHER.id }, '/tenant_id'],
  ])('refuse %s and name the field', async (_name, body, field) => {
    const answer = await desk.post<{ errors?: { field: string }[] }>('/v1/guests', body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors?.map((error) => error.field)).toContain(field);
  });

  it('are made once for one idempotency key, however often and at once it is sent', async () => {
    const key = randomUUID();
    const guest = { last_name: 'Einmal' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => desk.post('/v1/guests', guest, { key })));
    expect(new Set(statuses(answers))).toEqual(new Set(answers.some(({ status }) => status === 409) ? [201, 409] : [201]));
    expect(await namesFound('einmal')).toEqual(['Einmal']);
    expect(await desk.post('/v1/guests', { last_name: 'Zweimal' }, { key })).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
  });

  it('are found by the beginning of a name or address, without case and accents', async () => {
    await make({ first_name: 'Jürgen', last_name: 'Groß', email: 'jg@example.org' });
    await make({ first_name: 'Jurij', last_name: 'Grossman' });
    for (const q of ['gross', 'GROSS jur', 'jür gro', 'groß']) {
      expect((await namesFound(q)).sort()).toEqual(['Grossman', 'Groß']);
    }
    expect(await namesFound('jg@example')).toEqual(['Groß']);
    expect(await namesFound('ross')).toEqual([]);
    expect(await namesFound('%')).toEqual([]);
    expect(await namesFound('gross', platform.api(OTHER, 'manager'))).toEqual([]);
  });

  it('are changed at their newest version only, and each change is announced', async () => {
    const id = await make({ last_name: 'Wandel' });
    expect(await desk.patch(`/v1/guests/${id}`, { vip: true }, { version: 1 })).toMatchObject({ status: 200, body: { vip: true, last_name: 'Wandel', version: 2 } });
    expect(await desk.put(`/v1/guests/${id}/preferences`, { bed: 'twin', dietary: ['vegan'] }, { version: 2 })).toMatchObject({ status: 200, body: { vip: true, preferences: { bed: 'twin' }, version: 3 } });
    const answers = await Promise.all(['a', 'b', 'c'].map((notes) => desk.patch(`/v1/guests/${id}`, { notes }, { version: 3 })));
    expect(statuses(answers)).toEqual([200, 412, 412]);
    expect(await platform.sql('select type, version from guests.outbox where aggregate_id = $1 order by sequence', [id])).toEqual([
      { type: 'guest.created', version: '1' }, { type: 'guest.updated', version: '2' }, { type: 'guest.updated', version: '3' }, { type: 'guest.updated', version: '4' },
    ]);
  });
});

describe('merging', () => {
  it('leaves one profile that knows all, and leads from the other to it', async () => {
    const [first, second, third] = [await make({ last_name: 'Eins', phone: '+49 1234 5678' }), await make({ last_name: 'Zwei', email: 'zwei@example.com' }), await make({ last_name: 'Drei' })];
    await desk.put(`/v1/guests/${first}/consents/profiling`, { granted: true, source: 'form' });
    expect(await desk.post(`/v1/guests/${first}/merge`, { into: second })).toMatchObject({ status: 200, body: { id: second, last_name: 'Zwei', phone: '+49 1234 5678', version: 2 } });
    expect(await desk.post(`/v1/guests/${second}/merge`, { into: third })).toMatchObject({ status: 200, body: { id: third, email: 'zwei@example.com', phone: '+49 1234 5678' } });
    const internal = await platform.internal('guests', DEMO, 'reservations');
    for (const id of [first, second, third]) {
      expect((await internal.get(`/internal/guests/${id}`)).body).toMatchObject({ id: third });
    }
    expect(await platform.sql('select guest_id from guests.consents')).toEqual([{ guest_id: third }]);
    expect(await desk.patch(`/v1/guests/${first}`, { vip: true }, { version: 2 })).toMatchObject({ status: 409, body: { code: 'guest_merged' } });
    expect(await platform.sql('select data from guests.outbox where type = $1 order by sequence', ['guest.merged'])).toEqual([{ data: { from: first, into: second } }, { data: { from: second, into: third } }]);
  });

  it('of two the wrong way round at once, one wins and none hangs', async () => {
    const [one, other] = [await make({ last_name: 'Hin' }), await make({ last_name: 'Her' })];
    const answers = await Promise.all([desk.post(`/v1/guests/${one}/merge`, { into: other }), desk.post(`/v1/guests/${other}/merge`, { into: one })]);
    expect(statuses(answers)).toEqual([200, 409]);
  });

  it('is refused into itself, into nobody and into another tenant\'s guest', async () => {
    const id = await make({ last_name: 'Allein' });
    const foreign = await platform.api(OTHER, 'operator').post('/v1/guests', { last_name: 'Fremd' });
    expect(await desk.post(`/v1/guests/${id}/merge`, { into: id })).toMatchObject({ status: 422, body: { code: 'merge_with_itself' } });
    expect(await desk.post(`/v1/guests/${id}/merge`, { into: randomUUID() })).toMatchObject({ status: 404 });
    expect(await desk.post(`/v1/guests/${id}/merge`, { into: foreign.body['id'] })).toMatchObject({ status: 404 });
  });
});

describe('erasing', () => {
  it('leaves nothing of the person, in merged profiles neither, and is a manager\'s to do', async () => {
    const id = await make({ first_name: 'Vera', last_name: 'Gessen', email: 'vera@example.com', notes: 'left-handed' });
    const former = await make({ last_name: 'Gessen-Alt', phone: '0301234567' });
    await desk.post(`/v1/guests/${former}/merge`, { into: id });
    expect(await desk.post(`/v1/guests/${id}/erase`)).toMatchObject({ status: 403 });
    expect(await manager.post(`/v1/guests/${id}/erase`)).toMatchObject({ status: 200, body: { status: 'erased', last_name: '', email: null, phone: null } });
    const rows = await platform.sql('select * from guests.guests where id = $1 or merged_into = $1', [id]);
    expect(rows).toHaveLength(2);
    expect(JSON.stringify(rows)).not.toMatch(/vera|gessen|left-handed|0301234567/i);
    expect(await namesFound('gessen')).toEqual([]);
    expect(await manager.post(`/v1/guests/${id}/erase`)).toMatchObject({ status: 409, body: { code: 'guest_erased' } });
    expect(await platform.sql('select data from guests.outbox where type = $1 and aggregate_id = $2', ['guest.erased', id])).toEqual([{ data: { id } }]);
  });
});

describe('consents', () => {
  it('are kept one after the other, with who recorded them', async () => {
    const id = await make({ last_name: 'Ja-Nein' });
    for (const granted of [true, false]) {
      expect(await desk.put(`/v1/guests/${id}/consents/marketing_email`, { granted, source: 'phone' })).toMatchObject({ status: 200, body: { granted } });
    }
    expect(await platform.sql('select granted, recorded_by is not null as recorded from guests.consents where guest_id = $1 order by id', [id])).toEqual([{ granted: true, recorded: true }, { granted: false, recorded: true }]);
    expect(await desk.put(`/v1/guests/${id}/consents/all`, { granted: true, source: 'x' })).toMatchObject({ status: 400 });
  });

  it('cannot be changed or taken away by the service\'s role', async () => {
    for (const statement of ['update guests.consents set granted = true', 'delete from guests.consents']) {
      await expect(platform.sql(`set role guests_app; ${statement}`)).rejects.toThrow('permission denied');
      await platform.sql('reset role');
    }
  });
});

describe('exporting', () => {
  it('is not given in part: a service that does not answer is named', async () => {
    const id = await make({ last_name: 'Auskunft' });
    expect(await desk.get(`/v1/guests/${id}/export`)).toMatchObject({ status: 503, body: { code: expect.stringMatching(/^(reservations|billing)_unavailable$/) as string } });
  });
});

describe('another tenant', () => {
  it('finds no guest of ours by any route', async () => {
    const id = await make({ last_name: 'Geheim' });
    const stranger = platform.api(OTHER, 'manager');
    const answers = await Promise.all([
      stranger.get(`/v1/guests/${id}`), stranger.patch(`/v1/guests/${id}`, { vip: true }, { version: 1 }), stranger.put(`/v1/guests/${id}/preferences`, {}, { version: 1 }),
      stranger.put(`/v1/guests/${id}/consents/profiling`, { granted: true, source: 'x' }), stranger.post(`/v1/guests/${id}/erase`), stranger.get(`/v1/guests/${id}/export`),
      (await platform.internal('guests', OTHER)).get(`/internal/guests/${id}`),
    ]);
    expect(statuses(answers)).toEqual([404, 404, 404, 404, 404, 404, 404]);
    expect(await namesFound('geheim', stranger)).toEqual([]);
  });

  it('a viewer reads and does not write', async () => {
    const viewer = platform.api(DEMO, 'viewer');
    expect((await viewer.get('/v1/guests')).status).toBe(200);
    expect(await viewer.post('/v1/guests', { last_name: 'X' })).toMatchObject({ status: 403, body: { code: 'role_insufficient' } });
  });
});
