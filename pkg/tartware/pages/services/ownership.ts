import type { Autoscaler, ScalingChange } from '@tartware/domain';

/** Who else writes these objects, and would undo a change made here. */
export interface Owner {
  kind: 'helm';
  release: string;
  /** Names of the autoscalers that come from this release. */
  names: string[];
}

/** The Helm releases that the autoscalers come from, by Helm's own annotation, else by the labels that Helm's charts set. */
export function helmOwners(autoscalers: readonly Autoscaler[]): Owner[] {
  const byRelease = new Map<string, string[]>();

  for (const { name, labels, annotations } of autoscalers) {
    const byLabel = labels['app.kubernetes.io/managed-by'] === 'Helm' ? labels['app.kubernetes.io/instance'] : undefined;
    const release = annotations['meta.helm.sh/release-name'] ?? byLabel;

    if (release) byRelease.set(release, [...byRelease.get(release) ?? [], name]);
  }

  return [...byRelease].map(([release, names]) => ({ kind: 'helm', release, names }));
}

/** The changes as values of the umbrella chart, to be put where the release is kept. */
export function valuesPatch(changes: readonly ScalingChange[]): string {
  return changes
    .map(({ name, wanted }) => `${ name }:\n  autoscaling:\n    minReplicas: ${ wanted.min }\n    maxReplicas: ${ wanted.max }\n`)
    .join('');
}
