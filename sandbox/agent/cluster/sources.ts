import type { V1Container } from '@kubernetes/client-node';
import type { ValueSources } from '../pods/environment.ts';
import { statusOf, type Cluster } from './client.ts';

/** The names of the Secrets and ConfigMaps that a container's environment refers to. */
export function referencedBy(container: V1Container): { secrets: string[]; configMaps: string[] } {
  const names = (of: (source: { secretRef?: { name?: string }; configMapRef?: { name?: string }; secretKeyRef?: { name?: string }; configMapKeyRef?: { name?: string } }) => { name?: string } | undefined): string[] => {
    const all = [...(container.envFrom ?? []), ...(container.env ?? []).map((variable) => variable.valueFrom ?? {})];
    return [...new Set(all.flatMap((source) => of(source)?.name ?? []))];
  };
  return {
    secrets: names((source) => source.secretRef ?? source.secretKeyRef),
    configMaps: names((source) => source.configMapRef ?? source.configMapKeyRef),
  };
}

async function orUndefined<T>(call: Promise<T>): Promise<T | undefined> {
  return call.catch((error: unknown) => {
    if (statusOf(error) === 404) return undefined;
    throw error;
  });
}

/**
 * Reads what the container's environment refers to, as it is now.
 * @throws ApiException unless the object just is not there
 */
export async function readSources({ core }: Pick<Cluster, 'core'>, namespace: string, container: V1Container): Promise<ValueSources> {
  const { secrets, configMaps } = referencedBy(container);
  const secretData = new Map(await Promise.all(secrets.map(async (name) => {
    const secret = await orUndefined(core.readNamespacedSecret({ name, namespace }));
    const entries = Object.entries(secret?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]);
    return [name, secret && Object.fromEntries(entries) as Record<string, string>] as const;
  })));
  const configMapData = new Map(await Promise.all(configMaps.map(async (name) => {
    const configMap = await orUndefined(core.readNamespacedConfigMap({ name, namespace }));
    return [name, configMap && (configMap.data ?? {})] as const;
  })));
  return { secret: (name) => secretData.get(name), configMap: (name) => configMapData.get(name) };
}
