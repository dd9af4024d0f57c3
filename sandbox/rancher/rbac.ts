import type { V1ClusterRole, V1ClusterRoleBinding, V1PolicyRule, V1Role, V1RoleBinding, RbacV1Subject } from '@kubernetes/client-node';
import { PUBLIC_SETTINGS } from './settings.ts';
import type { SandboxUser } from './users.ts';

/** Rancher puts everyone who signed in into this group, beside Kubernetes' own `system:authenticated`. */
export const SIGNED_IN_GROUP = 'system:cattle:authenticated';

/** Where Prometheus and Alertmanager are reached through the API server's service proxy (docs/architecture.md). */
const MONITORING_NAMESPACE = 'cattle-monitoring-system';
const MONITORING_SERVICES = ['http:rancher-monitoring-prometheus:9090', 'http:rancher-monitoring-alertmanager:9093'];

const API = 'rbac.authorization.k8s.io/v1';
const GROUP = 'rbac.authorization.k8s.io';
const READ = ['get', 'list', 'watch'];

export type RbacObject = V1ClusterRole | V1ClusterRoleBinding | V1Role | V1RoleBinding;

/** Who may do what: real Kubernetes RBAC, which Steve and the API server decide by. */
export function rbacObjects(users: readonly SandboxUser[]): RbacObject[] {
  const admins = users.filter(({ role }) => role === 'admin').map(subjectOf);
  const viewers = users.filter(({ role }) => role === 'viewer').map(subjectOf);
  return [
    clusterRoleBinding('tartware-sandbox-admin', 'cluster-admin', admins),
    clusterRole('tartware-sandbox-viewer', VIEWER_RULES),
    clusterRoleBinding('tartware-sandbox-viewer', 'tartware-sandbox-viewer', viewers),
    ...monitoringProxy(viewers),
    clusterRole('tartware-sandbox-signed-in', SIGNED_IN_RULES),
    clusterRoleBinding('tartware-sandbox-signed-in', 'tartware-sandbox-signed-in', [{ kind: 'Group', apiGroup: GROUP, name: SIGNED_IN_GROUP }]),
    ...users.flatMap(ownUserObject),
    clusterRole('tartware-sandbox-public', [{ apiGroups: ['management.cattle.io'], resources: ['settings'], resourceNames: PUBLIC_SETTINGS, verbs: READ }]),
    clusterRoleBinding('tartware-sandbox-public', 'tartware-sandbox-public', [{ kind: 'Group', apiGroup: GROUP, name: 'system:unauthenticated' }]),
  ];
}

/**
 * Reading without Secrets and without any write. Spelled out rather than bound to the built-in role `view`, whose rules a
 * controller fills in later and which leaves out nodes.
 */
const VIEWER_RULES: V1PolicyRule[] = [
  read('', [
    'configmaps', 'endpoints', 'events', 'limitranges', 'namespaces', 'nodes', 'persistentvolumeclaims', 'persistentvolumes', 'pods',
    'pods/log', 'replicationcontrollers', 'resourcequotas', 'serviceaccounts', 'services',
  ]),
  read('apps', ['controllerrevisions', 'daemonsets', 'deployments', 'replicasets', 'statefulsets']),
  read('autoscaling', ['horizontalpodautoscalers']),
  read('batch', ['cronjobs', 'jobs']),
  read('discovery.k8s.io', ['endpointslices']),
  read('events.k8s.io', ['events']),
  read('metrics.k8s.io', ['nodes', 'pods']),
  read('networking.k8s.io', ['ingresses', 'ingressclasses', 'networkpolicies']),
  read('policy', ['poddisruptionbudgets']),
  read('storage.k8s.io', ['storageclasses']),
  read('apiextensions.k8s.io', ['customresourcedefinitions']),
  read('management.cattle.io', ['clusters', 'fleetworkspaces', 'nodes', 'projects']),
  read('provisioning.cattle.io', ['clusters']),
  read('catalog.cattle.io', ['apps', 'clusterrepos', 'operations']),
];

/** What the dashboard itself needs, whoever uses it. */
const SIGNED_IN_RULES: V1PolicyRule[] = [
  read('management.cattle.io', ['features', 'rancherusernotifications', 'settings']),
  read('catalog.cattle.io', ['uiplugins']),
  read('ui.cattle.io', ['navlinks']),
];

/** Everyone may read the own User object, and no other. */
function ownUserObject(user: SandboxUser): RbacObject[] {
  const name = `tartware-sandbox-self-${user.id}`;
  return [
    clusterRole(name, [{ apiGroups: ['management.cattle.io'], resources: ['users'], resourceNames: [user.id], verbs: READ }]),
    clusterRoleBinding(name, name, [subjectOf(user)]),
  ];
}

/** `get` alone: a viewer may query the two services, but neither create nor expire a silence. */
function monitoringProxy(subjects: RbacV1Subject[]): RbacObject[] {
  const name = 'tartware-sandbox-monitoring-view';
  const metadata = { name, namespace: MONITORING_NAMESPACE };
  return [
    { apiVersion: API, kind: 'Role', metadata, rules: [{ apiGroups: [''], resources: ['services/proxy'], resourceNames: MONITORING_SERVICES, verbs: ['get'] }] },
    { apiVersion: API, kind: 'RoleBinding', metadata, roleRef: { apiGroup: GROUP, kind: 'Role', name }, subjects },
  ];
}

function read(apiGroup: string, resources: string[]): V1PolicyRule {
  return { apiGroups: [apiGroup], resources, verbs: READ };
}

function subjectOf({ id }: SandboxUser): RbacV1Subject {
  return { kind: 'User', apiGroup: GROUP, name: id };
}

function clusterRole(name: string, rules: V1PolicyRule[]): V1ClusterRole {
  return { apiVersion: API, kind: 'ClusterRole', metadata: { name }, rules };
}

function clusterRoleBinding(name: string, role: string, subjects: RbacV1Subject[]): V1ClusterRoleBinding {
  return { apiVersion: API, kind: 'ClusterRoleBinding', metadata: { name }, roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: role }, subjects };
}
