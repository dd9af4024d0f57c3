import { isRecord, recordAt, recordsAt } from './json.ts';
import type { JsonRecord } from './json.ts';
import { addQuantities, largerQuantity, parseQuantity, ZERO } from './quantity.ts';
import type { Quantity } from './quantity.ts';

/** Amounts by resource name (`cpu`, `memory`, …). */
export type ResourceList = ReadonlyMap<string, Quantity>;

/** What one pod counts for, with the scheduler and with quotas. */
export interface PodResources {
  requests: ResourceList;
  limits: ResourceList;
  /** Containers that say nothing for a resource; a quota on it refuses such a pod, unless a LimitRange fills it in. */
  unlimited: { container: string; resource: 'cpu' | 'memory' }[];
}

/** The only resources that may be set for a pod as a whole. */
const POD_LEVEL = /^(cpu|memory|hugepages-.+)$/;

/**
 * What a pod of this spec (`spec.template.spec` of a Deployment) counts for, by Kubernetes' rule
 * (k8s.io/component-helpers/resource): containers and sidecars run together; each init container runs alone beside the sidecars
 * that were started before it; the larger of the two counts, plus the overhead. What is set for the pod as a whole goes before.
 *
 * @throws TartwareError QUANTITY_INVALID
 */
export function podResources(podSpec: unknown): PodResources {
  const spec = isRecord(podSpec) ? podSpec : {};

  const overhead = listAt(spec, 'overhead');
  const requests = ofAllContainers(spec, requestsOf);
  const limits = ofAllContainers(spec, (container) => resourcesAt(container, 'limits'));

  return {
    requests: combined(addQuantities, requests, overhead),
    // The overhead adds to a limit and does not make one.
    limits: combined(addQuantities, limits, new Map([...overhead].filter(([resource]) => limits.has(resource)))),
    unlimited: unlimitedOf(spec),
  };
}

function ofAllContainers(spec: JsonRecord, of: (container: JsonRecord) => ResourceList): ResourceList {
  let sidecars: ResourceList = new Map();
  let initPeak: ResourceList = new Map();

  for (const container of recordsAt(spec, 'initContainers')) {
    if (isSidecar(container)) sidecars = combined(addQuantities, sidecars, of(container));
    // A sidecar's own start counts like an init container: beside those before it.
    initPeak = combined(largerQuantity, initPeak, isSidecar(container) ? sidecars : combined(addQuantities, sidecars, of(container)));
  }
  const running = combined(addQuantities, sidecars, ...recordsAt(spec, 'containers').map(of));
  const ofContainers = combined(largerQuantity, running, initPeak);
  const ofPod = [...of(spec)].filter(([resource]) => POD_LEVEL.test(resource));

  return new Map([...ofContainers, ...ofPod]);
}

/** A missing request is the limit: the API server fills it in when the pod is made, not in the Deployment's template. */
function requestsOf(container: JsonRecord): ResourceList {
  return new Map([...resourcesAt(container, 'limits'), ...resourcesAt(container, 'requests')]);
}

function unlimitedOf(spec: JsonRecord): PodResources['unlimited'] {
  const ofPod = resourcesAt(spec, 'limits');

  return [...recordsAt(spec, 'initContainers'), ...recordsAt(spec, 'containers')].flatMap((container) => (
    (['cpu', 'memory'] as const)
      .filter((resource) => !ofPod.has(resource) && !resourcesAt(container, 'limits').has(resource))
      .map((resource) => ({ container: String(container.name), resource }))
  ));
}

function isSidecar(container: JsonRecord): boolean {
  return container.restartPolicy === 'Always';
}

function resourcesAt(container: JsonRecord, which: 'requests' | 'limits'): ResourceList {
  return listAt(recordAt(container, 'resources'), which);
}

function listAt(from: JsonRecord, key: string): ResourceList {
  return new Map(Object.entries(recordAt(from, key)).map(([resource, amount]) => [resource, parseQuantity(amount)]));
}

function combined(by: (a: Quantity, b: Quantity) => Quantity, ...lists: ResourceList[]): ResourceList {
  const sum = new Map<string, Quantity>();

  for (const [resource, amount] of lists.flatMap((list) => [...list])) sum.set(resource, by(sum.get(resource) ?? ZERO, amount));

  return sum;
}
