import type { V1CustomResourceDefinition } from '@kubernetes/client-node';

interface RancherType {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly scope: 'Namespaced' | 'Cluster';
}

function typesOf(group: string, version: string, scope: RancherType['scope'], kinds: Readonly<Record<string, string>>): RancherType[] {
  return Object.entries(kinds).map(([plural, kind]) => ({ group, version, plural, kind, scope }));
}

/** The types of Rancher that its dashboard asks Steve for, and without which it takes the server for something else. */
export const RANCHER_TYPES: readonly RancherType[] = [
  ...typesOf('management.cattle.io', 'v3', 'Cluster', {
    settings: 'Setting',
    features: 'Feature',
    users: 'User',
    clusters: 'Cluster',
    fleetworkspaces: 'FleetWorkspace',
    rancherusernotifications: 'RancherUserNotification',
  }),
  ...typesOf('management.cattle.io', 'v3', 'Namespaced', { nodes: 'Node', projects: 'Project', preferences: 'Preference' }),
  ...typesOf('provisioning.cattle.io', 'v1', 'Namespaced', { clusters: 'Cluster' }),
  ...typesOf('catalog.cattle.io', 'v1', 'Namespaced', { apps: 'App', operations: 'Operation', uiplugins: 'UIPlugin' }),
  ...typesOf('catalog.cattle.io', 'v1', 'Cluster', { clusterrepos: 'ClusterRepo' }),
  ...typesOf('ui.cattle.io', 'v1', 'Cluster', { navlinks: 'NavLink' }),
];

/** A definition that takes any content: the sandbox needs the types to exist, not Rancher's controllers or validation. */
function definition({ group, version, plural, kind, scope }: RancherType): V1CustomResourceDefinition {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
      versions: [{
        name: version,
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', x_kubernetes_preserve_unknown_fields: true } },
      }],
    },
  };
}

export const RANCHER_CRDS: readonly V1CustomResourceDefinition[] = RANCHER_TYPES.map(definition);
