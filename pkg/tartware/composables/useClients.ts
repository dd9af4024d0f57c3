import { inject, provide } from 'vue';
import type { InjectionKey } from 'vue';
import { createKubernetesClient } from '../clients/kubernetes.ts';
import type { KubernetesClient } from '../clients/kubernetes.ts';
import { createPrometheusClient } from '../clients/prometheus.ts';
import type { PrometheusClient } from '../clients/prometheus.ts';
import { createRancherTransport } from '../clients/rancher.ts';
import type { RancherStore } from './useText.ts';

export interface Clients {
  clusterId: string;
  kubernetes: KubernetesClient;
  prometheus: PrometheusClient;
}

export const CLIENTS: InjectionKey<Clients> = Symbol('tartware clients');

/** One of each client for a page and everything in it. */
export function provideClients(store: RancherStore, clusterId: string): Clients {
  const send = createRancherTransport(store);
  const clients = { clusterId, kubernetes: createKubernetesClient(send, clusterId), prometheus: createPrometheusClient(send, clusterId) };

  provide(CLIENTS, clients);

  return clients;
}

export function useClients(): Clients {
  const clients = inject(CLIENTS);

  if (!clients) throw new Error('useClients() belongs inside a ClusterScope.');

  return clients;
}
