/** Which value holds: the property's own, else the tenant's, else the default. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { choice, nullable } from '@tartware/kit/resources';
import type { Definition } from './definitions.ts';

export const SOURCES = ['property', 'tenant', 'default'] as const;
export type Source = (typeof SOURCES)[number];

/** A value of any setting; which ones may be set says the setting's definition. */
export const SettingValue = Type.Unknown({ description: 'as the setting\'s definition has it', examples: ['clean'] });

export const Setting = Type.Object({
  key: Type.String({ examples: ['reservations.check_in_condition'] }),
  value: SettingValue,
  source: choice(SOURCES),
  version: Type.Integer({ minimum: 0, description: 'of what is set in the scope that was asked for; 0: nothing was ever set there' }),
  changed_by: nullable(Type.String()),
  changed_at: nullable(Type.String({ description: 'RFC 3339, UTC' })),
});
export type Setting = Static<typeof Setting>;

/** What is set in one scope; `value` null is not set. */
export interface SetValue {
  scope_id: string;
  key: string;
  value: unknown;
  version: number;
  changed_by: string;
  changed_at: string;
}

/**
 * @param set of the tenant and, if one was asked for, of the property
 * @param scopes ids: from the one that was asked for to the one that holds for all
 */
export function effectiveSetting(definition: Definition, set: readonly SetValue[], scopes: readonly string[]): Setting {
  const { key } = definition;
  const ofScope = (scope: string | undefined): SetValue | undefined => set.find((one) => one.scope_id === scope && one.key === key);
  const own = ofScope(scopes[0]);
  const holding = scopes.map(ofScope).find((one) => one !== undefined && one.value !== null);
  return {
    key,
    value: holding === undefined ? definition.default : holding.value,
    source: holding === undefined ? 'default' : sourceOf(holding.scope_id, scopes),
    version: own?.version ?? 0,
    changed_by: holding?.changed_by ?? null,
    changed_at: holding?.changed_at ?? null,
  };
}

/** The tenant's scope is the last one. */
function sourceOf(scope: string, scopes: readonly string[]): Source {
  return scope === scopes.at(-1) ? 'tenant' : 'property';
}
