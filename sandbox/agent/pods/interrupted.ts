import type { V1Pod, V1PodStatus } from '@kubernetes/client-node';

/**
 * The status of a pod whose processes ended together with an earlier agent and that may not be started again:
 * failed, with containers of which nobody knows how they ended, as a kubelet says it after a reboot. Undefined for any other pod.
 */
export function interrupted(pod: V1Pod, now: Date): Partial<V1PodStatus> | undefined {
  const statuses = pod.status?.containerStatuses ?? [];
  if (pod.spec?.restartPolicy !== 'Never' || !statuses.some((status) => status.containerID)) return undefined;
  const terminated = { exitCode: 137, reason: 'ContainerStatusUnknown', message: 'the node agent was restarted while the container ran', finishedAt: now };
  return {
    phase: 'Failed',
    containerStatuses: statuses.map((status) => (status.state?.terminated ? status : { ...status, ready: false, started: false, state: { terminated } })),
    conditions: ['Ready', 'ContainersReady'].map((type) => ({ type, status: 'False', reason: 'PodFailed', lastTransitionTime: now })),
  };
}
