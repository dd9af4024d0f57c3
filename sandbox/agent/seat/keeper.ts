import type { V1Deployment, V1Pod } from '@kubernetes/client-node';
import { MERGE, describe, statusOf, type Cluster } from '../cluster/client.ts';
import { isReady, serviceOf } from '../usage/sampler.ts';
import { decideSeat, type EmptySeat, type ReadyPod, type Seat } from './decide.ts';

const CHECK_MS = 3_000;
/** A ReplicaSet that shrinks removes cheaper pods first; every other pod costs 0. */
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
const HIGH_COST = '1000';
const PLATFORM = 'app.kubernetes.io/part-of=tartware';

export interface KeeperOptions {
  readonly nodeName: string;
  readonly afterMs: number;
  readonly cluster: Pick<Cluster, 'core' | 'apps'>;
  pods(): readonly V1Pod[];
  log(line: string): void;
}

function isOver(pod: V1Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

function isRolling({ metadata, spec, status }: V1Deployment): boolean {
  return status?.observedGeneration !== metadata?.generation || (status?.updatedReplicas ?? 0) !== spec?.replicas || status?.replicas !== spec?.replicas;
}

/** The seat of one Deployment on the real node. Deployments are named as their service. */
export function seatOf(deployment: V1Deployment, pods: readonly V1Pod[], nodeName: string): Seat {
  const service = `${deployment.metadata?.namespace}/${deployment.metadata?.name}`;
  const own = pods.filter((pod) => serviceOf(pod) === service && !isOver(pod));
  const ready: ReadyPod[] = own.filter(isReady).map(({ metadata }) => ({
    name: metadata?.name ?? '',
    namespace: metadata?.namespace ?? '',
    createdAt: new Date(metadata?.creationTimestamp ?? 0).getTime(),
  }));
  return {
    ready,
    taken: own.some((pod) => pod.spec?.nodeName === nodeName),
    moving: isRolling(deployment) || own.some((pod) => !pod.spec?.nodeName || pod.metadata?.deletionTimestamp !== undefined),
  };
}

/** Keeps one pod of each service on the real node: spares it when replicas are removed, and makes room for it when it is missing. */
export class SeatKeeper {
  readonly #options: KeeperOptions;
  readonly #empty = new Map<string, EmptySeat>();
  readonly #spared = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #checking = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.check(), CHECK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async check(): Promise<void> {
    if (this.#checking) return;
    this.#checking = true;
    try {
      await this.#spareOwn();
      await this.#fillSeats();
    } catch (error) {
      this.#options.log(`the seats were not checked: ${describe(error)}`);
    } finally {
      this.#checking = false;
    }
  }

  async #spareOwn(): Promise<void> {
    const { pods, nodeName, cluster } = this.#options;
    const own = pods().filter((pod) => pod.spec?.nodeName === nodeName && serviceOf(pod) && !pod.metadata?.deletionTimestamp && !isOver(pod));
    const present = new Set(own.map(({ metadata }) => metadata?.uid ?? ''));
    for (const uid of this.#spared) if (!present.has(uid)) this.#spared.delete(uid);
    for (const { metadata } of own) {
      const { name = '', namespace = '', uid = '' } = metadata ?? {};
      if (this.#spared.has(uid)) continue;
      await cluster.core.patchNamespacedPod({ name, namespace, body: { metadata: { uid, annotations: { [DELETION_COST]: HIGH_COST } } } }, MERGE).catch((error: unknown) => {
        // Gone or replaced meanwhile: nothing to spare.
        if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error;
      });
      this.#spared.add(uid);
    }
  }

  async #fillSeats(): Promise<void> {
    const { cluster, pods, nodeName, afterMs } = this.#options;
    const { items } = await cluster.apps.listDeploymentForAllNamespaces({ labelSelector: PLATFORM });
    const names = new Set(items.map(({ metadata }) => metadata?.uid ?? ''));
    for (const uid of this.#empty.keys()) if (!names.has(uid)) this.#empty.delete(uid);
    for (const deployment of items) {
      const uid = deployment.metadata?.uid ?? '';
      const { memory, evict } = decideSeat(seatOf(deployment, pods(), nodeName), this.#empty.get(uid), Date.now(), afterMs);
      if (memory) this.#empty.set(uid, memory);
      else this.#empty.delete(uid);
      if (evict) await this.#evict(evict);
    }
  }

  /** Evicts unless a disruption budget forbids it or the real node takes no pods; the next attempt comes by itself. */
  async #evict({ name, namespace }: ReadyPod): Promise<void> {
    const { cluster, nodeName, log } = this.#options;
    const node = await cluster.core.readNode({ name: nodeName });
    if (node.spec?.unschedulable) return;
    try {
      await cluster.core.createNamespacedPodEviction({ name, namespace, body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } } });
      log(`evicted ${namespace}/${name}, so that a real pod can take its place`);
    } catch (error) {
      if (statusOf(error) === 429) log(`${namespace}/${name} is kept by its disruption budget; its service stays without a real pod for now`);
      else if (statusOf(error) !== 404) throw error;
    }
  }
}
