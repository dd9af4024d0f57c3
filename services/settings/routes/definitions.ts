import { Type } from '@sinclair/typebox';
import type { App } from '@tartware/kit';
import { choice, nullable } from '@tartware/kit/resources';
import { DEFINITIONS } from '../model/definitions.ts';
import { SettingValue } from '../model/effective.ts';

const Definitions = Type.Object({
  items: Type.Array(Type.Object({
    key: Type.String(),
    description: Type.String(),
    scope: choice(['property', 'tenant']),
    unit: nullable(Type.String()),
    default: SettingValue,
    schema: Type.Object({}, { additionalProperties: true, description: 'JSON Schema of the values' }),
  })),
});

export function definitionRoutes(app: App): void {
  app.get('/v1/settings/definitions', { schema: { summary: 'Lists what can be set.', response: { 200: Definitions } } }, () => ({
    items: DEFINITIONS.map(({ key, description, scope, unit, default: standard, schema }) => ({ key, description, scope, unit: unit ?? null, default: standard, schema })),
  }));
}
