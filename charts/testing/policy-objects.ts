/** What objects of a release have to agree on. Each rule answers with what is wrong, in words. */
import type { KubernetesObject, V1Container, V1Deployment, V1Job, V1PodDisruptionBudget, V1PodTemplateSpec, V1Service, V1StatefulSet, V2HorizontalPodAutoscaler } from '@kubernetes/client-node';

interface ScaledObject extends KubernetesObject {
  spec: { scaleTargetRef: { kind?: string; name: string } };
}

interface ServiceMonitor extends KubernetesObject {
  spec: { selector: { matchLabels: Record<string, string> }; endpoints: { port: string }[] };
}

interface Kinds {
  Deployment: V1Deployment;
  StatefulSet: V1StatefulSet;
  Job: V1Job;
  Service: V1Service;
  PodDisruptionBudget: V1PodDisruptionBudget;
  HorizontalPodAutoscaler: V2HorizontalPodAutoscaler;
  ScaledObject: ScaledObject;
  ServiceMonitor: ServiceMonitor;
}

export interface Workload {
  /** As in messages: `Deployment core`. */
  title: string;
  /** Whether it serves, rather than ends. */
  serves: boolean;
  /** Whether there is ever only one of its pods. */
  alone: boolean;
  object: V1Deployment | V1StatefulSet | V1Job;
  template: V1PodTemplateSpec;
}

export function allOf<K extends keyof Kinds>(objects: readonly KubernetesObject[], kind: K): Kinds[K][] {
  return objects.filter((object) => object.kind === kind) as Kinds[K][];
}

const nameOf = ({ metadata }: KubernetesObject): string => metadata?.name ?? '';

/** Whatever makes pods. @throws on a kind that makes pods and that no rule knows yet */
export function workloadsOf(objects: readonly KubernetesObject[]): Workload[] {
  const unknown = objects.find(({ kind }) => ['DaemonSet', 'CronJob', 'Pod', 'ReplicaSet'].includes(kind ?? ''));

  if (unknown !== undefined) {
    throw new Error(`${ unknown.kind } ${ nameOf(unknown) }: charts/testing/policy-objects.ts knows no rules for its kind`);
  }
  const workload = (object: V1Deployment | V1StatefulSet | V1Job): Workload[] => {
    const template = object.spec?.template;
    const alone = object.spec !== undefined && 'replicas' in object.spec && object.spec.replicas === 1;

    return template === undefined ? [] : [{ title: `${ object.kind } ${ nameOf(object) }`, serves: object.kind !== 'Job', alone, object, template }];
  };

  return [...allOf(objects, 'Deployment'), ...allOf(objects, 'StatefulSet'), ...allOf(objects, 'Job')].flatMap(workload);
}

/** Whether an equality selector takes these labels; an empty one takes none here, since a chart never means all. */
function selects(selector: Record<string, string> | undefined, labels: Record<string, string> | undefined): boolean {
  const wanted = Object.entries(selector ?? {});

  return wanted.length > 0 && wanted.every(([key, value]) => labels?.[key] === value);
}

/** Each Deployment has one PodDisruptionBudget, and each budget one that it protects. */
export function disruptionRules(objects: readonly KubernetesObject[]): string[] {
  const budgets = allOf(objects, 'PodDisruptionBudget');
  const workloads = workloadsOf(objects);
  const protects = ({ spec }: V1PodDisruptionBudget, { template }: Workload): boolean => selects(spec?.selector?.matchLabels, template.metadata?.labels);
  const counts = workloads.filter(({ object }) => object.kind === 'Deployment').map((workload) => ({ workload, count: budgets.filter((budget) => protects(budget, workload)).length }));

  return [
    ...counts.filter(({ count }) => count !== 1).map(({ workload, count }) => `${ workload.title } has ${ count } PodDisruptionBudgets`),
    ...budgets.filter((budget) => !workloads.some((workload) => protects(budget, workload))).map((budget) => `PodDisruptionBudget ${ nameOf(budget) } protects nothing`),
  ];
}

/** Exactly one says how many pods a Deployment has: an autoscaler, or its own `replicas`. */
export function autoscalerRules(objects: readonly KubernetesObject[]): string[] {
  const targets = [...allOf(objects, 'HorizontalPodAutoscaler').map(({ spec }) => spec?.scaleTargetRef), ...allOf(objects, 'ScaledObject').map(({ spec }) => spec.scaleTargetRef)];
  const deployments = allOf(objects, 'Deployment');
  const scalersOf = (name: string): number => targets.filter((target) => target?.name === name && (target.kind ?? 'Deployment') === 'Deployment').length;

  return [
    ...deployments.filter((deployment) => scalersOf(nameOf(deployment)) + (deployment.spec?.replicas === undefined ? 0 : 1) !== 1)
      .map((deployment) => `Deployment ${ nameOf(deployment) } has ${ scalersOf(nameOf(deployment)) } autoscalers and replicas ${ deployment.spec?.replicas }`),
    ...targets.filter((target) => target?.kind === 'Deployment' && !deployments.some((deployment) => nameOf(deployment) === target.name)).map((target) => `nothing is called ${ target?.name }, and it is scaled`),
  ];
}

/** Number of a container's port by its name. */
const portNamed = ({ ports = [] }: V1Container, name: string): number | undefined => ports.find((port) => port.name === name)?.containerPort;

function servicePortRules(service: V1Service, workload: Workload): string[] {
  const containers = workload.template.spec?.containers ?? [];
  // A Service may name another port than the container's where it translates, as 443 for a server that may not bind it.
  const translates = ({ port }: { port: number }): boolean => port === 443 || port === 80;

  return (service.spec?.ports ?? []).flatMap((port) => {
    const target = String(port.targetPort ?? port.port);
    const numbers = containers.flatMap((container) => [portNamed(container, target), container.ports?.find(({ containerPort }) => String(containerPort) === target)?.containerPort]).filter((number) => number !== undefined);

    if (numbers.length === 0) {
      return [`Service ${ nameOf(service) }: ${ workload.title } has no port ${ target }`];
    }

    return translates(port) || numbers[0] === port.port ? [] : [`Service ${ nameOf(service) }: port ${ port.port } is ${ numbers[0] } at ${ workload.title }`];
  });
}

/** Services reach ports that containers have, containers are told the same numbers, and monitors look at ports that Services have. */
export function portRules(objects: readonly KubernetesObject[]): string[] {
  const workloads = workloadsOf(objects).filter(({ serves }) => serves);
  const services = allOf(objects, 'Service');
  const servedBy = (service: V1Service): Workload[] => workloads.filter(({ template }) => selects(service.spec?.selector, template.metadata?.labels));
  const told = (workload: Workload): string[] => (workload.template.spec?.containers ?? []).flatMap((container) => [['PORT', 'http'], ['OPS_PORT', 'ops']].flatMap(([variable = '', port = '']) => {
    const value = container.env?.find(({ name }) => name === variable)?.value;

    return value === undefined || Number(value) === portNamed(container, port) ? [] : [`${ workload.title }: ${ variable } is ${ value }, its port ${ port } ${ portNamed(container, port) }`];
  }));

  return [
    ...services.flatMap((service) => {
      const behind = servedBy(service);

      return behind.length === 0 ? [`Service ${ nameOf(service) } has nothing behind it`] : behind.flatMap((workload) => servicePortRules(service, workload));
    }),
    ...workloads.flatMap(told),
    ...allOf(objects, 'ServiceMonitor').flatMap((monitor) => {
      const watched = services.filter(({ metadata }) => selects(monitor.spec.selector.matchLabels, metadata?.labels));
      const missing = monitor.spec.endpoints.filter(({ port }) => !watched.some(({ spec }) => spec?.ports?.some(({ name }) => name === port)));

      return missing.map(({ port }) => `ServiceMonitor ${ nameOf(monitor) }: no Service has a port ${ port }`);
    }),
  ];
}
