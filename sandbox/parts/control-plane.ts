import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { certificate } from '../pki.ts';
import { answersOk, statusWithCertificate } from '../probe.ts';
import type { Context, Part } from '../supervisor/part.ts';

const SERVICE_RANGE = '10.96.0.0/16';
/** The defaults of 20 and 30 take minutes to bring 500 pods to life on 100 nodes. */
const CLIENT_RATE = ['--kube-api-qps=400', '--kube-api-burst=800'];

/**
 * What makes autoscalers lively enough to watch; production clusters use 15 s, 5 min, 30 s and 5 min.
 * The extension's sandbox banner says so.
 */
const AUTOSCALER_TIMES = [
  '--horizontal-pod-autoscaler-sync-period=5s',
  '--horizontal-pod-autoscaler-cpu-initialization-period=10s',
  '--horizontal-pod-autoscaler-initial-readiness-delay=5s',
  '--horizontal-pod-autoscaler-downscale-stabilization=30s',
];

const etcd: Part = {
  kind: 'part',
  name: 'etcd',
  needs: ['binaries'],
  ports: ['etcd', 'etcd-peer'],
  readyWithinMs: 30_000,
  stopWithinMs: 10_000,
  command: ({ bin, ports, state }) => {
    const client = `http://127.0.0.1:${ports.etcd}`;
    const peer = `http://127.0.0.1:${ports['etcd-peer']}`;
    mkdirSync(state('etcd'), { recursive: true, mode: 0o700 });
    return {
      file: join(bin, 'etcd'),
      args: [
        `--data-dir=${state('etcd')}`,
        `--listen-client-urls=${client}`,
        `--advertise-client-urls=${client}`,
        `--listen-peer-urls=${peer}`,
        `--initial-advertise-peer-urls=${peer}`,
        `--initial-cluster=default=${peer}`,
        // A sandbox may lose its last seconds in a power cut; waiting for the disk on every write costs more.
        '--unsafe-no-fsync',
        '--quota-backend-bytes=1073741824',
        '--auto-compaction-retention=5m',
        '--log-level=warn',
      ],
    };
  },
  isReady: async ({ ports }) => answersOk(`http://127.0.0.1:${ports.etcd}/health`),
};

function apiServerArguments({ ports, address, state }: Context): string[] {
  const pki = state('pki');
  const own = certificate(pki, 'apiserver');
  const kubelet = certificate(pki, 'kubelet-client');
  const aggregator = certificate(pki, 'aggregator');
  return [
    `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${ports['kube-apiserver']}`,
    `--advertise-address=${address}`,
    `--tls-cert-file=${own.certificate}`,
    `--tls-private-key-file=${own.key}`,
    `--client-ca-file=${join(pki, 'ca.crt')}`,
    '--anonymous-auth=false',
    '--authorization-mode=RBAC',
    `--service-cluster-ip-range=${SERVICE_RANGE}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${join(pki, 'service-account.pub')}`,
    `--service-account-signing-key-file=${join(pki, 'service-account.key')}`,
    `--kubelet-client-certificate=${kubelet.certificate}`,
    `--kubelet-client-key=${kubelet.key}`,
    `--kubelet-certificate-authority=${join(pki, 'ca.crt')}`,
    '--kubelet-preferred-address-types=InternalIP',
    `--requestheader-client-ca-file=${join(pki, 'aggregation-ca.crt')}`,
    '--requestheader-allowed-names=aggregator',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-username-headers=X-Remote-User',
    `--proxy-client-cert-file=${aggregator.certificate}`,
    `--proxy-client-key-file=${aggregator.key}`,
    // Aggregated APIs are host processes behind hand-made EndpointSlices: route to these, not to a cluster address nobody serves.
    '--enable-aggregator-routing=true',
    '--profiling=false',
  ];
}

const apiServer: Part = {
  kind: 'part',
  name: 'kube-apiserver',
  needs: ['etcd'],
  ports: ['kube-apiserver'],
  readyWithinMs: 60_000,
  // It drains its watchers for up to a minute.
  stopWithinMs: 65_000,
  command: (context) => ({ file: join(context.bin, 'kube-apiserver'), args: apiServerArguments(context) }),
  isReady: async ({ ports, state }) => (await statusWithCertificate(`https://127.0.0.1:${ports['kube-apiserver']}/readyz`, state('pki'))) === 200,
};

const controllerManager: Part = {
  kind: 'part',
  name: 'kube-controller-manager',
  needs: ['kube-apiserver'],
  ports: ['kube-controller-manager'],
  readyWithinMs: 60_000,
  stopWithinMs: 10_000,
  command: ({ bin, ports, state }) => ({
    file: join(bin, 'kube-controller-manager'),
    args: [
      `--kubeconfig=${state('pki', 'controller-manager.kubeconfig')}`,
      `--secure-port=${ports['kube-controller-manager']}`,
      '--bind-address=127.0.0.1',
      '--leader-elect=false',
      '--use-service-account-credentials',
      `--service-account-private-key-file=${state('pki', 'service-account.key')}`,
      `--root-ca-file=${state('pki', 'ca.crt')}`,
      // There is no pod network of ours to hand out addresses from.
      '--controllers=*,-node-ipam-controller,-node-route-controller,-service-lb-controller,-cloud-node-lifecycle-controller',
      ...AUTOSCALER_TIMES,
      ...CLIENT_RATE,
    ],
  }),
  isReady: async ({ ports, state }) => (await statusWithCertificate(`https://127.0.0.1:${ports['kube-controller-manager']}/healthz`, state('pki'))) === 200,
};

function schedulerConfig({ state }: Context): object {
  return {
    apiVersion: 'kubescheduler.config.k8s.io/v1',
    kind: 'KubeSchedulerConfiguration',
    clientConnection: { kubeconfig: state('pki', 'scheduler.kubeconfig'), qps: 400, burst: 800 },
    leaderElection: { leaderElect: false },
    // It would stop looking after 100 nodes, and now and then miss the one that is real.
    percentageOfNodesToScore: 100,
  };
}

const scheduler: Part = {
  kind: 'part',
  name: 'kube-scheduler',
  needs: ['kube-apiserver'],
  ports: ['kube-scheduler'],
  readyWithinMs: 60_000,
  stopWithinMs: 10_000,
  command: (context) => {
    const config = context.state('scheduler.json');
    writeFileSync(config, JSON.stringify(schedulerConfig(context)));
    return { file: join(context.bin, 'kube-scheduler'), args: [`--config=${config}`, `--secure-port=${context.ports['kube-scheduler']}`, '--bind-address=127.0.0.1'] };
  },
  isReady: async ({ ports, state }) => (await statusWithCertificate(`https://127.0.0.1:${ports['kube-scheduler']}/healthz`, state('pki'))) === 200,
};

/** The parts that a Kubernetes control plane is made of. */
export const CONTROL_PLANE: readonly Part[] = [etcd, apiServer, controllerManager, scheduler];

