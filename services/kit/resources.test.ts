import { Type } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { Value } from '@sinclair/typebox/value';
import fc from 'fast-check';
import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';
import { sendError } from './answer-error.ts';
import {
  AmountMinor, Currency, Id, LocalDate, Moment, PageQuery, addDays, choice, decodeCursor, encodeCursor, isLocalDate, nightsBetween, nightsOf, nullable, pageOf, requireMatch, sendWithETag, toPage,
} from './resources.ts';
import { compileValidator } from './validation.ts';

const dates = fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9990-12-31T00:00:00Z'), noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10));

describe('dates', () => {
  it.each(['2024-02-29', '2000-02-29', '1999-12-31', '9999-12-31', '0001-01-01'])('%s is one', (text) => expect(isLocalDate(text)).toBe(true));

  it.each(['2023-02-29', '1900-02-29', '2024-02-30', '2024-04-31', '2024-13-01', '2024-00-10', '2024-01-00', '0000-01-01', '10000-01-01', '24-01-01', '2024-1-1', '2024-01-01T00:00:00Z', ' 2024-01-01', '２０２４-01-01', ''])(
    '%j is none', (text) => expect(isLocalDate(text)).toBe(false));

  it('are counted across leap days and the ends of years', () => {
    expect(nightsOf('2024-02-28', '2024-03-01')).toEqual(['2024-02-28', '2024-02-29']);
    expect(nightsOf('2023-02-28', '2023-03-01')).toEqual(['2023-02-28']);
    expect(nightsOf('2099-12-31', '2100-01-02')).toEqual(['2099-12-31', '2100-01-01']);
    expect(addDays('2100-02-28', 1)).toBe('2100-03-01');
    expect(addDays('2024-12-31', 1)).toBe('2025-01-01');
  });

  it('are whole days, whatever clocks do that night', () => {
    // Summer time begins and ends; Samoa left this day out.
    for (const night of ['2027-03-28', '2027-10-31', '2011-12-30']) {
      expect(nightsBetween(addDays(night, -1), addDays(night, 1))).toBe(2);
    }
  });

  it('come back when days are added and taken away, and sort as texts', () => {
    fc.assert(fc.property(dates, fc.integer({ min: 0, max: 3_000 }), (date, days) => {
      const later = addDays(date, days);
      expect(addDays(later, -days)).toBe(date);
      expect(nightsBetween(date, later)).toBe(days);
      expect(later >= date).toBe(true);
    }));
  });

  it('of a stay are each night once, the departure not among them', () => {
    fc.assert(fc.property(dates, fc.integer({ min: -5, max: 400 }), (first, length) => {
      const arrival = addDays(first, 5);
      const departure = addDays(arrival, length);
      const nights = nightsOf(arrival, departure);
      expect(nights).toHaveLength(Math.max(0, length));
      expect(new Set(nights).size).toBe(nights.length);
      expect(nights).toEqual([...nights].sort());
      expect(nights).not.toContain(departure);
      expect(nights.every(isLocalDate)).toBe(true);
    }), { examples: [['2024-02-20', 20], ['2023-12-20', 30]] });
  });

  it.each([['2023-02-29', 1], ['9999-12-31', 1], ['0001-01-01', -1], ['2024-01-01', Infinity]])('%s and %s days is refused', (date, days) => {
    expect(() => addDays(date, days)).toThrow(RangeError);
  });
});

describe('schemas', () => {
  it.each([
    [LocalDate, '2024-02-29', '2023-02-29'],
    [Id, '0199aaaa-0000-7000-8000-0000000000f1', '0199aaaa'],
    [Currency, 'EUR', 'EURO'],
    [AmountMinor, -12_900, 129.5],
    [AmountMinor, 900_000_000_000, Number.MAX_SAFE_INTEGER],
    [Moment, '2027-05-01T14:00:00.123456+02:00', '2027-02-30T14:00:00Z'],
    [Moment, '2027-05-01T14:00:00Z', '2027-05-01T24:61:00Z'],
  ])('%j takes %j and not %j', (schema, right, wrong) => {
    expect([Value.Check(schema, right), Value.Check(schema, wrong)]).toEqual([true, false]);
    expect((schema['examples'] as unknown[]).every((example) => Value.Check(schema, example))).toBe(true);
  });
});

describe('choice and nullable', () => {
  const Status = choice(['clean', 'dirty']);
  const schema = Type.Object({ status: Status, room: nullable(Id), was: nullable(Status), inner: nullable(Type.Object({ beds: Type.Integer() })) });
  const right = { status: 'clean', room: null, was: null, inner: null };

  it.each<[object, boolean]>([
    [right, true], [{ ...right, room: '0199aaaa-0000-7000-8000-0000000000f1', was: 'dirty', inner: { beds: 2 } }, true],
    [{ ...right, status: null }, false], [{ ...right, status: 'Clean' }, false], [{ ...right, room: 'x' }, false], [{ ...right, was: 'x' }, false], [{ ...right, inner: { beds: 'x' } }, false],
  ])('%j is %s', (value, expected) => {
    expect([Value.Check(schema, value), TypeCompiler.Compile(schema).Check(value)]).toEqual([expected, expected]);
  });

  it('are written as JSON Schema has them', () => {
    expect(JSON.parse(JSON.stringify(nullable(Status)))).toMatchObject({ type: ['string', 'null'], enum: ['clean', 'dirty', null] });
    expect(() => nullable(Type.Union([Type.String(), Type.Integer()]))).toThrow('one type');
  });

  it('answer as they are, and name what is expected when wrong', async () => {
    const app = fastify();
    app.setErrorHandler(sendError).setValidatorCompiler(compileValidator);
    app.post('/', { schema: { body: schema, response: { 200: schema } } }, (request) => request.body);
    expect((await app.inject({ method: 'POST', url: '/', payload: right })).json()).toEqual(right);
    const wrong = await app.inject({ method: 'POST', url: '/', payload: { ...right, status: 'x', room: 'x' } });
    expect(wrong.json()).toMatchObject({ errors: [{ field: '/status', message: 'Expected one of clean, dirty' }, { field: '/room', message: 'Expected null or what is described: a UUID' }] });
  });
});

describe('pages', () => {
  const items = [1, 2, 3].map((n) => ({ id: `id-${n}`, n }));

  it('say where the next one begins, if there is one', () => {
    expect(toPage(items, 2)).toEqual({ items: items.slice(0, 2), next_cursor: 'id-2' });
    expect(toPage(items, 3)).toEqual({ items, next_cursor: null });
    expect(toPage([], 3)).toEqual({ items: [], next_cursor: null });
    expect(toPage(items, 1, ({ n }) => `after ${n}`).next_cursor).toBe('after 1');
    expect(Value.Check(pageOf(Type.Object({ id: Type.String() })), toPage(items, 2))).toBe(true);
    expect(Value.Default(PageQuery, {})).toEqual({ limit: 50 });
  });

  const Key = Type.Tuple([LocalDate, Id]);

  it('in another order keep their key in the cursor', () => {
    const key = ['2027-05-01', '0199aaaa-0000-7000-8000-0000000000f1'];
    expect(decodeCursor(encodeCursor(key), Key)).toEqual(key);
  });

  it('refuse cursors that are not theirs', () => {
    const wrong = [encodeCursor(['2027-05-01']), encodeCursor(['2027-05-01', '\' or true --']), encodeCursor([1, 2]), 'e30', 'x', 'a'.repeat(999)];
    for (const cursor of wrong) {
      expect(() => decodeCursor(cursor, Key)).toThrow(expect.objectContaining({ status: 400, code: 'cursor_invalid' }));
    }
    fc.assert(fc.property(fc.string(), (cursor) => {
      expect(() => decodeCursor(cursor, Key)).toThrow('none of this list');
    }));
  });
});

describe('versions', () => {
  const app = fastify();
  app.setErrorHandler(sendError);
  app.get('/thing', (_request, reply) => sendWithETag(reply, { version: 3, name: 'x' }));
  app.patch('/thing', (request, reply) => {
    requireMatch(request, 3);
    return sendWithETag(reply, { version: 4 });
  });
  const ask = (method: 'GET' | 'PATCH', headers: Record<string, string> = {}) => app.inject({ method, url: '/thing', headers });

  it('come as ETag, and 304 answers who knows it', async () => {
    expect((await ask('GET')).headers['etag']).toBe('"3"');
    expect((await ask('GET', { 'if-none-match': '"3"' })).statusCode).toBe(304);
    expect((await ask('GET', { 'if-none-match': 'W/"2", W/"3"' })).statusCode).toBe(304);
    expect((await ask('GET', { 'if-none-match': '"2"' })).json()).toEqual({ version: 3, name: 'x' });
  });

  it.each<[string | undefined, number, string | undefined]>([
    ['"3"', 200, undefined], ['"2", "3"', 200, undefined], ['*', 200, undefined], ['W/"3"', 200, undefined],
    [undefined, 428, 'precondition_required'], ['"2"', 412, 'version_outdated'], ['3', 412, 'version_outdated'], ['', 412, 'version_outdated'], ['"33"', 412, 'version_outdated'],
  ])('If-Match %j answers %i %s', async (header, status, code) => {
    const answer = await ask('PATCH', header === undefined ? {} : { 'if-match': header });
    expect([answer.statusCode, answer.json<{ code?: string }>().code]).toEqual([status, code]);
    if (status === 412) expect(answer.headers['etag']).toBe('"3"');
  });
});
