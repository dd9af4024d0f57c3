import { simulatedNode, type NodePool } from '../agent/simulated-node.ts';
import { apply, kubectl } from '../kubectl.ts';
import type { Context, Step } from '../supervisor/part.ts';

/** The two worker pools of the platform, at a size that carries every service at its maximum. */
const POOLS: readonly { readonly pool: NodePool; readonly count: number }[] = [
  { pool: { name: 'compute', cpu: '8', memory: '16Gi', pods: 110 }, count: 70 },
  { pool: { name: 'memory', cpu: '8', memory: '64Gi', pods: 110 }, count: 30 },
];
const MONITORING = 'cattle-monitoring-system';

/** What the extension shows as long as it runs against a sandbox. */
const BANNER =
  'This is the sandbox: control plane, autoscaler, Prometheus and one pod of each service are real; 100 nodes and the other pods are simulated. ' +
  'The autoscaler syncs every 5 s here (15 s by default) and scales down after 30 s (5 min by default).';

function namespace(name: string, labels: Readonly<Record<string, string>> = {}): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

/** A Service in front of a process of this machine: no selector, and an EndpointSlice made by hand. */
function hostService(name: string, ns: string, port: number, target: number, address: string): object[] {
  return [
    { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: ns }, spec: { ports: [{ name: 'http', port, targetPort: target }] } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name, namespace: ns, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [address], conditions: { ready: true } }],
      ports: [{ name: 'http', port: target, protocol: 'TCP' }],
    },
  ];
}

function metricsApi(): object {
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: 'v1beta1.metrics.k8s.io' },
    spec: {
      group: 'metrics.k8s.io',
      version: 'v1beta1',
      groupPriorityMinimum: 100,
      versionPriority: 100,
      // The aggregator dials the Service's cluster name, which the sandbox's certificates name, but checks it against its own bundle only when told.
      insecureSkipTLSVerify: true,
      service: { name: 'metrics-server', namespace: 'kube-system', port: 443 },
    },
  };
}

function nodes({ address, ports }: Context): object[] {
  return POOLS.flatMap(({ pool, count }) => Array.from({ length: count }, (_, index) => simulatedNode(`${pool.name}-${String(index + 1).padStart(3, '0')}`, pool, address, ports.agent)));
}

/** Namespaces, nodes, and the Services that stand in front of processes of this machine. */
export const sandboxObjects: Step = {
  kind: 'step',
  name: 'sandbox-objects',
  needs: ['kube-apiserver'],
  run: async (context) => {
    const { address, ports } = context;
    await apply(context, [
      ...['database', 'cattle-system', 'fleet-default', 'fleet-local', MONITORING].map((name) => namespace(name)),
      namespace('tartware-system', { 'pod-security.kubernetes.io/enforce': 'restricted' }),
    ]);
    await apply(context, [
      ...hostService('metrics-server', 'kube-system', 443, ports['metrics-server'], address),
      metricsApi(),
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'tartware-sandbox', namespace: 'tartware-system' }, data: { message: BANNER } },
    ]);
    await applyNodes(context);
  },
};

/** Nodes keep capacity and addresses in their status, which a server-side apply of the object itself doesn't touch. */
async function applyNodes(context: Context): Promise<void> {
  const list = nodes(context);
  await apply(context, list);
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: list });
  await kubectl(context, ['apply', '--server-side', '--force-conflicts', '--subresource=status', '--field-manager=tartware-sandbox', '-f', '-'], input);
}
