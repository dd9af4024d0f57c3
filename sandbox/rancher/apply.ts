import { ApiextensionsV1Api, CoreV1Api, KubeConfig, KubernetesObjectApi, PatchStrategy, VersionApi } from '@kubernetes/client-node';
import type { KubernetesObject } from '@kubernetes/client-node';
import { SandboxError } from '../errors.ts';
import { readClusterFacts } from './cluster-facts.ts';
import { RANCHER_CRDS } from './crds.ts';
import { namespaces, rancherObjects } from './objects.ts';
import { rbacObjects } from './rbac.ts';
import type { SandboxUser } from './users.ts';

const FIELD_MANAGER = 'tartware-sandbox';
const ESTABLISHED_WITHIN_MS = 30_000;

/**
 * Server-side-applies Rancher's types, the objects its dashboard reads, and the rights of the users. Safe to repeat: call it
 * again when nodes have come or gone, and the cluster's figures on Rancher's Home follow.
 * @param kubeconfigPath of someone who may do everything
 * @throws SandboxError CLUSTER_HAS_RANCHER where Rancher's types come from somebody else, RANCHER_OBJECTS_FAILED
 */
export async function applyRancherObjects(kubeconfigPath: string, options: { serverUrl: string; users: readonly SandboxUser[] }): Promise<void> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath);
  const objects = KubernetesObjectApi.makeApiClient(config);
  const facts = await readClusterFacts(config.makeApiClient(CoreV1Api), config.makeApiClient(VersionApi));

  await refuseForeignTypes(config.makeApiClient(ApiextensionsV1Api));
  await applyAll(objects, RANCHER_CRDS);
  await waitUntilEstablished(config.makeApiClient(ApiextensionsV1Api));
  await applyAll(objects, namespaces());
  await applyAll(objects, [...rbacObjects(options.users), ...rancherObjects({ ...options, facts })]);
}

async function applyAll(api: KubernetesObjectApi, objects: readonly KubernetesObject[]): Promise<void> {
  await Promise.all(objects.map(async (object) => {
    try {
      await api.patch(object, undefined, undefined, FIELD_MANAGER, true, PatchStrategy.ServerSideApply);
    } catch (cause) {
      const message = `${object.kind} ${object.metadata?.name} could not be applied: ${cause instanceof Error ? cause.message : String(cause)}`;
      throw new SandboxError('RANCHER_OBJECTS_FAILED', message, 'see that the API server is up and the kubeconfig belongs to a cluster-admin', { cause });
    }
  }));
}

/** In a cluster that Rancher runs in or manages, ours would overwrite its types and settings. */
async function refuseForeignTypes(api: ApiextensionsV1Api): Promise<void> {
  const { items } = await api.listCustomResourceDefinition();
  const ours = new Set(RANCHER_CRDS.map((crd) => crd.metadata?.name));
  const foreign = items.filter(({ metadata }) => ours.has(metadata?.name) && !metadata?.managedFields?.some(({ manager }) => manager === FIELD_MANAGER));
  if (foreign.length === 0) return;
  throw new SandboxError(
    'CLUSTER_HAS_RANCHER',
    `the cluster has types of Rancher's that are not the sandbox's: ${foreign.map(({ metadata }) => metadata?.name).join(', ')}`,
    'use a cluster without Rancher; in a real Rancher install the extension instead of starting the sandbox on its cluster',
  );
}

async function waitUntilEstablished(api: ApiextensionsV1Api): Promise<void> {
  const deadline = Date.now() + ESTABLISHED_WITHIN_MS;
  const wanted = new Set(RANCHER_CRDS.map((crd) => crd.metadata?.name));
  for (;;) {
    const { items } = await api.listCustomResourceDefinition();
    const pending = items.filter((crd) => wanted.has(crd.metadata?.name) && !crd.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True'));
    if (pending.length === 0) return;
    if (Date.now() > deadline) {
      throw new SandboxError('RANCHER_OBJECTS_FAILED', `not established within ${ESTABLISHED_WITHIN_MS / 1000} s: ${pending.map((crd) => crd.metadata?.name).join(', ')}`, 'see the log of kube-apiserver');
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
