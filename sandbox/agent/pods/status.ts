import type { V1ContainerState, V1ContainerStateTerminated, V1ContainerStatus, V1Pod, V1PodCondition, V1PodStatus } from '@kubernetes/client-node';

/** One container as its runner sees it now. */
export interface ContainerView {
  readonly name: string;
  readonly image: string;
  readonly state: V1ContainerState;
  readonly lastState?: V1ContainerStateTerminated;
  readonly restartCount: number;
  /** Whether the startup probe has passed (true when there is none and it runs). */
  readonly started: boolean;
  readonly ready: boolean;
  readonly pid?: number;
}

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

/** A container that ended is started again unless the policy says otherwise. */
export function mayRestart(policy: string | undefined, exitCode: number): boolean {
  return policy !== 'Never' && (policy !== 'OnFailure' || exitCode !== 0);
}

function exitCode(view: ContainerView): number | undefined {
  return view.state.terminated?.exitCode;
}

/** Whether all init containers have done their work. */
export function isInitialized(inits: readonly ContainerView[]): boolean {
  return inits.every((view) => exitCode(view) === 0);
}

/** The pod's phase, by the rules of https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase. */
export function phaseOf(policy: string | undefined, inits: readonly ContainerView[], containers: readonly ContainerView[]): Phase {
  if (inits.some((view) => (exitCode(view) ?? 0) !== 0 && policy === 'Never')) return 'Failed';
  if (!isInitialized(inits)) return 'Pending';
  const codes = containers.map(exitCode);
  const allEnded = codes.every((code) => code !== undefined && !mayRestart(policy, code));
  if (allEnded && codes.length > 0) return codes.every((code) => code === 0) ? 'Succeeded' : 'Failed';
  const begun = containers.some((view) => view.state.running ?? view.state.terminated ?? view.lastState);
  return begun ? 'Running' : 'Pending';
}

/** A container's view in the words of the API. */
export function containerStatus(view: ContainerView): V1ContainerStatus {
  return {
    name: view.name,
    image: view.image,
    imageID: `local://${view.image}`,
    ready: view.ready,
    started: view.started,
    restartCount: view.restartCount,
    state: view.state,
    lastState: view.lastState ? { terminated: view.lastState } : {},
    ...(view.pid === undefined ? {} : { containerID: `process://${view.pid}` }),
  };
}

interface Verdict {
  readonly type: string;
  readonly holds: boolean;
  readonly reason?: string;
  readonly message?: string;
}

function verdicts(phase: Phase, pod: V1Pod, inits: readonly ContainerView[], containers: readonly ContainerView[]): Verdict[] {
  const initialized = isInitialized(inits);
  const unready = containers.filter((view) => !view.ready).map((view) => view.name);
  const ended = phase === 'Succeeded' || phase === 'Failed';
  const reason = phase === 'Succeeded' ? 'PodCompleted' : phase === 'Failed' ? 'PodFailed' : 'ContainersNotReady';
  const message = ended ? '' : `containers with unready status: [${unready.join(' ')}]`;
  const gates = (pod.spec?.readinessGates ?? []).every((gate) => pod.status?.conditions?.some((condition) => condition.type === gate.conditionType && condition.status === 'True'));
  const containersReady = !ended && unready.length === 0;
  return [
    { type: 'PodReadyToStartContainers', holds: !ended },
    { type: 'Initialized', holds: initialized, reason: 'ContainersNotInitialized' },
    { type: 'ContainersReady', holds: containersReady, reason, message },
    { type: 'Ready', holds: containersReady && gates, reason: containersReady ? 'ReadinessGatesNotReady' : reason, message },
  ];
}

/** Conditions keep the time of their last change. */
function conditionOf({ type, holds, reason, message }: Verdict, before: readonly V1PodCondition[], now: Date): V1PodCondition {
  const status = holds ? 'True' : 'False';
  const previous = before.find((condition) => condition.type === type);
  const lastTransitionTime = previous?.status === status && previous.lastTransitionTime ? previous.lastTransitionTime : now;
  return { type, status, lastTransitionTime, ...(holds ? {} : { reason: reason ?? '', message: message ?? '' }) };
}

/** What a status is made of. */
export interface StatusInput {
  readonly pod: V1Pod;
  readonly inits: readonly ContainerView[];
  readonly containers: readonly ContainerView[];
  /** The conditions that were published last. */
  readonly before: readonly V1PodCondition[];
  readonly address: string;
  readonly startTime: Date;
  readonly now: Date;
}

/** The status that the agent publishes for a pod of its node. */
export function podStatus({ pod, inits, containers, before, address, startTime, now }: StatusInput): V1PodStatus {
  const phase = phaseOf(pod.spec?.restartPolicy, inits, containers);
  return {
    phase,
    startTime,
    hostIP: address,
    hostIPs: [{ ip: address }],
    podIP: address,
    podIPs: [{ ip: address }],
    conditions: verdicts(phase, pod, inits, containers).map((verdict) => conditionOf(verdict, before, now)),
    initContainerStatuses: inits.map(containerStatus),
    containerStatuses: containers.map(containerStatus),
  };
}
