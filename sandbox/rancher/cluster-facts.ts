import type { CoreV1Api, V1Pod, VersionApi, VersionInfo } from '@kubernetes/client-node';
import { quantityToScalar } from '@kubernetes/client-node/dist/util.js';

interface Amounts {
  readonly cpu: string;
  readonly memory: string;
  readonly pods: string;
}

/** What Rancher's controllers would keep up to date in the status of its Cluster object. */
export interface ClusterFacts {
  readonly version: VersionInfo;
  readonly nodeCount: number;
  /** `mixed` when nodes differ. */
  readonly architecture: string;
  readonly capacity: Amounts;
  readonly allocatable: Amounts;
  readonly requested: Amounts;
}

/** Pods are read in pages of this size: with thousands of them one answer would hold up the API server. */
const PAGE = 500;

/** Reads version, nodes and the pods' requests from the cluster itself: nothing in the status is made up. */
export async function readClusterFacts(core: CoreV1Api, versions: VersionApi): Promise<ClusterFacts> {
  const version = await versions.getCode();
  const nodes = (await core.listNode()).items;
  return {
    version,
    nodeCount: nodes.length,
    architecture: commonOf(nodes.map((node) => node.status?.nodeInfo?.architecture ?? '')),
    capacity: sum(nodes.map((node) => node.status?.capacity ?? {})),
    allocatable: sum(nodes.map((node) => node.status?.allocatable ?? {})),
    requested: await requestedByPods(core),
  };
}

function commonOf(architectures: readonly string[]): string {
  const different = new Set(architectures.filter((architecture) => architecture !== ''));
  return different.size > 1 ? 'mixed' : [...different][0] ?? '';
}

async function requestedByPods(core: CoreV1Api): Promise<Amounts> {
  const requests: Record<string, string>[] = [];
  let _continue: string | undefined;
  do {
    const page = await core.listPodForAllNamespaces({ limit: PAGE, fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed', ...(_continue ? { _continue } : {}) });
    requests.push(...page.items.flatMap(requestsOf));
    _continue = page.metadata?._continue;
  } while (_continue);
  return sum(requests);
}

/** One record per container, and one that counts the pod. */
function requestsOf(pod: V1Pod): Record<string, string>[] {
  if (!pod.spec?.nodeName) return [];
  return [{ pods: '1' }, ...pod.spec.containers.map((container) => container.resources?.requests ?? {})];
}

function sum(records: readonly Readonly<Record<string, string>>[]): Amounts {
  const total = (resource: keyof Amounts): number =>
    records.reduce((amount, record) => amount + Number(quantityToScalar(record[resource] ?? '0')), 0);
  return { cpu: `${Math.round(total('cpu') * 1000)}m`, memory: `${Math.round(total('memory') / 1024)}Ki`, pods: String(total('pods')) };
}
