import { computed } from 'vue';
import type { ComputedRef } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import { useRancherStore } from './useText.ts';

export interface ClusterName {
  id: string;
  name: string;
}

export interface ClusterChoice {
  /** The cluster that the page is about; undefined when Rancher has none that is ready. */
  clusterId: ComputedRef<string | undefined>;
  /** What can be chosen; empty inside Cluster Explorer, where the address names the cluster. */
  clusters: ComputedRef<ClusterName[]>;
  choose: (id: string) => void;
}

interface ManagedCluster {
  id: string;
  nameDisplay: string;
  isReady: boolean;
}

/** What Rancher puts in the place of a cluster in the routes of products that stand above clusters. */
const NO_CLUSTER = '_';

/** Inside Cluster Explorer the route decides; under our own product `?cluster=` does, else Rancher's default. */
export function useCluster(): ClusterChoice {
  const store = useRancherStore();
  const route = useRoute();
  const router = useRouter();

  const ofRoute = computed(() => {
    const id = route.params.cluster;

    return typeof id === 'string' && id !== NO_CLUSTER ? id : undefined;
  });
  const clusters = computed(() => (ofRoute.value ? [] : readyClusters()));
  const clusterId = computed(() => {
    const asked = route.query.cluster;
    const known = (id: unknown) => clusters.value.find((cluster) => cluster.id === id)?.id;

    return ofRoute.value ?? known(asked) ?? known(store.getters.defaultClusterId) ?? clusters.value[0]?.id;
  });

  function readyClusters(): ClusterName[] {
    // Rancher holds its clusters in memory, so this costs no request.
    const all = store.getters['management/all'] as (type: string) => ManagedCluster[];

    return all('management.cattle.io.cluster')
      .filter(({ isReady }) => isReady)
      .map(({ id, nameDisplay }) => ({ id, name: nameDisplay }))
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  return { clusterId, clusters, choose: (id) => void router.replace({ query: { ...route.query, cluster: id } }) };
}
