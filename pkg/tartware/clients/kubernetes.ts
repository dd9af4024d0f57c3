import { accessReview, readAccess } from '@tartware/domain';
import type { AccessAnswer, AccessQuestion, JsonPatchOperation } from '@tartware/domain';
import { isRecord, RequestFailure } from './failure.ts';
import type { SendToRancher } from './rancher.ts';

/**
 * The Kubernetes API of one cluster, through Rancher's proxy and with the user's own rights. Objects come as they are: the domain parses them.
 * Rancher's Steve watch is not used: it announces changes after 4 s at the earliest (`resourceChangesDebounceMs`), exists only inside
 * Cluster Explorer, and brings objects of another shape. Nine autoscalers asked for every 1.5 s are faster on screen and one way for both places.
 */
export interface KubernetesClient {
  listAutoscalers(signal?: AbortSignal): Promise<unknown[]>;
  listDeployments(signal?: AbortSignal): Promise<unknown[]>;
  listQuotas(signal?: AbortSignal): Promise<unknown[]>;
  readAutoscaler(name: string): Promise<unknown>;
  /** All or nothing; rejects with code `REJECTED` when a `test` does not hold. Returns the changed object. */
  patchAutoscaler(name: string, patch: JsonPatchOperation[]): Promise<unknown>;
  /** What the sandbox says about itself; undefined in a real cluster. */
  readSandboxNotice(signal?: AbortSignal): Promise<string | undefined>;
  canI(question: AccessQuestion, signal?: AbortSignal): Promise<AccessAnswer>;
}

export const NAMESPACE = 'tartware-system';
const OURS = 'labelSelector=app.kubernetes.io%2Fpart-of%3Dtartware';
const SANDBOX_CONFIG_MAP = 'tartware-sandbox';

export function createKubernetesClient(send: SendToRancher, clusterId: string): KubernetesClient {
  const cluster = `/k8s/clusters/${ encodeURIComponent(clusterId) }`;
  const autoscalers = `${ cluster }/apis/autoscaling/v2/namespaces/${ NAMESPACE }/horizontalpodautoscalers`;

  async function list(url: string, signal?: AbortSignal): Promise<unknown[]> {
    const answer = await send({ url, signal });

    if (!isRecord(answer) || !Array.isArray(answer.items)) throw malformed('a list', url);

    return answer.items;
  }

  return {
    listAutoscalers: (signal) => list(`${ autoscalers }?${ OURS }`, signal),
    listDeployments: (signal) => list(`${ cluster }/apis/apps/v1/namespaces/${ NAMESPACE }/deployments?${ OURS }`, signal),
    listQuotas: (signal) => list(`${ cluster }/api/v1/namespaces/${ NAMESPACE }/resourcequotas`, signal),
    readAutoscaler: (name) => send({ url: `${ autoscalers }/${ encodeURIComponent(name) }` }),
    patchAutoscaler: (name, patch) => send({
      url: `${ autoscalers }/${ encodeURIComponent(name) }`,
      method: 'patch',
      // Exactly this: with a charset behind it the API server refuses the patch.
      headers: { 'content-type': 'application/json-patch+json' },
      data: patch,
    }),
    async readSandboxNotice(signal) {
      // A list by name: a plain GET of an object that is not there would be an error in the browser's console of every real cluster.
      const [map] = await list(`${ cluster }/api/v1/namespaces/${ NAMESPACE }/configmaps?fieldSelector=metadata.name%3D${ SANDBOX_CONFIG_MAP }`, signal);
      const message = isRecord(map) && isRecord(map.data) ? map.data.message : undefined;

      return typeof message === 'string' ? message : undefined;
    },
    canI: async (question, signal) => readAccess(await send({
      url: `${ cluster }/apis/authorization.k8s.io/v1/selfsubjectaccessreviews`, method: 'post', data: accessReview(question), signal,
    })),
  };
}

function malformed(expected: string, url: string): RequestFailure {
  return new RequestFailure('MALFORMED', `Expected ${ expected }`, { request: url.split('?')[0] ?? url });
}
