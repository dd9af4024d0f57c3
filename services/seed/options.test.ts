import { describe, expect, it } from 'vitest';
import { DEMO_TENANT_ID } from '../core/seed.ts';
import { HELP, readOptions } from './options.ts';

const url = ['--database-url', 'postgres://owner@127.0.0.1:5432/tartware'];
const refusal = (message: string): Error => expect.objectContaining({ code: 'option_wrong', message: expect.stringContaining(message) as string }) as Error;

describe('the command line', () => {
  it('needs to say no more than how many', () => {
    expect(readOptions(['--properties', '3', ...url], {})).toEqual({ databaseUrl: url[1], tenantId: DEMO_TENANT_ID, properties: 3, reservationsPerProperty: 1_000, seed: 42 });
  });

  it('takes the database from the environment', () => {
    expect(readOptions(['--properties=3'], { DATABASE_URL: url[1] })?.databaseUrl).toBe(url[1]);
  });

  it('may say all', () => {
    const id = '0199BBBB-0000-7000-8000-00000000000B';
    expect(readOptions(['--properties', '9999', '--reservations-per-property', '0', '--seed', '0', '--tenant', id, ...url], {})).toMatchObject({ properties: 9_999, reservationsPerProperty: 0, seed: 0, tenantId: id.toLowerCase() });
  });

  it('asks for help', () => {
    expect(readOptions(['--help'], {})).toBeUndefined();
    expect(HELP).toContain('--reservations-per-property');
  });

  it.each([
    [['--properties', '-3'], '--properties is -3'],
    [['--properties', '0'], '--properties is 0'],
    [['--properties', '10000'], '--properties is 10000'],
    [['--properties', '2.5'], '--properties is 2.5'],
    [['--properties', 'many'], '--properties is many'],
    [[], '--properties is missing'],
    [['--properties', '1', '--reservations-per-property', '-1'], '--reservations-per-property is -1'],
    [['--properties', '1', '--seed', '1e3'], '--seed is 1e3'],
    [['--properties', '1', '--tenant', 'demo'], '--tenant demo is no UUID'],
    [['--propertys', '1'], 'propertys'],
    [['1'], 'positional'],
  ])('%j is refused: %s', (args, message) => {
    expect(() => readOptions([...args, ...url], {})).toThrow(refusal(message));
  });

  it.each([['', 'missing'], ['mysql://x', 'no address of PostgreSQL'], ['127.0.0.1', 'no address of PostgreSQL']])('a database %j is refused', (address, message) => {
    expect(() => readOptions(['--properties', '1'], { DATABASE_URL: address })).toThrow(refusal(message));
  });
});
