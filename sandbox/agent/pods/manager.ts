import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { STRATEGIC_MERGE, describe, statusOf, type Cluster } from '../cluster/client.ts';
import type { ContainerHost } from './container.ts';
import { interrupted } from './interrupted.ts';
import { PodRunner } from './pod.ts';
import { Publisher } from './publisher.ts';

interface Entry {
  readonly runner: PodRunner;
  readonly publisher: Publisher;
  ending: boolean;
}

export interface ManagerOptions {
  readonly nodeName: string;
  readonly cluster: Pick<Cluster, 'core'>;
  readonly host: ContainerHost;
  /** Folder of a pod's logs. */
  logFolder(pod: V1Pod): string;
  log(line: string): void;
}

const RETRY_MS = 1_000;
/** As with a kubelet, a pod with this annotation only mirrors a process that somebody else runs. */
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';

function isMirror(pod: V1Pod): boolean {
  return pod.metadata?.annotations?.[MIRROR_ANNOTATION] !== undefined;
}

function isOver(pod: V1Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** Keeps the pods bound to the node running, and the API server told of them. */
export class PodManager {
  readonly #options: ManagerOptions;
  readonly #entries = new Map<string, Entry>();
  #stopped = false;

  constructor(options: ManagerOptions) {
    this.#options = options;
  }

  runners(): PodRunner[] {
    return [...this.#entries.values()].map(({ runner }) => runner);
  }

  find(namespace: string, name: string): PodRunner | undefined {
    return this.runners().find(({ pod }) => pod.metadata?.namespace === namespace && pod.metadata?.name === name);
  }

  seen(pod: V1Pod): void {
    const uid = pod.metadata?.uid;
    if (!uid || pod.spec?.nodeName !== this.#options.nodeName || this.#stopped || isMirror(pod)) return;
    const entry = this.#entries.get(uid) ?? this.#adopt(pod, uid);
    entry.runner.update(pod);
    if (pod.metadata?.deletionTimestamp && !entry.ending) this.#end(entry, pod);
  }

  /** The object is gone: whatever still runs is ended at once. */
  deleted(pod: V1Pod): void {
    const entry = this.#entries.get(pod.metadata?.uid ?? '');
    if (!entry) return;
    this.#entries.delete(entry.runner.uid);
    entry.publisher.abandon();
    void entry.runner.terminate(0).then(async () => rm(this.#options.logFolder(pod), { recursive: true, force: true }));
  }

  /** Ends all processes within the grace. The pods stay bound to the node; a later agent starts them again. */
  async stop(graceMs: number): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#entries.values()].map(async ({ runner, publisher }) => {
      publisher.abandon();
      await runner.terminate(Math.min(graceMs, (runner.pod.spec?.terminationGracePeriodSeconds ?? 30) * 1_000));
    }));
  }

  #adopt(pod: V1Pod, uid: string): Entry {
    const runner = new PodRunner(pod, { ...this.#hostOf(), changed: () => this.#entries.get(uid)?.publisher.changed() });
    const publisher = new Publisher(async () => this.#publish(runner), (error) => this.#options.log(`the status of ${this.#nameOf(pod)} was not published: ${describe(error)}`));
    const entry: Entry = { runner, publisher, ending: false };
    this.#entries.set(uid, entry);
    if (isOver(pod) || pod.metadata?.deletionTimestamp) return entry;
    const failure = interrupted(pod, new Date());
    if (failure) void this.#patchStatus(pod, failure).catch((error: unknown) => this.#options.log(`the end of ${this.#nameOf(pod)} was not published: ${describe(error)}`));
    else void runner.run();
    return entry;
  }

  #hostOf(): ContainerHost {
    const { host } = this.#options;
    return {
      address: host.address,
      prepare: async (...args) => host.prepare(...args),
      launch: (...args) => host.launch(...args),
      event: (...args) => host.event(...args),
    };
  }

  #nameOf(pod: V1Pod): string {
    return `${pod.metadata?.namespace}/${pod.metadata?.name}`;
  }

  #end(entry: Entry, pod: V1Pod): void {
    entry.ending = true;
    const graceMs = (pod.metadata?.deletionGracePeriodSeconds ?? 30) * 1_000;
    const wasRunning = !isOver(pod);
    void entry.runner.terminate(graceMs).then(async () => {
      if (wasRunning) {
        entry.publisher.changed();
        await entry.publisher.close();
      }
      await this.#delete(pod);
    });
  }

  async #publish(runner: PodRunner): Promise<void> {
    await this.#patchStatus(runner.pod, runner.status(new Date()));
  }

  /** Says nothing when the pod is gone, or another one of the same name has come: the uid guards the patch. */
  async #patchStatus(pod: V1Pod, status: object): Promise<void> {
    const { name = '', namespace = '', uid = '' } = pod.metadata ?? {};
    try {
      await this.#options.cluster.core.patchNamespacedPodStatus({ name, namespace, body: { metadata: { uid }, status } }, STRATEGIC_MERGE);
    } catch (error) {
      const code = statusOf(error);
      if (code !== 404 && code !== 409) throw error;
    }
  }

  async #delete(pod: V1Pod): Promise<void> {
    const { name = '', namespace = '', uid = '' } = pod.metadata ?? {};
    while (!this.#stopped && this.#entries.has(uid)) {
      try {
        await this.#options.cluster.core.deleteNamespacedPod({ name, namespace, body: { gracePeriodSeconds: 0, preconditions: { uid } } });
        return;
      } catch (error) {
        if (statusOf(error) === 404 || statusOf(error) === 409) return;
        this.#options.log(`${this.#nameOf(pod)} was not deleted: ${describe(error)}`);
        await sleep(RETRY_MS);
      }
    }
  }
}
