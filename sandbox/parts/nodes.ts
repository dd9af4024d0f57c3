import { join } from 'node:path';
import { REPOSITORY } from '../paths.ts';
import { certificate } from '../pki.ts';
import { answersOk, statusWithCertificate } from '../probe.ts';
import type { Context, Part } from '../supervisor/part.ts';

/** The name of the one node whose pods really run. */
export const REAL_NODE = 'tartware-real';

/** The simulated nodes and their pods. */
const kwok: Part = {
  kind: 'part',
  name: 'kwok',
  needs: ['kube-apiserver'],
  ports: ['kwok'],
  readyWithinMs: 60_000,
  stopWithinMs: 10_000,
  command: ({ bin, ports, state }) => ({
    file: join(bin, 'kwok'),
    args: [
      `--kubeconfig=${state('pki', 'admin.kubeconfig')}`,
      `--config=${join(REPOSITORY, 'sandbox', 'parts', 'kwok-stages.yaml')}`,
      '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
      `--server-address=127.0.0.1:${ports.kwok}`,
      '--node-lease-duration-seconds=40',
      '--cidr=10.244.0.0/16',
    ],
  }),
  isReady: async ({ ports }) => answersOk(`http://127.0.0.1:${ports.kwok}/healthz`),
};

/** The node whose pods really run, and the kubelet endpoint of the simulated ones. */
const agent: Part = {
  kind: 'part',
  name: 'agent',
  // The stores are there before the first pod, and outlive the last one when the sandbox stops.
  needs: ['kube-apiserver', 'sandbox-objects', 'postgres', 'redis-cluster', 'kafka', 'clickhouse'],
  // The second is that of a pod which it runs: the extension's.
  ports: ['agent', 'extension'],
  readyWithinMs: 120_000,
  // Its pods get their grace first.
  stopWithinMs: 45_000,
  command: (context) => {
    const { address, ports, state } = context;
    const pki = state('pki');
    const own = certificate(pki, 'kubelet');
    return {
      file: process.execPath,
      args: [
        join(REPOSITORY, 'sandbox', 'agent', 'main.ts'),
        `--kubeconfig=${state('pki', 'admin.kubeconfig')}`,
        `--node-name=${REAL_NODE}`,
        `--address=${address}`,
        `--port=${ports.agent}`,
        `--tls-cert=${own.certificate}`,
        `--tls-key=${own.key}`,
        `--client-ca=${join(pki, 'ca.crt')}`,
        `--images=${join(REPOSITORY, 'sandbox', 'parts', 'images.json')}`,
        `--log-dir=${state('pods')}`,
        `--root=${REPOSITORY}`,
      ],
      env: { NODE_COMPILE_CACHE: state('node-compile-cache') },
    };
  },
  isReady: async ({ address, ports, state }) => (await statusWithCertificate(`https://${address}:${ports.agent}/healthz`, state('pki'))) === 200,
};

/** CPU and memory of nodes and pods, for the autoscaler and `kubectl top`. */
const metricsServer: Part = {
  kind: 'part',
  name: 'metrics-server',
  needs: ['agent', 'kwok'],
  ports: ['metrics-server'],
  readyWithinMs: 90_000,
  stopWithinMs: 10_000,
  command: ({ bin, ports, state }) => {
    const kubeconfig = state('pki', 'admin.kubeconfig');
    const serving = certificate(state('pki'), 'metrics-server');
    const client = certificate(state('pki'), 'kubelet-client');
    return {
      file: join(bin, 'metrics-server'),
      args: [
        `--kubeconfig=${kubeconfig}`,
        `--authentication-kubeconfig=${kubeconfig}`,
        `--authorization-kubeconfig=${kubeconfig}`,
        `--secure-port=${ports['metrics-server']}`,
        `--tls-cert-file=${serving.certificate}`,
        `--tls-private-key-file=${serving.key}`,
        `--kubelet-certificate-authority=${state('pki', 'ca.crt')}`,
        `--kubelet-client-certificate=${client.certificate}`,
        `--kubelet-client-key=${client.key}`,
        '--kubelet-use-node-status-port',
        '--kubelet-preferred-address-types=InternalIP',
        // 10 s would leave no moment in which metrics-server rates a new pod by its first sample (see the agent's README).
        '--metric-resolution=11s',
        '--kubelet-request-timeout=5s',
      ],
    };
  },
  isReady: async (context) => metricsAreServed(context),
};

/** Ready means that the API server serves the aggregated API, not only that the process listens. */
async function metricsAreServed({ ports, state }: Context): Promise<boolean> {
  return (await statusWithCertificate(`https://127.0.0.1:${ports['kube-apiserver']}/apis/metrics.k8s.io/v1beta1/nodes?limit=1`, state('pki'))) === 200;
}

export const NODES: readonly Part[] = [kwok, agent, metricsServer];
