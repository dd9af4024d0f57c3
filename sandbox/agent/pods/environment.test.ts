import { expect, test } from 'vitest';
import { ConfigError, environmentOf, expand, type ValueSources } from './environment.ts';

const pod = { metadata: { name: 'core-1', namespace: 'tartware-system', labels: { app: 'core' } }, spec: { nodeName: 'tartware-real', containers: [] } };
const sources: ValueSources = {
  secret: (name) => (name === 'database' ? { DATABASE_URL: 'postgres://db', NOTE: '$(HOME)' } : undefined),
  configMap: (name) => (name === 'limits' ? { POOL: '5' } : undefined),
};

function environment(container: object): Record<string, string> {
  return environmentOf({ name: 'core', ...container }, pod, '192.0.2.2', sources);
}

test.each([
  ['$(A)/x', '1/x'],
  ['$$(A)', '$(A)'],
  ['$(UNKNOWN)', '$(UNKNOWN)'],
  ['cost: 5$', 'cost: 5$'],
  ['$(A)$(A)', '11'],
])('%s expands to %s', (text, expected) => {
  expect(expand(text, { A: '1' })).toBe(expected);
});

test('env wins over envFrom and may refer to what came before', () => {
  const container = {
    envFrom: [{ secretRef: { name: 'database' } }, { prefix: 'DB_', configMapRef: { name: 'limits' } }],
    env: [{ name: 'HOST', value: 'localhost' }, { name: 'URL', value: 'http://$(HOST):$(DB_POOL)' }, { name: 'DATABASE_URL', value: 'own' }],
  };
  expect(environment(container)).toEqual({ DATABASE_URL: 'own', NOTE: '$(HOME)', DB_POOL: '5', HOST: 'localhost', URL: 'http://localhost:5' });
});

test('values come from secrets, config maps and the pod itself', () => {
  const env = [
    { name: 'URL', valueFrom: { secretKeyRef: { name: 'database', key: 'DATABASE_URL' } } },
    { name: 'POOL', valueFrom: { configMapKeyRef: { name: 'limits', key: 'POOL' } } },
    { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    { name: 'APP', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
    { name: 'MAYBE', valueFrom: { secretKeyRef: { name: 'none', key: 'x', optional: true } } },
  ];
  expect(environment({ env })).toEqual({ URL: 'postgres://db', POOL: '5', IP: '192.0.2.2', APP: 'core' });
});

test.each([
  ['a secret that is not there', { envFrom: [{ secretRef: { name: 'none' } }] }, 'secret "none" not found'],
  ['a key that is not there', { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'database', key: 'B' } } }] }, "couldn't find key B in secret database"],
  ['a field nobody knows', { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.color' } } }] }, 'spec.color'],
])('%s is named', (_, container, message) => {
  expect(() => environment(container)).toThrow(ConfigError);
  expect(() => environment(container)).toThrow(message);
});
