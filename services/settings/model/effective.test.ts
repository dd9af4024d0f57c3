import { describe, expect, it } from 'vitest';
import { Value } from '@sinclair/typebox/value';
import { DEFINITIONS } from './definitions.ts';
import type { Definition } from './definitions.ts';
import { effectiveSetting } from './effective.ts';
import type { SetValue } from './effective.ts';

const definition = DEFINITIONS.find(({ key }) => key === 'reservations.check_in_condition') as Definition;
const set = (scope_id: string, value: unknown, version = 1): SetValue => ({ scope_id, key: definition.key, value, version, changed_by: scope_id, changed_at: '2026-11-24T00:00:00Z' });
const scopes = ['property', 'tenant'];

describe('settings', () => {
  it.each<[string, SetValue[], unknown, string, number]>([
    ['nothing is set', [], 'clean', 'default', 0],
    ['the tenant has set it', [set('tenant', 'inspected')], 'inspected', 'tenant', 0],
    ['both have', [set('tenant', 'inspected'), set('property', 'clean', 3)], 'clean', 'property', 3],
    ['the property took its value back', [set('tenant', 'inspected'), set('property', null, 4)], 'inspected', 'tenant', 4],
    ['both took theirs back', [set('tenant', null), set('property', null, 2)], 'clean', 'default', 2],
    ['another property has', [set('elsewhere', 'inspected')], 'clean', 'default', 0],
  ])('hold as they should when %s', (_name, values, value, source, version) => {
    expect(effectiveSetting(definition, values, scopes)).toMatchObject({ value, source, version });
  });

  it('of the tenant as a whole are not a property\'s', () => {
    expect(effectiveSetting(definition, [set('tenant', 'inspected', 5)], ['tenant'])).toMatchObject({ source: 'tenant', version: 5 });
  });

  it.each(DEFINITIONS.map((one) => [one.key, one] as const))('%s has a default that it may be set to, and says what it does', (key, { schema, default: standard, description }) => {
    expect(Value.Check(schema, standard)).toBe(true);
    expect(key).toMatch(/^[a-z_]+\.[a-z_]+$/);
    expect([description, schema.description]).not.toContain(undefined);
  });

  it('have names of their own', () => expect(new Set(DEFINITIONS.map(({ key }) => key)).size).toBe(DEFINITIONS.length));
});
