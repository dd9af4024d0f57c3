import type { KubernetesObject } from '@kubernetes/client-node';
import type { ClusterFacts } from './cluster-facts.ts';
import { settings } from './settings.ts';
import type { SandboxUser } from './users.ts';

/** An object of a type whose definition takes any content. */
interface RancherObject extends KubernetesObject {
  readonly [field: string]: unknown;
}

const MANAGEMENT = 'management.cattle.io/v3';
const FEATURES = { 'multi-cluster-management': true, 'ui-sql-cache': true, fleet: false };
const NAMESPACES = ['local', 'fleet-local', 'fleet-default', 'cattle-system', 'cattle-monitoring-system', 'cattle-ui-plugin-system', 'cattle-impersonation-system'];

/**
 * How Rancher knows that Prometheus and Alertmanager are there, under the names its own chart gives them: the sandbox runs both.
 * Cluster Explorer lists the alerts then.
 */
const MONITORING_APP: RancherObject = {
  apiVersion: 'catalog.cattle.io/v1',
  kind: 'App',
  metadata: { name: 'rancher-monitoring-dashboards', namespace: 'cattle-monitoring-system' },
  spec: {
    name: 'rancher-monitoring-dashboards',
    namespace: 'cattle-monitoring-system',
    chart: { metadata: { name: 'rancher-monitoring-dashboards', version: '0.0.0-sandbox', description: 'Prometheus and Alertmanager of the sandbox' } },
    info: { status: 'deployed' },
  },
  status: { summary: { state: 'deployed' } },
};

export function namespaces(): KubernetesObject[] {
  return NAMESPACES.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
}

/** Everything the dashboard reads of Rancher's own types. */
export function rancherObjects(options: { serverUrl: string; users: readonly SandboxUser[]; facts: ClusterFacts }): RancherObject[] {
  return [
    ...Object.entries(settings(options.serverUrl)).map(([name, value]) => setting(name, value)),
    ...Object.entries(FEATURES).map(([name, value]) => feature(name, value)),
    ...options.users.map(user),
    managementCluster(options.facts),
    provisioningCluster(options.facts),
    { apiVersion: MANAGEMENT, kind: 'FleetWorkspace', metadata: { name: 'fleet-local' } },
    { apiVersion: MANAGEMENT, kind: 'FleetWorkspace', metadata: { name: 'fleet-default' } },
    project('p-default', 'Default', 'authz.management.cattle.io/default-project'),
    project('p-system', 'System', 'authz.management.cattle.io/system-project'),
    MONITORING_APP,
  ];
}

function setting(name: string, value: string): RancherObject {
  return { apiVersion: MANAGEMENT, kind: 'Setting', metadata: { name }, value, default: value, customized: false, source: '' };
}

function feature(name: string, value: boolean): RancherObject {
  return { apiVersion: MANAGEMENT, kind: 'Feature', metadata: { name }, spec: { value }, status: { default: value, description: '', dynamic: false, lockedValue: null } };
}

function user({ id, username, displayName }: SandboxUser): RancherObject {
  return {
    apiVersion: MANAGEMENT,
    kind: 'User',
    metadata: { name: id },
    username,
    displayName,
    enabled: true,
    mustChangePassword: false,
    principalIds: [`local://${id}`],
  };
}

function project(name: string, displayName: string, label: string): RancherObject {
  return {
    apiVersion: MANAGEMENT,
    kind: 'Project',
    metadata: { name, namespace: 'local', labels: { [label]: 'true' } },
    spec: { clusterName: 'local', displayName },
    status: { conditions: [condition('InitialRolesPopulated')] },
  };
}

function managementCluster({ version, architecture, capacity, allocatable, requested, nodeCount }: ClusterFacts): RancherObject {
  return {
    apiVersion: MANAGEMENT,
    kind: 'Cluster',
    metadata: { name: 'local', labels: { 'provider.cattle.io': 'kubernetes' } },
    spec: { displayName: 'local', internal: true, imported: true, fleetWorkspaceName: 'fleet-local' },
    status: {
      driver: 'imported',
      provider: 'kubernetes',
      info: { kubernetesVersion: version.gitVersion, arch: architecture },
      version,
      capacity,
      allocatable,
      requested,
      nodeCount,
      conditions: [condition('Ready'), condition('Connected'), condition('Provisioned'), condition('Updated')],
    },
  };
}

/** Steve makes a relationship of these, by which the dashboard gets from one cluster object to the other. */
const OWNED_BY_MANAGEMENT_CLUSTER = {
  'objectset.rio.cattle.io/owner-gvk': 'management.cattle.io/v3, Kind=Cluster',
  'objectset.rio.cattle.io/owner-name': 'local',
  'objectset.rio.cattle.io/owner-namespace': '',
};

function provisioningCluster({ version }: ClusterFacts): RancherObject {
  return {
    apiVersion: 'provisioning.cattle.io/v1',
    kind: 'Cluster',
    metadata: { name: 'local', namespace: 'fleet-local', annotations: OWNED_BY_MANAGEMENT_CLUSTER },
    spec: { kubernetesVersion: version.gitVersion },
    status: { clusterName: 'local', ready: true, observedGeneration: 1, conditions: [condition('Ready'), condition('Connected'), condition('Created'), condition('Provisioned')] },
  };
}

function condition(type: string): { type: string; status: string } {
  return { type, status: 'True' };
}
