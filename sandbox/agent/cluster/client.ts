import { ApiException, AppsV1Api, CoordinationV1Api, CoreV1Api, KubeConfig, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';

/** The parts of the Kubernetes API that the agent talks to. */
export interface Cluster {
  readonly config: KubeConfig;
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly coordination: CoordinationV1Api;
}

export function connect(kubeconfig: string): Cluster {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  return {
    config,
    core: config.makeApiClient(CoreV1Api),
    apps: config.makeApiClient(AppsV1Api),
    coordination: config.makeApiClient(CoordinationV1Api),
  };
}

/** The HTTP status of a refused call; undefined for any other error. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof ApiException ? error.code : undefined;
}

/** Lists keep what a strategic merge patch doesn't name by its key; a JSON merge patch replaces them. */
export const STRATEGIC_MERGE = setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch);
export const MERGE = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);

/** One line for a log. */
export function describe(error: unknown): string {
  if (!(error instanceof ApiException)) return error instanceof Error ? `${error.message}${error.cause instanceof Error ? ` (${error.cause.message})` : ''}` : String(error);
  const body: unknown = error.body;
  const text = typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : String(body);
  return `${error.code}: ${text}`;
}
