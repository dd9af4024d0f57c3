import { expect, test } from 'vitest';
import { simulatedNode } from './simulated-node.ts';

const pool = { name: 'compute', cpu: '16', memory: '64Gi', pods: 110 };

test('a simulated node sends metrics-server to the agent', () => {
  const node = simulatedNode('compute-7', pool, '192.0.2.2', 16250);
  expect(node.status?.addresses).toContainEqual({ type: 'InternalIP', address: '192.0.2.2' });
  expect(node.status?.daemonEndpoints?.kubeletEndpoint?.Port).toBe(16250);
  expect(node.metadata?.annotations?.['metrics.k8s.io/resource-metrics-path']).toBe('/metrics/nodes/compute-7/metrics/resource');
});

test('a simulated node is left to KWOK and never taken for the real one', () => {
  const { metadata } = simulatedNode('compute-7', pool, '192.0.2.2', 16250);
  expect(metadata?.annotations?.['kwok.x-k8s.io/node']).toBe('fake');
  expect(metadata?.labels).not.toHaveProperty('sandbox.tartware.io/real');
});
