import { makeInformer, type Informer, type ObjectCache, type V1Pod } from '@kubernetes/client-node';
import { describe, type Cluster } from './client.ts';

/** What a watch tells. An object may be told again unchanged. */
export interface PodListener {
  seen(pod: V1Pod): void;
  deleted(pod: V1Pod): void;
}

export interface PodWatch {
  /** Every pod of the cluster, as last seen. */
  pods(): readonly V1Pod[];
  stop(): Promise<void>;
}

const RETRY_MS = 1_000;

/**
 * Watches every pod of the cluster, the agent's own and the simulated ones. Resolves after the first list.
 * Lost connections are taken up again; what was deleted meanwhile is told as deleted.
 */
export async function watchPods({ config, core }: Cluster, listener: PodListener, log: (line: string) => void): Promise<PodWatch> {
  const informer: Informer<V1Pod> & ObjectCache<V1Pod> = makeInformer(config, '/api/v1/pods', () => core.listPodForAllNamespaces());
  let stopped = false;
  const start = (): void => void informer.start().catch(retry);
  const retry = (error: unknown): void => {
    if (stopped) return;
    log(`the watch of pods broke off: ${describe(error)}`);
    setTimeout(() => !stopped && start(), RETRY_MS);
  };
  informer.on('add', (pod) => listener.seen(pod));
  informer.on('update', (pod) => listener.seen(pod));
  informer.on('delete', (pod) => listener.deleted(pod));
  informer.on('error', retry);
  await informer.start();
  return {
    pods: () => informer.list(),
    stop: async () => {
      stopped = true;
      await informer.stop();
    },
  };
}
