import { TartwareError } from './errors.ts';
import { isRecord, recordAt, stringAt, stringsAt } from './json.ts';
import type { PodResources } from './pod-resources.ts';
import { addQuantities, multiplyQuantity, parseQuantity, subtractQuantity, timesInto, ZERO } from './quantity.ts';
import type { Quantity } from './quantity.ts';

/** One line of a ResourceQuota: `hard` may not be passed by what all pods of the namespace ask for; `used` is that sum now. */
export interface QuotaLimit {
  quota: string;
  /** As the quota writes it: `requests.cpu`, `limits.memory`, `pods`, … */
  resource: string;
  hard: Quantity;
  used: Quantity;
}

/** A service and the number of pods it shall be able to reach. */
export interface ServiceDemand {
  name: string;
  /** Pods that are there now: they are in the quota's `used`. */
  current: number;
  /** The maximum to check: the draft's where there is one, else the live one. */
  wanted: number;
  pod: PodResources;
}

/** The largest number of pods, and the line that stops it there; both undefined where no quota counts what the pod uses. */
export interface Ceiling {
  pods: number | undefined;
  binding: QuotaLimit | undefined;
}

export interface ServiceCapacity {
  name: string;
  wanted: number;
  /** While all others stay at the pods they have now. */
  alone: Ceiling;
  /** While all others are at what they want. */
  together: Ceiling;
}

/**
 * Whether the wanted maxima fit the namespace's quotas: an estimate. It does not know the pods of a rollout, other workloads that
 * grow, LimitRanges, or nodes.
 */
export interface CapacityReport {
  /** Every service at what it wants, at the same time. */
  fits: boolean;
  /** The line that is reached first when all grow evenly from now to what they want; undefined where all fits. */
  binding: (QuotaLimit & { needed: Quantity }) | undefined;
  services: ServiceCapacity[];
}

/**
 * The lines of a ResourceQuota that a service's pods count for. A quota for other pods only (terminating, best-effort,
 * of a priority class) has none. Before the quota's controller has looked, nothing is used.
 *
 * @throws TartwareError QUOTA_MALFORMED, QUANTITY_INVALID
 */
export function quotaLimits(object: unknown): QuotaLimit[] {
  if (!isRecord(object) || stringAt(recordAt(object, 'metadata'), 'name') === undefined) {
    throw new TartwareError({ code: 'QUOTA_MALFORMED', message: 'An answer is no ResourceQuota.', hint: 'Does something else answer in place of the Kubernetes API?' });
  }
  const quota = stringAt(recordAt(object, 'metadata'), 'name') ?? '';
  const spec = recordAt(object, 'spec');
  const used = stringsAt(recordAt(object, 'status'), 'used');

  if (!countsOurPods(spec)) return [];

  return Object.entries(stringsAt(spec, 'hard'))
    .filter(([resource]) => COUNTED.has(resource))
    .map(([resource, hard]) => ({ quota, resource, hard: parseQuantity(hard), used: parseQuantity(used[resource] ?? '0') }));
}

/** How much one pod adds to a line of a quota, by the line's name. `cpu` and `memory` are older names of the requests. */
const COUNTED: ReadonlyMap<string, (pod: PodResources) => Quantity> = new Map([
  ...['cpu', 'memory'].flatMap((resource): [string, (pod: PodResources) => Quantity][] => [
    [resource, ({ requests }) => requests.get(resource) ?? ZERO],
    [`requests.${ resource }`, ({ requests }) => requests.get(resource) ?? ZERO],
    [`limits.${ resource }`, ({ limits }) => limits.get(resource) ?? ZERO],
  ]),
  ['pods', () => parseQuantity('1')],
  ['count/pods', () => parseQuantity('1')],
]);

/** Our pods run until they are stopped and ask for something; whether they have a priority class of a quota is not known here. */
function countsOurPods(spec: Record<string, unknown>): boolean {
  const scopes = Array.isArray(spec.scopes) ? spec.scopes : [];

  return spec.scopeSelector === undefined && scopes.every((scope) => scope === 'NotTerminating' || scope === 'NotBestEffort');
}

export function checkCapacity(limits: readonly QuotaLimit[], demands: readonly ServiceDemand[]): CapacityReport {
  const binding = limits
    .map((limit) => ({ ...limit, needed: addQuantities(limit.used, growth(limit, demands)) }))
    .filter(({ needed, hard }) => needed.nano > hard.nano)
    .reduce<CapacityReport['binding']>((first, limit) => (first && !isReachedBefore(limit, first) ? first : limit), undefined);

  return {
    fits: binding === undefined,
    binding,
    services: demands.map((demand) => {
      const others = demands.filter((other) => other !== demand);

      return { name: demand.name, wanted: demand.wanted, alone: ceiling(limits, demand, []), together: ceiling(limits, demand, others) };
    }),
  };
}

/** What a line gets on top of `used` when these services go from their pods of now to what they want; less where they want fewer. */
function growth(limit: QuotaLimit, demands: readonly ServiceDemand[]): Quantity {
  return addQuantities(...demands.map(({ current, wanted, pod }) => multiplyQuantity(perPod(limit, pod), wanted - current)));
}

function perPod({ resource }: QuotaLimit, pod: PodResources): Quantity {
  return COUNTED.get(resource)?.(pod) ?? ZERO;
}

/** Which line is reached at the smaller part of the way: (hard − used) / growth, compared without dividing. */
function isReachedBefore(a: QuotaLimit & { needed: Quantity }, b: QuotaLimit & { needed: Quantity }): boolean {
  const room = ({ hard, used }: QuotaLimit) => hard.nano - used.nano;
  const way = ({ needed, used }: QuotaLimit & { needed: Quantity }) => needed.nano - used.nano;

  // A line that is passed although nothing grows was passed before the way began.
  if (way(a) <= 0n || way(b) <= 0n) return way(a) <= 0n && way(b) > 0n;

  return room(a) * way(b) < room(b) * way(a);
}

function ceiling(limits: readonly QuotaLimit[], demand: ServiceDemand, others: readonly ServiceDemand[]): Ceiling {
  return limits.reduce<Ceiling>((lowest, limit) => {
    const each = perPod(limit, demand.pod);

    if (each.nano <= 0n) return lowest;
    const ownNow = multiplyQuantity(each, demand.current);
    const room = subtractQuantity(addQuantities(limit.hard, ownNow), addQuantities(limit.used, growth(limit, others)));
    const pods = timesInto(each, room);

    return lowest.pods !== undefined && lowest.pods <= pods ? lowest : { pods, binding: limit };
  }, { pods: undefined, binding: undefined });
}
