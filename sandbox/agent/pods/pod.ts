import type { V1ContainerStatus, V1Pod, V1PodCondition, V1PodStatus } from '@kubernetes/client-node';
import { ContainerRunner, type ContainerHost } from './container.ts';
import { podStatus, type ContainerView } from './status.ts';

/** What a pod needs beyond what its containers need. */
export interface PodHost extends ContainerHost {
  /** Something of the pod's status has changed. */
  changed(runner: PodRunner): void;
}

function byName(statuses: readonly V1ContainerStatus[] = []): Map<string, V1ContainerStatus> {
  return new Map(statuses.map((status) => [status.name, status]));
}

/** The life of one pod: init containers one after another, then all containers until they have ended or the pod is deleted. */
export class PodRunner {
  readonly inits: readonly ContainerRunner[];
  readonly containers: readonly ContainerRunner[];
  readonly #host: PodHost;
  readonly #startTime: Date;
  #pod: V1Pod;
  #conditions: readonly V1PodCondition[];
  #terminating = false;

  constructor(pod: V1Pod, host: PodHost) {
    this.#pod = pod;
    this.#host = host;
    this.#conditions = pod.status?.conditions ?? [];
    this.#startTime = new Date(pod.status?.startTime ?? Date.now());
    const changed = (): void => host.changed(this);
    const policy = pod.spec?.restartPolicy;
    const initStatuses = byName(pod.status?.initContainerStatuses);
    const statuses = byName(pod.status?.containerStatuses);
    // An init container that has done its work is never started again, whatever the pod's policy.
    const initPolicy = policy === 'Never' ? policy : 'OnFailure';
    this.inits = (pod.spec?.initContainers ?? []).map((container) => new ContainerRunner({ pod, container, host, changed, policy: initPolicy, previous: initStatuses.get(container.name) }));
    this.containers = (pod.spec?.containers ?? []).map((container) => new ContainerRunner({ pod, container, host, changed, policy, previous: statuses.get(container.name) }));
  }

  get pod(): V1Pod {
    return this.#pod;
  }

  get uid(): string {
    return this.#pod.metadata?.uid ?? '';
  }

  /** Takes note of a change of labels, annotations or conditions; a pod's containers never change. */
  update(pod: V1Pod): void {
    this.#pod = pod;
  }

  /** Resolves when the pod has come to its end. */
  async run(): Promise<void> {
    this.#host.changed(this);
    for (const init of this.inits) {
      const exitCode = await init.run();
      if (this.#terminating || exitCode !== 0) return;
    }
    await Promise.all(this.containers.map(async (container) => container.run()));
  }

  /** Ends all containers within the grace, in milliseconds; 0 kills them at once. */
  async terminate(graceMs: number): Promise<void> {
    this.#terminating = true;
    await Promise.all([...this.inits, ...this.containers].map(async (container) => container.stop(graceMs)));
  }

  views(): { inits: ContainerView[]; containers: ContainerView[] } {
    return { inits: this.inits.map(({ view }) => view), containers: this.containers.map(({ view }) => view) };
  }

  status(now: Date): V1PodStatus {
    const status = podStatus({ pod: this.#pod, ...this.views(), before: this.#conditions, address: this.#host.address, startTime: this.#startTime, now });
    this.#conditions = status.conditions ?? [];
    return status;
  }
}
