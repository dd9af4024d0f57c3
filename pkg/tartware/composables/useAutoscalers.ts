import { parseAutoscaler } from '@tartware/domain';
import type { Autoscaler } from '@tartware/domain';
import { useClients } from './useClients.ts';
import { usePolling } from './usePolling.ts';
import type { Polled } from './usePolling.ts';

/** With the answer's own time, a change of anybody's is on screen within 2 s (see KubernetesClient for why this is no watch). */
const INTERVAL_MS = 1500;

/** The platform's services in the order in which a request meets them; Tartware's further autoscalers come after. */
const ORDER = ['api-gateway', 'core', 'reservations', 'billing', 'guests', 'rooms', 'settings', 'housekeeping', 'command-center'];

/** All autoscalers of Tartware in this cluster, live, always in the same order so that no row moves under the pointer. */
export function useAutoscalers(): Polled<Autoscaler[]> {
  const { kubernetes } = useClients();

  return usePolling(async (signal) => (await kubernetes.listAutoscalers(signal)).map(parseAutoscaler).sort(byOrder), INTERVAL_MS);
}

function byOrder(a: Autoscaler, b: Autoscaler): number {
  return place(a.name) - place(b.name) || a.name.localeCompare(b.name);
}

function place(name: string): number {
  const index = ORDER.indexOf(name);

  return index < 0 ? ORDER.length : index;
}
