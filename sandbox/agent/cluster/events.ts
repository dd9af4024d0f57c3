import type { V1Pod } from '@kubernetes/client-node';
import type { EventType } from '../pods/container.ts';
import { describe, statusOf, type Cluster } from './client.ts';

/** One event of a kind per pod within this time: a probe that fails each second would fill the cluster. */
const QUIET_MS = 30_000;

/** Records events of pods, as `kubectl describe pod` shows them. */
export class EventRecorder {
  readonly #cluster: Pick<Cluster, 'core'>;
  readonly #nodeName: string;
  readonly #log: (line: string) => void;
  readonly #recent = new Map<string, number>();

  constructor(cluster: Pick<Cluster, 'core'>, nodeName: string, log: (line: string) => void) {
    this.#cluster = cluster;
    this.#nodeName = nodeName;
    this.#log = log;
  }

  record(pod: V1Pod, type: EventType, reason: string, message: string): void {
    if (this.#isRepeated(`${pod.metadata?.uid}/${reason}/${message}`)) return;
    void this.#create(pod, type, reason, message).catch((error: unknown) => {
      // A namespace that is being deleted takes no events.
      if (statusOf(error) !== 403 && statusOf(error) !== 404) this.#log(`no event recorded: ${describe(error)}`);
    });
  }

  #isRepeated(key: string): boolean {
    const now = Date.now();
    for (const [old, time] of this.#recent) if (now - time > QUIET_MS) this.#recent.delete(old);
    if (this.#recent.has(key)) return true;
    this.#recent.set(key, now);
    return false;
  }

  async #create(pod: V1Pod, type: EventType, reason: string, message: string): Promise<void> {
    const { name = '', namespace = '', uid = '' } = pod.metadata ?? {};
    const now = new Date();
    await this.#cluster.core.createNamespacedEvent({
      namespace,
      body: {
        metadata: { generateName: `${name}.`, namespace },
        involvedObject: { apiVersion: 'v1', kind: 'Pod', name, namespace, uid },
        type,
        reason,
        message,
        source: { component: 'tartware-node-agent', host: this.#nodeName },
        firstTimestamp: now,
        lastTimestamp: now,
        count: 1,
      },
    });
  }
}
