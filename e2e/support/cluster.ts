import { ApiException, AutoscalingV2Api, KubeConfig, PatchStrategy, setHeaderOptions, type V2HorizontalPodAutoscaler } from '@kubernetes/client-node';
import { stateFolder } from '../../sandbox/paths.ts';
import { askControl } from '../../sandbox/supervisor/control.ts';

export const NAMESPACE = 'tartware-system';

/** The cluster as its administrator sees it, beside the browser: to change things concurrently, and to see what a page really did. */
export class Cluster {
  readonly #autoscaling: AutoscalingV2Api;

  constructor() {
    const config = new KubeConfig();
    config.loadFromFile(stateFolder('pki', 'admin.kubeconfig'));
    this.#autoscaling = config.makeApiClient(AutoscalingV2Api);
  }

  async hpa(name: string): Promise<V2HorizontalPodAutoscaler> {
    return this.#autoscaling.readNamespacedHorizontalPodAutoscaler({ name, namespace: NAMESPACE });
  }

  /** As `hpa`, but undefined when there is none of that name. */
  async findHpa(name: string): Promise<V2HorizontalPodAutoscaler | undefined> {
    try {
      return await this.hpa(name);
    } catch (error) {
      if (error instanceof ApiException && error.code === 404) return undefined;
      throw error;
    }
  }

  async hpas(): Promise<V2HorizontalPodAutoscaler[]> {
    return (await this.#autoscaling.listNamespacedHorizontalPodAutoscaler({ namespace: NAMESPACE })).items;
  }

  async setRange(name: string, minReplicas: number, maxReplicas: number): Promise<void> {
    await this.#autoscaling.patchNamespacedHorizontalPodAutoscaler(
      { name, namespace: NAMESPACE, body: { spec: { minReplicas, maxReplicas } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
  }

  async deleteHpa(name: string): Promise<void> {
    await this.#autoscaling.deleteNamespacedHorizontalPodAutoscaler({ name, namespace: NAMESPACE });
  }

  async createHpa({ metadata, spec }: V2HorizontalPodAutoscaler): Promise<void> {
    const { name, labels, annotations } = metadata ?? {};
    await this.#autoscaling.createNamespacedHorizontalPodAutoscaler({
      namespace: NAMESPACE,
      body: { metadata: { ...(name ? { name } : {}), ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) }, spec },
    });
  }
}

/** Stops or starts one part of the running sandbox, and waits until it is so. */
export async function part(action: 'stop' | 'start', name: string): Promise<void> {
  await askControl(stateFolder('control.sock'), 'POST', `/parts/${name}/${action}`);
}
