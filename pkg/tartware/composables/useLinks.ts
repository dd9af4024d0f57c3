import type { Autoscaler } from '@tartware/domain';
import { useClients } from './useClients.ts';

export interface RouteTo {
  name: string;
  params: Record<string, string>;
}

/** Where an object has its page in Rancher's Cluster Explorer. */
export function useLinks(): { autoscaler: (autoscaler: Autoscaler) => RouteTo } {
  const { clusterId } = useClients();

  return {
    autoscaler: ({ namespace, name }) => ({
      name: 'c-cluster-product-resource-namespace-id',
      params: { cluster: clusterId, product: 'explorer', resource: 'autoscaling.horizontalpodautoscaler', namespace, id: name },
    }),
  };
}
