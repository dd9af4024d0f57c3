/** What the pods of a release's hooks may name: Helm makes nothing else of a release before its pre-install hooks have ended. */
import type { KubernetesObject, V1PodSpec } from '@kubernetes/client-node';
import { workloadsOf } from './policy-objects.ts';
import type { Workload } from './policy-objects.ts';

interface ExternalSecret extends KubernetesObject {
  spec: { target: { name: string } };
}

/** When a pre-install hook comes, lower first; undefined for what is none. */
function weightOf({ metadata }: KubernetesObject): number | undefined {
  const { 'helm.sh/hook': hook = '', 'helm.sh/hook-weight': weight = '0' } = metadata?.annotations ?? {};

  return hook.split(',').some((each) => each.trim() === 'pre-install') ? Number(weight) : undefined;
}

/** Objects without which Kubernetes makes no pod or starts none of its containers, as `Secret tartware-redis`. */
function neededBy({ priorityClassName, serviceAccountName, imagePullSecrets = [], volumes = [], initContainers = [], containers }: V1PodSpec): string[] {
  const every = [...initContainers, ...containers];
  const sources = [
    ...every.flatMap(({ envFrom = [] }) => envFrom),
    ...every.flatMap(({ env = [] }) => env.map(({ valueFrom }) => ({ secretRef: valueFrom?.secretKeyRef, configMapRef: valueFrom?.configMapKeyRef }))),
    ...volumes.flatMap(({ projected }) => projected?.sources ?? []).map(({ secret, configMap }) => ({ secretRef: secret, configMapRef: configMap })),
  ];
  const named: Record<string, (string | undefined)[]> = {
    PriorityClass: [priorityClassName],
    ServiceAccount: [serviceAccountName],
    Secret: [...imagePullSecrets.map(({ name }) => name), ...sources.map(({ secretRef }) => secretRef?.name), ...volumes.map(({ secret }) => secret?.secretName)],
    ConfigMap: [...sources.map(({ configMapRef }) => configMapRef?.name), ...volumes.map(({ configMap }) => configMap?.name)],
    PersistentVolumeClaim: volumes.map(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName),
  };

  return [...new Set(Object.entries(named).flatMap(([kind, names]) => names.filter((name) => name !== undefined).map((name) => `${ kind } ${ name }`)))];
}

/** As whom pods name an object: External Secrets makes the Secret of an ExternalSecret. */
function titleOf(object: KubernetesObject): string {
  return object.kind === 'ExternalSecret' ? `Secret ${ (object as ExternalSecret).spec.target.name }` : `${ object.kind } ${ object.metadata?.name }`;
}

/** No hook's pod names anything of the release that comes later: its pods would never start, and the first install never end. */
export function hookRules(objects: readonly KubernetesObject[]): string[] {
  const made = new Map(objects.map((object) => [titleOf(object), weightOf(object) ?? Infinity]));
  const tooLate = ({ object, template }: Workload, weight: number): string[] => (
    template.spec === undefined ? [] : neededBy(template.spec).filter((needed) => (made.get(needed) ?? -Infinity) >= weight).map((needed) => `${ object.kind } ${ object.metadata?.name } is a hook and names ${ needed }, which comes later`)
  );

  return workloadsOf(objects).flatMap((workload) => {
    const weight = weightOf(workload.object);

    return weight === undefined ? [] : tooLate(workload, weight);
  });
}
