import type { V1Pod } from '@kubernetes/client-node';
import type { PodRunner } from '../pods/pod.ts';
import { containerStatus } from '../pods/status.ts';
import { resourceMetrics } from './exposition.ts';
import { readMachine, readProcesses, readUnits, usageOfTree, type ProcessStat, type Units } from './proc.ts';
import { UsageSharing, type RunningContainer } from './sharing.ts';

const SAMPLE_MS = 1_000;

/**
 * What shares one load: the pods of one service, by their name label. Only those that a ReplicaSet made: a Job that carries the
 * service's labels, as a migration does, works on its own.
 */
export function serviceOf(pod: V1Pod): string | undefined {
  const name = pod.metadata?.labels?.['app.kubernetes.io/name'];
  const replicated = pod.metadata?.ownerReferences?.some((owner) => owner.controller && owner.kind === 'ReplicaSet');
  return name && replicated ? `${pod.metadata?.namespace}/${name}` : undefined;
}

export function isReady(pod: V1Pod): boolean {
  return !pod.metadata?.deletionTimestamp && pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}

/** The running containers of a pod, as its status tells; enough for a simulated one. */
export function containersOf(pod: V1Pod): RunningContainer[] {
  const service = serviceOf(pod);
  return (pod.status?.containerStatuses ?? []).filter((status) => status.state?.running).map((status) => ({
    id: `${pod.metadata?.uid}/${status.name}/${status.restartCount}`,
    namespace: pod.metadata?.namespace ?? '',
    pod: pod.metadata?.name ?? '',
    container: status.name,
    node: pod.spec?.nodeName ?? '',
    group: service && `${service}/${status.name}`,
    ready: isReady(pod),
    startedAt: new Date(status.state?.running?.startedAt ?? 0).getTime(),
  }));
}

/** The running containers of a pod of this node with what their processes use. */
function measuredContainers(runner: PodRunner, processes: readonly ProcessStat[], units: Units): RunningContainer[] {
  const { containers } = runner.views();
  const status = { ...runner.pod.status, containerStatuses: containers.map(containerStatus) };
  return containersOf({ ...runner.pod, status }).map((container) => {
    const pid = containers.find(({ name }) => name === container.container)?.pid;
    return pid === undefined ? container : { ...container, measured: usageOfTree(pid, processes, units) };
  });
}

export interface SamplerOptions {
  readonly nodeName: string;
  pods(): readonly V1Pod[];
  runners(): readonly PodRunner[];
  log(line: string): void;
}

/** Measures the node's containers each second and keeps every node's usage ready to be read. */
export class UsageSampler {
  readonly #options: SamplerOptions;
  readonly #units = readUnits();
  readonly #sharing = new UsageSharing(Date.now());
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SamplerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => {
      try {
        this.sample();
      } catch (error) {
        this.#options.log(`usage was not measured: ${String(error)}`);
      }
    }, SAMPLE_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  sample(): void {
    const { nodeName, pods, runners } = this.#options;
    const processes = readProcesses();
    const simulated = pods().filter((pod) => pod.spec?.nodeName !== nodeName).flatMap(containersOf);
    const measured = runners().flatMap((runner) => measuredContainers(runner, processes, this.#units));
    this.#sharing.advance(Date.now(), [...measured, ...simulated]);
  }

  /** A node's usage as Prometheus text. The real node reports this machine's own usage, not the sum of its pods; a node without pods is idle. */
  metricsOf(name: string): string {
    const { nodeName } = this.#options;
    const usage = this.#sharing.node(name);
    return resourceMetrics(name === nodeName ? { ...usage, ...readMachine(this.#units) } : usage, this.#sharing.at);
  }
}
