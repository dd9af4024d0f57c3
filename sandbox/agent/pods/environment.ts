import type { V1Container, V1EnvFromSource, V1EnvVar, V1Pod } from '@kubernetes/client-node';

/** What the environment of a container may refer to. Undefined: there is no such object. */
export interface ValueSources {
  secret(name: string): Readonly<Record<string, string>> | undefined;
  configMap(name: string): Readonly<Record<string, string>> | undefined;
}

/** Why a container's environment can't be made; the kubelet calls this CreateContainerConfigError. */
export class ConfigError extends Error {}

/**
 * Replaces `$(NAME)` by its value; `$$(NAME)` stays literal, and so does a name that is not known.
 * The rules are Kubernetes' own: https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */
export function expand(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([^()]*)\)/g, (match, name: string | undefined) => {
    if (match === '$$') return '$';
    return values[name ?? ''] ?? match;
  });
}

function fieldOf(pod: V1Pod, path: string, address: string): string {
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (keyed) return pod.metadata?.[keyed[1] as 'labels' | 'annotations']?.[keyed[2] ?? ''] ?? '';
  const fields: Record<string, string | undefined> = {
    'metadata.name': pod.metadata?.name,
    'metadata.namespace': pod.metadata?.namespace,
    'metadata.uid': pod.metadata?.uid,
    'spec.nodeName': pod.spec?.nodeName,
    'spec.serviceAccountName': pod.spec?.serviceAccountName,
    'status.podIP': address,
    'status.podIPs': address,
    'status.hostIP': address,
    'status.hostIPs': address,
  };
  const value = fields[path];
  if (value === undefined) throw new ConfigError(`fieldPath ${path} is not supported in the sandbox`);
  return value;
}

function keyOf(kind: 'secret' | 'configmap', object: Readonly<Record<string, string>> | undefined, ref: { name?: string; key: string; optional?: boolean }): string | undefined {
  const value = object?.[ref.key];
  if (value !== undefined || ref.optional) return value;
  throw new ConfigError(object ? `couldn't find key ${ref.key} in ${kind} ${ref.name}` : `${kind} "${ref.name}" not found`);
}

function valueOf(variable: V1EnvVar, pod: V1Pod, address: string, sources: ValueSources): string | undefined {
  const from = variable.valueFrom;
  if (from?.secretKeyRef) return keyOf('secret', sources.secret(from.secretKeyRef.name ?? ''), from.secretKeyRef);
  if (from?.configMapKeyRef) return keyOf('configmap', sources.configMap(from.configMapKeyRef.name ?? ''), from.configMapKeyRef);
  if (from?.fieldRef) return fieldOf(pod, from.fieldRef.fieldPath, address);
  if (from) throw new ConfigError(`env ${variable.name}: this kind of valueFrom is not supported in the sandbox`);
  return variable.value ?? '';
}

function fromSource({ secretRef, configMapRef }: V1EnvFromSource, sources: ValueSources): Readonly<Record<string, string>> {
  const [kind, ref] = secretRef ? ['secret', secretRef] as const : ['configmap', configMapRef] as const;
  const name = ref?.name ?? '';
  const object = kind === 'secret' ? sources.secret(name) : sources.configMap(name);
  if (!object && !ref?.optional) throw new ConfigError(`${kind} "${name}" not found`);
  return object ?? {};
}

function fromSources(container: V1Container, sources: ValueSources): Record<string, string> {
  const values: Record<string, string> = {};
  for (const source of container.envFrom ?? []) {
    for (const [key, value] of Object.entries(fromSource(source, sources))) values[(source.prefix ?? '') + key] = value;
  }
  return values;
}

/**
 * The variables that the container's spec gives its process: envFrom first, then env in order, later ones win.
 * @throws ConfigError naming the object or key that is missing
 */
export function environmentOf(container: V1Container, pod: V1Pod, address: string, sources: ValueSources): Record<string, string> {
  const values = fromSources(container, sources);
  for (const variable of container.env ?? []) {
    const value = valueOf(variable, pod, address, sources);
    if (value !== undefined) values[variable.name] = variable.valueFrom ? value : expand(value, values);
  }
  return values;
}
