import { describe, expect, it } from 'vitest';
import { podResources } from './pod-resources.ts';
import type { ResourceList } from './pod-resources.ts';
import { formatQuantity } from './quantity.ts';

function container(name: string, requests: object, limits: object = requests) {
  return { name, resources: { requests, limits } };
}

function sidecar(name: string, requests: object) {
  return { ...container(name, requests), restartPolicy: 'Always' };
}

function written(list: ResourceList) {
  return Object.fromEntries([...list].map(([resource, amount]) => [resource, formatQuantity(amount, 'binary')]));
}

const app = container('app', { cpu: '1', memory: '1Gi' }, { cpu: '3500m', memory: '4Gi' });

describe('what a pod counts for', () => {
  it.each([
    ['one container', { containers: [app] }, { cpu: '1', memory: '1Gi' }],
    ['two containers run together', { containers: [app, container('b', { cpu: '500m' })] }, { cpu: '1500m', memory: '1Gi' }],
    ['a small init container runs alone and adds nothing', { initContainers: [container('i', { cpu: '500m', memory: '512Mi' })], containers: [app] }, { cpu: '1', memory: '1Gi' }],
    ['a large init container counts where it is larger', { initContainers: [container('i', { cpu: '2', memory: '512Mi' })], containers: [app] }, { cpu: '2', memory: '1Gi' }],
    ['init containers run one after another', { initContainers: [container('i', { cpu: '800m' }), container('j', { cpu: '700m' })], containers: [app] }, { cpu: '1', memory: '1Gi' }],
    ['a sidecar runs beside the containers', { initContainers: [sidecar('s', { cpu: '100m', memory: '128Mi' })], containers: [app] }, { cpu: '1100m', memory: '1152Mi' }],
    ['an init container runs beside the sidecars before it', { initContainers: [sidecar('s', { cpu: '1' }), container('i', { cpu: '2' })], containers: [app] }, { cpu: '3', memory: '1Gi' }],
    ['and not beside those after it', { initContainers: [container('i', { cpu: '2500m' }), sidecar('s', { cpu: '1' })], containers: [app] }, { cpu: '2500m', memory: '1Gi' }],
    ['the overhead of the runtime comes on top', { containers: [app], overhead: { cpu: '250m', memory: '120Mi' } }, { cpu: '1250m', memory: '1144Mi' }],
    ['what is set for the pod goes before', { containers: [app], resources: { requests: { cpu: '2' } } }, { cpu: '2', memory: '1Gi' }],
    ['a missing request is the limit', { containers: [{ name: 'a', resources: { limits: { cpu: '2' } } }] }, { cpu: '2' }],
    ['no containers', {}, {}],
  ])('%s', (_rule, spec, requests) => {
    expect(written(podResources(spec).requests)).toEqual(requests);
  });

  it('has limits by the same rule', () => {
    expect(written(podResources({ initContainers: [sidecar('s', { cpu: '500m' })], containers: [app] }).limits)).toEqual({ cpu: '4', memory: '4Gi' });
  });

  it('adds the overhead to the limits that there are, and makes none', () => {
    const limited = { name: 'a', resources: { limits: { cpu: '2' } } };

    expect(written(podResources({ containers: [limited], overhead: { cpu: '250m', memory: '120Mi' } }).limits)).toEqual({ cpu: '2250m' });
  });

  it('names the containers without a limit', () => {
    expect(podResources({ initContainers: [sidecar('s', { cpu: '1' })], containers: [{ name: 'bare' }, app] }).unlimited).toEqual([
      { container: 's', resource: 'memory' }, { container: 'bare', resource: 'cpu' }, { container: 'bare', resource: 'memory' },
    ]);
    expect(podResources({ containers: [{ name: 'bare' }], resources: { limits: { cpu: '1', memory: '1Gi' } } }).unlimited).toEqual([]);
  });

  it.each([undefined, null, 'nginx', []])('has nothing for %j', (rubbish) => {
    expect(podResources(rubbish)).toEqual({ requests: new Map(), limits: new Map(), unlimited: [] });
  });

  it('does not guess an amount that cannot be read', () => {
    expect(() => podResources({ containers: [container('a', { cpu: 'lots' })] })).toThrow(expect.objectContaining({ code: 'QUANTITY_INVALID' }));
  });
});
