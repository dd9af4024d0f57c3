import type { KubernetesObject, V1Container, V1PodSpec } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { hookRules } from './testing/policy-hooks.ts';
import { autoscalerRules, disruptionRules, portRules, workloadsOf } from './testing/policy-objects.ts';
import { containerRules, podSecurity, serverRules } from './testing/policy.ts';

const probe = { httpGet: { path: '/', port: 'ops' } };
const container: V1Container = {
  name: 'core',
  image: 'tartware/core:1.0.0',
  env: [{ name: 'PORT', value: '8080' }, { name: 'OPS_PORT', value: '9090' }],
  ports: [{ name: 'http', containerPort: 8080 }, { name: 'ops', containerPort: 9090 }],
  resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '1', memory: '1Gi' } },
  securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
  startupProbe: probe,
  readinessProbe: probe,
  livenessProbe: probe,
};
const pod: V1PodSpec = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway' }],
  containers: [container],
};
const secured = (securityContext: V1Container['securityContext']): V1PodSpec => ({ ...pod, containers: [{ ...container, securityContext: { ...container.securityContext, ...securityContext } }] });
const having = (part: Partial<V1Container>): V1PodSpec => ({ ...pod, containers: [{ ...container, ...part }] });

test('a pod that keeps to every rule passes', () => {
  expect([...podSecurity(pod), ...containerRules(pod), ...serverRules(pod, false)]).toEqual([]);
});

describe('Pod Security', () => {
  test.each<[string, V1PodSpec]>([
    ['shares a namespace with the node', { ...pod, hostNetwork: true }],
    ['sets unsafe sysctls', { ...pod, securityContext: { ...pod.securityContext, sysctls: [{ name: 'kernel.msgmax', value: '1' }] } }],
    ['volume x is a hostPath', { ...pod, volumes: [{ name: 'x', hostPath: { path: '/' } }] }],
    ['seccomp is Unconfined', { ...pod, securityContext: { ...pod.securityContext, seccompProfile: { type: 'Unconfined' } } }],
    ['core has no seccomp profile', { ...pod, securityContext: { runAsNonRoot: true } }],
    ['core may run as root', { ...pod, securityContext: { seccompProfile: { type: 'RuntimeDefault' } } }],
    ['core runs as root', secured({ runAsUser: 0 })],
    ['core AppArmor is Unconfined', secured({ appArmorProfile: { type: 'Unconfined' } })],
    ['core SELinux is not the default', secured({ seLinuxOptions: { type: 'spc_t' } })],
    ['core is a process of the host', secured({ windowsOptions: { hostProcess: true } })],
    ['core is privileged', secured({ privileged: true })],
    ['core may gain privileges', secured({ allowPrivilegeEscalation: true })],
    ['core keeps capabilities', secured({ capabilities: { drop: ['NET_RAW'] } })],
    ['core adds capabilities', secured({ capabilities: { drop: ['ALL'], add: ['SYS_ADMIN'] } })],
    ['core unmasks /proc', secured({ procMount: 'Unmasked' })],
    ['core takes a port of the node', having({ ports: [{ containerPort: 80, hostPort: 80 }] })],
    ['core probes another host', having({ livenessProbe: { httpGet: { host: 'elsewhere', port: 80 } } })],
    ['prepare may run as root', { ...pod, securityContext: { seccompProfile: { type: 'RuntimeDefault' } }, containers: [], initContainers: [{ ...container, name: 'prepare' }] }],
  ])('notices: %s', (message, broken) => {
    expect(podSecurity(broken)).toContain(message);
  });
});

describe('our own rules', () => {
  test.each<[string, V1PodSpec]>([
    ['core lacks requests or limits', having({ resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '1' } } })],
    ['core can write to its root', secured({ readOnlyRootFilesystem: false })],
    ['core runs registry:5000/tartware/core, which names no version', having({ image: 'registry:5000/tartware/core' })],
    ['core runs tartware/core:latest, which names no version', having({ image: 'tartware/core:latest' })],
  ])('notice: %s', (message, broken) => {
    expect(containerRules(broken)).toEqual([message]);
  });

  test.each<[string, V1PodSpec]>([
    ['lacks one of the three probes', { ...pod, containers: [{ name: 'core', livenessProbe: probe, readinessProbe: probe }] }],
    ['is not spread', { containers: [container] }],
  ])('notice of a server: %s', (message, broken) => {
    expect(serverRules(broken, false)).toEqual([message]);
  });
});

test('a pod that is alone need not be spread', () => {
  expect(serverRules({ containers: [container] }, true)).toEqual([]);
});

describe('objects', () => {
  const labels = { 'app.kubernetes.io/name': 'core' };
  const deployment = (spec: V1PodSpec = pod, replicas?: number): KubernetesObject => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'core' }, spec: { ...(replicas === undefined ? {} : { replicas }), template: { metadata: { labels }, spec } } } as KubernetesObject);
  const object = (kind: string, spec: object, name = 'core'): KubernetesObject => ({ apiVersion: 'v1', kind, metadata: { name, labels }, spec } as KubernetesObject);
  const scaler = object('HorizontalPodAutoscaler', { scaleTargetRef: { kind: 'Deployment', name: 'core' } });
  const scaled = object('ScaledObject', { scaleTargetRef: { name: 'core' } });
  const service = object('Service', { selector: labels, ports: [{ name: 'http', port: 8080, targetPort: 'http' }, { name: 'ops', port: 9090, targetPort: 'ops' }] });
  const monitor = object('ServiceMonitor', { selector: { matchLabels: labels }, endpoints: [{ port: 'ops' }] });

  test('one autoscaler or one number of pods, not both, nor two, nor none', () => {
    expect(autoscalerRules([deployment(), scaler])).toEqual([]);
    expect(autoscalerRules([deployment(pod, 2)])).toEqual([]);
    expect(autoscalerRules([deployment(), scaler, scaled])).toEqual(['Deployment core has 2 autoscalers and replicas undefined']);
    expect(autoscalerRules([deployment(pod, 2), scaler])).toEqual(['Deployment core has 1 autoscalers and replicas 2']);
    expect(autoscalerRules([deployment()])).toEqual(['Deployment core has 0 autoscalers and replicas undefined']);
    expect(autoscalerRules([scaler])).toEqual(['nothing is called core, and it is scaled']);
  });

  test('one budget per Deployment, and none for nothing', () => {
    const budget = object('PodDisruptionBudget', { selector: { matchLabels: labels } });

    expect(disruptionRules([deployment(), budget])).toEqual([]);
    expect(disruptionRules([deployment()])).toEqual(['Deployment core has 0 PodDisruptionBudgets']);
    expect(disruptionRules([budget])).toEqual(['PodDisruptionBudget core protects nothing']);
  });

  test('ports agree', () => {
    expect(portRules([deployment(), service, monitor])).toEqual([]);
    expect(portRules([service])).toEqual(['Service core has nothing behind it']);
    expect(portRules([deployment(having({ ports: [{ name: 'http', containerPort: 8081 }, { name: 'ops', containerPort: 9090 }] })), service])).toEqual([
      'Service core: port 8080 is 8081 at Deployment core',
      'Deployment core: PORT is 8080, its port http 8081',
    ]);
    expect(portRules([deployment(having({ ports: [{ name: 'http', containerPort: 8080 }], env: [] })), service])).toEqual(['Service core: Deployment core has no port ops']);
    expect(portRules([deployment(), object('Service', { selector: labels, ports: [{ name: 'http', port: 8080, targetPort: 'http' }] }), monitor])).toEqual(['ServiceMonitor core: no Service has a port ops']);
  });

  test('a hook\'s pod names nothing that comes later', () => {
    const part = (kind: string, name: string, annotations: Record<string, string> = {}, spec: object = {}): KubernetesObject => ({ apiVersion: 'v1', kind, metadata: { name, annotations }, spec } as KubernetesObject);
    const hook = (weight: string): Record<string, string> => ({ 'helm.sh/hook': 'pre-install,pre-upgrade', 'helm.sh/hook-weight': weight });
    const spec: V1PodSpec = {
      priorityClassName: 'high',
      serviceAccountName: 'own',
      volumes: [{ name: 'a', configMap: { name: 'files' } }, { name: 'b', secret: { secretName: 'mounted' } }, { name: 'c', projected: { sources: [{ secret: { name: 'projected' } }] } }, { name: 'd', persistentVolumeClaim: { claimName: 'data' } }],
      containers: [{ name: 'migrate', envFrom: [{ secretRef: { name: 'login' } }], env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'settings', key: 'a' } } }] }],
    };
    const migration = part('Job', 'migrate', hook('0'), { template: { spec } });
    const needed = [part('PriorityClass', 'high'), part('ServiceAccount', 'own'), part('Secret', 'login'), part('Secret', 'projected'), part('Secret', 'mounted'), part('ConfigMap', 'settings'), part('ConfigMap', 'files'), part('PersistentVolumeClaim', 'data')];
    const later = needed.map(({ kind, metadata }) => `Job migrate is a hook and names ${ kind } ${ metadata?.name }, which comes later`);

    expect(hookRules([migration, ...needed])).toEqual(later);
    expect(hookRules([migration, ...needed.map((each) => ({ ...each, metadata: { ...each.metadata, annotations: hook('5') } }))])).toEqual(later);
    expect(hookRules([migration, ...needed.map((each) => ({ ...each, metadata: { ...each.metadata, annotations: hook('-5') } }))])).toEqual([]);
    expect(hookRules([migration])).toEqual([]);
    expect(hookRules([migration, part('ExternalSecret', 'from-vault', {}, { target: { name: 'login' } })])).toEqual(['Job migrate is a hook and names Secret login, which comes later']);
    expect(hookRules([part('Deployment', 'core', {}, { template: { spec } }), ...needed])).toEqual([]);
  });

  test('a kind that makes pods and has no rules is not passed over', () => {
    expect(() => workloadsOf([object('DaemonSet', {})])).toThrow('DaemonSet core: charts/testing/policy-objects.ts knows no rules for its kind');
  });
});
