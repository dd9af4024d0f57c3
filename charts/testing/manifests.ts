import { parseQuantity, quantityToNumber } from '../../pkg/domain/quantity.ts';

/** The parts of Kubernetes objects that the charts' tests look at. */
interface Metadata {
  name: string;
  namespace: string;
  labels: Record<string, string>;
  annotations?: Record<string, string>;
}

export interface Amounts {
  cpu: string;
  memory: string;
}

export interface Container {
  name: string;
  image: string;
  args: string[];
  env: { name: string; value: string }[];
  envFrom?: { secretRef: { name: string } }[];
  ports: { name: string; containerPort: number }[];
  resources: { requests: Amounts; limits: Amounts };
  securityContext: Record<string, unknown>;
  lifecycle?: { preStop: { sleep: { seconds: number } } };
  startupProbe: Probe;
  readinessProbe: Probe;
  livenessProbe: Probe;
}

interface Probe {
  httpGet: { path: string; port: string };
}

export interface PodSpec {
  automountServiceAccountToken: boolean;
  serviceAccountName?: string;
  terminationGracePeriodSeconds: number;
  securityContext: Record<string, unknown>;
  containers: [Container];
  affinity?: Record<string, unknown>;
  tolerations?: unknown[];
  topologySpreadConstraints?: { topologyKey: string }[];
  priorityClassName?: string;
  restartPolicy?: string;
  volumes?: unknown[];
  hostNetwork?: boolean;
  hostPID?: boolean;
  hostIPC?: boolean;
}

interface Workload {
  metadata: Metadata;
  spec: { selector: { matchLabels: Record<string, string> }; template: { metadata: { labels: Record<string, string>; annotations?: Record<string, string> }; spec: PodSpec } };
}

export type Deployment = Workload & { kind: 'Deployment' };
export type Job = Omit<Workload, 'spec'> & { kind: 'Job'; spec: Pick<Workload['spec'], 'template'> };

export interface ScalingRules {
  stabilizationWindowSeconds: number;
  policies: { type: string; value: number; periodSeconds: number }[];
}

interface Behavior {
  scaleUp: ScalingRules;
  scaleDown: ScalingRules;
}

export interface HorizontalPodAutoscaler {
  kind: 'HorizontalPodAutoscaler';
  metadata: Metadata;
  spec: {
    scaleTargetRef: { apiVersion: string; kind: string; name: string };
    minReplicas: number;
    maxReplicas: number;
    metrics: {
      type: string;
      containerResource?: { name: string; container: string; target: { type: string; averageUtilization: number } };
      pods?: { metric: { name: string }; target: { type: string; averageValue: string } };
    }[];
    behavior: Behavior;
  };
}

/** KEDA's. */
export interface ScaledObject {
  kind: 'ScaledObject';
  metadata: Metadata;
  spec: {
    scaleTargetRef: { apiVersion: string; kind: string; name: string };
    minReplicaCount: number;
    maxReplicaCount: number;
    advanced: { horizontalPodAutoscalerConfig: { name: string; behavior: Behavior } };
    fallback?: { behavior: string; failureThreshold: number; replicas: number };
    triggers: { type: string; metricType: string; metadata: Record<string, string> }[];
  };
}

export interface ServiceMonitor {
  kind: 'ServiceMonitor';
  metadata: Metadata;
  spec: {
    selector: { matchLabels: Record<string, string> };
    endpoints: { port: string; path: string; interval: string; relabelings: { targetLabel: string; sourceLabels: string[] }[] }[];
  };
}

export interface ResourceQuota {
  kind: 'ResourceQuota';
  metadata: Metadata;
  spec: { hard: Record<string, string> };
}

export interface LimitRange {
  kind: 'LimitRange';
  metadata: Metadata;
  spec: { limits: { type: string; default: Amounts; defaultRequest: Amounts; min: Amounts; max: Amounts }[] };
}

export interface Service {
  kind: 'Service';
  metadata: Metadata;
  spec: { selector: Record<string, string>; ports: { name: string; port: number; targetPort: string }[] };
}

export interface PriorityClass {
  kind: 'PriorityClass';
  metadata: Metadata;
  value: number;
}

export interface OtherManifest {
  kind: 'Namespace' | 'PodDisruptionBudget' | 'ServiceAccount';
  metadata: Metadata;
  automountServiceAccountToken?: boolean;
}

export type Manifest = Deployment | Job | HorizontalPodAutoscaler | ScaledObject | ServiceMonitor | ResourceQuota | LimitRange | PriorityClass | Service | OtherManifest;

/** The objects of one kind, in the order in which they were rendered. */
export function ofKind<K extends Manifest['kind']>(manifests: Manifest[], kind: K): Extract<Manifest, { kind: K }>[] {
  return manifests.filter((manifest): manifest is Extract<Manifest, { kind: K }> => manifest.kind === kind);
}

/** The one object of a kind with this name. @throws when there is none. */
export function named<K extends Manifest['kind']>(manifests: Manifest[], kind: K, name: string): Extract<Manifest, { kind: K }> {
  const found = ofKind(manifests, kind).find(({ metadata }) => metadata.name === name);

  if (found === undefined) {
    throw new Error(`no ${ kind } ${ name }`);
  }

  return found;
}

/** Millicores of a CPU quantity. */
export function millicores(quantity: string): number {
  return Math.round(quantityToNumber(parseQuantity(quantity)) * 1000);
}

/** Mebibytes of a memory quantity. */
export function mebibytes(quantity: string): number {
  return quantityToNumber(parseQuantity(quantity)) / 2 ** 20;
}

/** The environment of a container as an object. */
export function environment({ env }: Container): Record<string, string> {
  return Object.fromEntries(env.map(({ name, value }) => [name, value]));
}
