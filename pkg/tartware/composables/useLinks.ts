import type { Autoscaler } from '@tartware/domain';
import { useClients } from './useClients.ts';

export interface RouteTo {
  name: string;
  params: Record<string, string>;
}

export interface Links {
  autoscaler: (autoscaler: Autoscaler) => RouteTo;
  /** Where the pods, logs and a shell are: the page of what the autoscaler scales. */
  workload: (autoscaler: Autoscaler) => RouteTo;
}

/** Rancher's name of a kind that an autoscaler can scale. */
const TYPES: Record<string, string> = { Deployment: 'apps.deployment', StatefulSet: 'apps.statefulset', ReplicaSet: 'apps.replicaset' };

/** Where an object has its page in Rancher's Cluster Explorer. */
export function useLinks(): Links {
  const { clusterId } = useClients();

  const page = (resource: string, namespace: string, id: string): RouteTo => ({
    name: 'c-cluster-product-resource-namespace-id', params: { cluster: clusterId, product: 'explorer', resource, namespace, id },
  });
  const autoscalerPage = ({ namespace, name }: Autoscaler) => page('autoscaling.horizontalpodautoscaler', namespace, name);

  return {
    autoscaler: autoscalerPage,
    workload(autoscaler) {
      const type = TYPES[autoscaler.target.kind];

      return type ? page(type, autoscaler.namespace, autoscaler.target.name) : autoscalerPage(autoscaler);
    },
  };
}
