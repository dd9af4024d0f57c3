import { expect, test } from 'vitest';
import { mayRestart, phaseOf, podStatus, type ContainerView } from './status.ts';

const now = new Date('2026-01-01T00:00:10Z');
const earlier = new Date('2026-01-01T00:00:00Z');

function view(state: 'waiting' | 'running' | number, more: Partial<ContainerView> = {}): ContainerView {
  const states = typeof state === 'number' ? { terminated: { exitCode: state } } : { [state]: {} };
  return { name: 'core', image: 'tartware/core:1', state: states, restartCount: 0, started: false, ready: false, ...more };
}

test.each([
  ['Always', 0, true], ['Always', 1, true], ['OnFailure', 0, false], ['OnFailure', 1, true], ['Never', 0, false], ['Never', 1, false], [undefined, 0, true],
])('with policy %s a container that ended with %s starts again: %s', (policy, code, expected) => {
  expect(mayRestart(policy, code)).toBe(expected);
});

test.each([
  ['waits for its first start', 'Always', [], [view('waiting')], 'Pending'],
  ['has an init container at work', 'Always', [view('running')], [view('waiting')], 'Pending'],
  ['lost an init container for good', 'Never', [view(1)], [view('waiting')], 'Failed'],
  ['tries its init container again', 'Always', [view(1)], [view('waiting')], 'Pending'],
  ['runs', 'Always', [view(0)], [view('running')], 'Running'],
  ['waits in a crash loop', 'Always', [], [view('waiting', { lastState: { exitCode: 1 } })], 'Running'],
  ['has one of two ended', 'Never', [], [view(0), view('running')], 'Running'],
  ['is done', 'Never', [], [view(0), view(0)], 'Succeeded'],
  ['failed', 'Never', [], [view(0), view(3)], 'Failed'],
  ['will be started again', 'OnFailure', [], [view(3)], 'Running'],
])('a pod that %s', (_, policy, inits, containers, phase) => {
  expect(phaseOf(policy, inits, containers)).toBe(phase);
});

function status(containers: ContainerView[], before: { type: string; status: string; lastTransitionTime: Date }[] = []): ReturnType<typeof podStatus> {
  return podStatus({ pod: { spec: { containers: [] } }, inits: [], containers, before, address: '192.0.2.2', startTime: earlier, now });
}

test('a pod is ready when all its containers are', () => {
  const ready = view('running', { ready: true, started: true });
  expect(status([ready]).conditions).toContainEqual({ type: 'Ready', status: 'True', lastTransitionTime: now });
  expect(status([ready, view('running', { name: 'side' })]).conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'False', message: 'containers with unready status: [side]' }));
});

test('a condition that stays as it is keeps its time', () => {
  const before = [{ type: 'Ready', status: 'False', lastTransitionTime: earlier }, { type: 'Initialized', status: 'False', lastTransitionTime: earlier }];
  const conditions = status([view('running')], before).conditions ?? [];
  expect(conditions.find(({ type }) => type === 'Ready')?.lastTransitionTime).toEqual(earlier);
  expect(conditions.find(({ type }) => type === 'Initialized')?.lastTransitionTime).toEqual(now);
});

test('a pod waits for its readiness gates', () => {
  const containers = [view('running', { ready: true, started: true })];
  const pod = { spec: { containers: [], readinessGates: [{ conditionType: 'example.com/gate' }] } };
  const input = { inits: [], containers, before: [], address: '192.0.2.2', startTime: earlier, now };
  const readyOf = (gate: string): string | undefined => podStatus({ ...input, pod: { ...pod, status: { conditions: [{ type: 'example.com/gate', status: gate }] } } }).conditions?.find(({ type }) => type === 'Ready')?.status;
  expect([readyOf('False'), readyOf('True')]).toEqual(['False', 'True']);
});
