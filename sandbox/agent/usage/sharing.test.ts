import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UsageSharing, reportedStart, type RunningContainer } from './sharing.ts';

const MIB = 1024 * 1024;

function container(pod: string, more: Partial<RunningContainer> = {}): RunningContainer {
  return { id: `${pod}/core/0`, namespace: 'tartware-system', pod, container: 'core', node: `node-of-${pod}`, group: 'tartware-system/core/core', ready: true, startedAt: 0, ...more };
}

function real(pod: string, cpuSeconds: number, more: Partial<RunningContainer> = {}): RunningContainer {
  return container(pod, { measured: { cpuSeconds, memoryBytes: 100 * MIB }, ...more });
}

function cpuOf(sharing: UsageSharing, pod: string): number {
  return sharing.node(`node-of-${pod}`).containers.find((usage) => usage.pod === pod)?.cpuSeconds ?? Number.NaN;
}

test('the replicas\' rates add up to the measured rate, and no counter ever decreases', () => {
  const step = fc.record({ spent: fc.double({ min: 0, max: 4, noNaN: true }), replicas: fc.integer({ min: 1, max: 150 }), realReady: fc.boolean(), elapsed: fc.integer({ min: 1, max: 5_000 }) });
  fc.assert(fc.property(fc.array(step, { minLength: 2, maxLength: 30 }), (steps) => {
    const sharing = new UsageSharing(0);
    let now = 0;
    let used = 0;
    let before = new Map<string, number>();
    for (const { spent, replicas, realReady, elapsed } of steps) {
      now += elapsed;
      used += spent;
      const simulated = Array.from({ length: replicas }, (_, index) => container(`s${index}`));
      sharing.advance(now, [real('r', used, { ready: realReady }), ...simulated]);
      const after = new Map(['r', ...simulated.map(({ pod }) => pod)].map((pod) => [pod, cpuOf(sharing, pod)]));
      const grown = [...after].reduce((total, [pod, cpu]) => total + cpu - (before.get(pod) ?? 0.001), 0);
      expect(grown).toBeCloseTo(spent, 6);
      for (const [pod, cpu] of after) expect(cpu).toBeGreaterThanOrEqual(before.get(pod) ?? 0);
      before = after;
    }
  }), { numRuns: 60 });
});

test('only ready replicas take part; a service with none leaves it to the real pod', () => {
  const sharing = new UsageSharing(0);
  sharing.advance(1_000, [real('r', 1, { ready: false }), container('s', { ready: false })]);
  expect([cpuOf(sharing, 'r'), cpuOf(sharing, 's')]).toEqual([1.001, 0.001]);
  sharing.advance(2_000, [real('r', 2, { ready: false }), container('s')]);
  expect([cpuOf(sharing, 'r'), cpuOf(sharing, 's')]).toEqual([1.001, 1.001]);
});

test('a replica that is new takes its part at once', () => {
  const sharing = new UsageSharing(0);
  sharing.advance(10_000, [real('r', 10)]);
  sharing.advance(11_000, [real('r', 11), container('s', { startedAt: 10_500 })]);
  expect(sharing.node('node-of-s').containers).toEqual([{ namespace: 'tartware-system', pod: 's', container: 'core', startedAt: 500, cpuSeconds: 0.501, memoryBytes: 100 * MIB }]);
});

test('metrics-server makes a rate of any first sample within its resolution of 11 s, and the start never moves back', () => {
  for (let age = 0; age < 11_000; age += 100) {
    const reportedAge = 50_000 - reportedStart(50_000 - age, 50_000);
    expect(reportedAge).toBeGreaterThanOrEqual(10_000);
    expect(reportedAge).toBeLessThan(11_000);
  }
  const starts = Array.from({ length: 300 }, (_, index) => reportedStart(50_000, 50_000 + index * 100));
  expect(starts).toEqual([...starts].sort((a, b) => a - b));
  expect(starts.at(-1)).toBe(50_000);
});

test('counters that begin with the agent say so, as they know nothing of before', () => {
  const sharing = new UsageSharing(50_000);
  sharing.advance(61_000, [container('s', { startedAt: 7_000 })]);
  expect(sharing.node('node-of-s').containers[0]?.startedAt).toBe(50_000);
});

test('a restarted container counts anew', () => {
  const sharing = new UsageSharing(0);
  sharing.advance(1_000, [real('r', 5)]);
  sharing.advance(12_000, [real('r', 0.25, { id: 'r/core/1', startedAt: 1_500 })]);
  expect(sharing.node('node-of-r').containers[0]).toMatchObject({ startedAt: 1_500, cpuSeconds: 0.251 });
});

test('while the real pod moves, the replicas stay as busy as they were, for a minute', () => {
  const sharing = new UsageSharing(0);
  for (let second = 1; second <= 60; second += 1) sharing.advance(second * 1_000, [real('r', second), container('s')]);
  const before = cpuOf(sharing, 's');
  for (let second = 61; second <= 70; second += 1) sharing.advance(second * 1_000, [container('s')]);
  expect(cpuOf(sharing, 's') - before).toBeCloseTo(10, 1);
  sharing.advance(121_000, [container('s')]);
  const later = cpuOf(sharing, 's');
  sharing.advance(131_000, [container('s')]);
  expect(cpuOf(sharing, 's')).toBe(later);
  expect(sharing.node('node-of-s').containers[0]?.memoryBytes).toBe(100 * MIB);
});

test('a pod of no service reports its own, a simulated one next to nothing', () => {
  const sharing = new UsageSharing(0);
  sharing.advance(1_000, [real('job', 3, { group: undefined }), container('s', { group: undefined })]);
  expect([cpuOf(sharing, 'job'), cpuOf(sharing, 's')]).toEqual([3.001, 0.001]);
});

test('a node\'s counter keeps what its former pods used', () => {
  const sharing = new UsageSharing(0);
  sharing.advance(1_000, [real('r', 1)]);
  sharing.advance(2_000, []);
  expect(sharing.node('node-of-r')).toEqual({ cpuSeconds: 1.001, memoryBytes: 256 * MIB, containers: [] });
});

test('CPU time that vanishes with a child is no negative work', () => {
  const sharing = new UsageSharing(0);
  sharing.advance(1_000, [real('r', 4)]);
  sharing.advance(2_000, [real('r', 3)]);
  expect(cpuOf(sharing, 'r')).toBeCloseTo(4.001);
  sharing.advance(3_000, [real('r', 5)]);
  expect(cpuOf(sharing, 'r')).toBeCloseTo(5.001);
});
