import { millicores, mebibytes, named, ofKind } from './manifests.ts';
import type { Amounts, Manifest } from './manifests.ts';

/** What all services may take together at a number of pods each; CPU in millicores, memory in mebibytes. */
export interface Totals {
  pods: number;
  requestsCpu: number;
  requestsMemory: number;
  limitsCpu: number;
  limitsMemory: number;
}

function times(pods: number, { requests, limits }: { requests: Amounts; limits: Amounts }): Totals {
  return {
    pods,
    requestsCpu: pods * millicores(requests.cpu),
    requestsMemory: pods * mebibytes(requests.memory),
    limitsCpu: pods * millicores(limits.cpu),
    limitsMemory: pods * mebibytes(limits.memory),
  };
}

function combine(a: Totals, b: Totals, pick: (a: number, b: number) => number): Totals {
  return {
    pods: pick(a.pods, b.pods),
    requestsCpu: pick(a.requestsCpu, b.requestsCpu),
    requestsMemory: pick(a.requestsMemory, b.requestsMemory),
    limitsCpu: pick(a.limitsCpu, b.limitsCpu),
    limitsMemory: pick(a.limitsMemory, b.limitsMemory),
  };
}

const none: Totals = { pods: 0, requestsCpu: 0, requestsMemory: 0, limitsCpu: 0, limitsMemory: 0 };

export const plus = (a: Totals, b: Totals): Totals => combine(a, b, (x, y) => x + y);

function perService(manifests: Manifest[], pods: (limits: { minReplicas: number; maxReplicas: number }) => number): Totals[] {
  return ofKind(manifests, 'HorizontalPodAutoscaler').map(({ metadata, spec }) => {
    const [container] = named(manifests, 'Deployment', metadata.name).spec.template.spec.containers;

    return times(pods(spec), container.resources);
  });
}

export const atMinimum = (manifests: Manifest[]): Totals => perService(manifests, ({ minReplicas }) => minReplicas).reduce(plus, none);
export const atMaximum = (manifests: Manifest[]): Totals => perService(manifests, ({ maxReplicas }) => maxReplicas).reduce(plus, none);

/** What the rollout of any one service at its maximum takes on top, with the default surge of a quarter, rounded up; the largest per resource. */
export function largestSurge(manifests: Manifest[]): Totals {
  return perService(manifests, ({ maxReplicas }) => Math.ceil(maxReplicas / 4)).reduce((a, b) => combine(a, b, Math.max));
}

/** What a migration takes while it runs; Helm runs them one after the other. The largest per resource. */
export function migration(manifests: Manifest[]): Totals {
  return ofKind(manifests, 'Job').map(({ spec }) => times(1, spec.template.spec.containers[0].resources)).reduce((a, b) => combine(a, b, Math.max), none);
}

/** What the quota allows. @throws when there is none, or none on one of the five resources. */
export function quota(manifests: Manifest[]): Totals {
  const hard = ofKind(manifests, 'ResourceQuota')[0]?.spec.hard ?? {};
  const amount = (key: string): string => {
    const value = hard[key];

    if (value === undefined) {
      throw new Error(`no quota on ${ key }`);
    }

    return value;
  };

  return {
    pods: Number(amount('pods')),
    requestsCpu: millicores(amount('requests.cpu')),
    requestsMemory: mebibytes(amount('requests.memory')),
    limitsCpu: millicores(amount('limits.cpu')),
    limitsMemory: mebibytes(amount('limits.memory')),
  };
}

/** The resources of which more is wanted than allowed. */
export function exceeded(wanted: Totals, allowed: Totals): string[] {
  const keys = Object.keys(allowed) as (keyof Totals)[];

  return keys.filter((key) => wanted[key] > allowed[key]);
}
