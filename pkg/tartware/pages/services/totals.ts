import { addQuantities, multiplyQuantity, scalingState, ZERO } from '@tartware/domain';
import type { Autoscaler, PodResources, Quantity, ScalingChange } from '@tartware/domain';

/** What changes come to in all. */
export interface ChangeTotals {
  /** Pods that come (or go, below zero) as soon as the changes are applied, whatever the load. */
  podsAtOnce: number;
  /** What these ask for; undefined where a changed service's pods are not known. */
  requested: { cpu: Quantity; memory: Quantity } | undefined;
  /** By how many pods the maxima rise or fall. */
  maximum: number;
}

/** @param pods what a pod of each service asks for, by its name */
export function changeTotals(changes: readonly ScalingChange[], autoscalers: readonly Autoscaler[], pods: ReadonlyMap<string, PodResources>): ChangeTotals {
  const steps = changes.map((change) => ({ change, pods: podsAtOnce(change, autoscalers), pod: pods.get(change.name) }));
  const sum = (resource: string) => addQuantities(...steps.map(({ pods: count, pod }) => multiplyQuantity(pod?.requests.get(resource) ?? ZERO, count)));

  return {
    podsAtOnce: steps.reduce((total, step) => total + step.pods, 0),
    requested: steps.every(({ pod }) => pod !== undefined) ? { cpu: sum('cpu'), memory: sum('memory') } : undefined,
    maximum: changes.reduce((total, { base, wanted }) => total + wanted.max - base.max, 0),
  };
}

/** The autoscaler goes to the nearest number of pods that its new range allows; a paused one goes nowhere. */
function podsAtOnce({ name, base, wanted }: ScalingChange, autoscalers: readonly Autoscaler[]): number {
  const autoscaler = autoscalers.find((other) => other.name === name);

  if (autoscaler && scalingState(autoscaler).name === 'disabled') return 0;
  const current = autoscaler?.status?.current ?? base.min;

  return Math.max(wanted.min, Math.min(wanted.max, current)) - current;
}
