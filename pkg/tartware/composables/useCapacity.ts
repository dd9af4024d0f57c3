import { checkCapacity, podResources, quotaLimits } from '@tartware/domain';
import type { Autoscaler, CapacityReport, PodRange, PodResources, QuotaLimit } from '@tartware/domain';
import { computed } from 'vue';
import type { ComputedRef, Ref } from 'vue';
import { isRecord } from '../clients/failure.ts';
import { useClients } from './useClients.ts';
import { usePolling } from './usePolling.ts';
import type { Polled } from './usePolling.ts';

export interface CapacityInputs {
  quotas: QuotaLimit[];
  /** What a pod of each service asks for, by the service's name. */
  pods: ReadonlyMap<string, PodResources>;
}

export interface Capacity {
  inputs: Polled<CapacityInputs>;
  /** All services at the maximum they would have; undefined until the inputs are there. */
  report: ComputedRef<CapacityReport | undefined>;
}

/** Quotas and pod sizes change by releases, what is used of a quota with every scaling. */
const INTERVAL_MS = 15_000;

export function useCapacity(autoscalers: Readonly<Ref<Autoscaler[]>>, wantedRange: (autoscaler: Autoscaler) => PodRange): Capacity {
  const { kubernetes } = useClients();
  const inputs = usePolling<CapacityInputs>(async (signal) => {
    const [quotas, deployments] = await Promise.all([kubernetes.listQuotas(signal), kubernetes.listDeployments(signal)]);

    return { quotas: quotas.flatMap(quotaLimits), pods: new Map(deployments.flatMap(podsOf)) };
  }, INTERVAL_MS);

  const report = computed(() => {
    const known = inputs.data.value;

    return known && checkCapacity(known.quotas, autoscalers.value.flatMap((autoscaler) => {
      const pod = known.pods.get(autoscaler.target.name);
      const { max } = wantedRange(autoscaler);

      // A field that holds no number for a moment counts as unchanged.
      return pod ? [{ name: autoscaler.name, current: autoscaler.status?.current ?? 0, wanted: Number.isInteger(max) ? max : autoscaler.range.max, pod }] : [];
    }));
  });

  return { inputs, report };
}

function podsOf(deployment: unknown): [string, PodResources][] {
  if (!isRecord(deployment) || !isRecord(deployment.metadata) || !isRecord(deployment.spec) || !isRecord(deployment.spec.template)) return [];
  const { name } = deployment.metadata;

  return typeof name === 'string' ? [[name, podResources(deployment.spec.template.spec)]] : [];
}
