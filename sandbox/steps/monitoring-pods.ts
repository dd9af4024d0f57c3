import { apply, kubectl } from '../kubectl.ts';
import { REAL_NODE } from '../parts/nodes.ts';
import type { Context, Step } from '../supervisor/part.ts';

const NAMESPACE = 'cattle-monitoring-system';

interface Monitor {
  readonly name: string;
  readonly image: string;
  /** Port of the Service, as Rancher's monitoring chart has it. */
  readonly port: number;
  /** Port of the process. */
  readonly target: number;
}

function monitors({ ports }: Context): Monitor[] {
  return [
    { name: 'rancher-monitoring-prometheus', image: 'prom/prometheus', port: 9090, target: ports.prometheus },
    { name: 'rancher-monitoring-alertmanager', image: 'prom/alertmanager', port: 9093, target: ports.alertmanager },
  ];
}

function service({ name, port }: Monitor): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: NAMESPACE },
    spec: { selector: { 'app.kubernetes.io/name': name }, ports: [{ name: 'http', port, targetPort: 'http' }] },
  };
}

/** A pod that mirrors a process of the sandbox, as a kubelet mirrors its static pods. */
function mirrorPod({ name, image, target }: Monitor): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: NAMESPACE, labels: { 'app.kubernetes.io/name': name }, annotations: { 'kubernetes.io/config.mirror': name } },
    spec: { nodeName: REAL_NODE, tolerations: [{ operator: 'Exists' }], containers: [{ name: 'server', image, ports: [{ name: 'http', containerPort: target }] }] },
  };
}

function runningStatus({ name, image }: Monitor, address: string): object {
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const condition = (type: string): object => ({ type, status: 'True', lastTransitionTime: now });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: NAMESPACE },
    status: {
      phase: 'Running',
      podIP: address,
      podIPs: [{ ip: address }],
      startTime: now,
      conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map(condition),
      containerStatuses: [{ name: 'server', image, imageID: '', ready: true, started: true, restartCount: 0, state: { running: { startedAt: now } } }],
    },
  };
}

/**
 * Prometheus and Alertmanager as the API server's service proxy wants them: it goes only to addresses of pods that exist.
 * Comes after the agent, since pods of a node that isn't ready are marked not ready.
 */
export const monitoringPods: Step = {
  kind: 'step',
  name: 'monitoring-pods',
  needs: ['agent', 'prometheus', 'alertmanager'],
  run: async (context) => {
    const list = monitors(context);
    await apply(context, list.flatMap((monitor) => [service(monitor), mirrorPod(monitor)]));
    const status = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: list.map((monitor) => runningStatus(monitor, context.address)) });
    await kubectl(context, ['apply', '--server-side', '--force-conflicts', '--subresource=status', '--field-manager=tartware-sandbox', '-f', '-'], status);
  },
};
