import type { V1Deployment, V1Pod } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { seatOf } from './keeper.ts';

const deployment: V1Deployment = {
  metadata: { name: 'core', namespace: 'tartware-system', generation: 2 },
  spec: { replicas: 2, selector: {}, template: {} },
  status: { observedGeneration: 2, replicas: 2, updatedReplicas: 2 },
};

function pod(name: string, nodeName: string | undefined, more: { ready?: boolean; deleted?: boolean; phase?: string; service?: string } = {}): V1Pod {
  return {
    metadata: {
      name,
      namespace: 'tartware-system',
      labels: { 'app.kubernetes.io/name': more.service ?? 'core' },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'core-1', uid: 'x', controller: true }],
      ...(more.deleted ? { deletionTimestamp: new Date() } : {}),
    },
    spec: { containers: [], ...(nodeName ? { nodeName } : {}) },
    status: { phase: more.phase ?? 'Running', conditions: [{ type: 'Ready', status: more.ready === false ? 'False' : 'True' }] },
  };
}

test('a pod on the real node takes the seat, ready or not', () => {
  expect(seatOf(deployment, [pod('a', 'compute-1'), pod('b', 'real', { ready: false })], 'real')).toMatchObject({ taken: true, moving: false, ready: [{ name: 'a' }] });
});

test('pods of other services and pods that are over do not count', () => {
  expect(seatOf(deployment, [pod('a', 'compute-1'), pod('b', 'real', { service: 'rooms' }), pod('c', 'real', { phase: 'Failed' })], 'real').taken).toBe(false);
});

test.each([
  ['a pod waits for its node', deployment, [pod('a', undefined)]],
  ['a pod is being deleted', deployment, [pod('a', 'compute-1', { deleted: true })]],
  ['a new template is being rolled out', { ...deployment, status: { ...deployment.status, updatedReplicas: 1 } }, []],
  ['a surge pod is still there', { ...deployment, status: { ...deployment.status, replicas: 3 } }, []],
  ['the controller has not seen the last change', { ...deployment, status: { ...deployment.status, observedGeneration: 1 } }, []],
])('it is moving while %s', (_, subject, pods) => {
  expect(seatOf(subject, pods, 'real').moving).toBe(true);
});
