/** What every pod of ours keeps to, whatever chart and values it comes from. Each rule answers with what is wrong, in words. */
import type { V1Container, V1PodSpec, V1SecurityContext } from '@kubernetes/client-node';

/** Kinds of volumes that Pod Security "restricted" allows. */
const VOLUMES = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret'];
const SYSCTLS = [
  'kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.ip_local_reserved_ports', 'net.ipv4.ip_unprivileged_port_start', 'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes', 'net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_syncookies', 'net.ipv4.tcp_wmem',
];
const SELINUX_TYPES = ['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'];

/** Messages of those checks that do not hold. */
const broken = (...checks: [holds: boolean, message: string][]): string[] => checks.filter(([holds]) => !holds).map(([, message]) => message);

const isOneOf = (allowed: readonly string[], value: string | undefined): boolean => value === undefined || allowed.includes(value);

export const containersOf = ({ containers, initContainers = [] }: V1PodSpec): V1Container[] => [...initContainers, ...containers];

/** What Pod Security asks of the pod's and the containers' security context alike. */
function contextRules({ seccompProfile, appArmorProfile, seLinuxOptions, windowsOptions, runAsUser }: V1SecurityContext): [boolean, string][] {
  return [
    [isOneOf(['RuntimeDefault', 'Localhost'], seccompProfile?.type), `seccomp is ${ seccompProfile?.type }`],
    [isOneOf(['RuntimeDefault', 'Localhost'], appArmorProfile?.type), `AppArmor is ${ appArmorProfile?.type }`],
    [isOneOf(SELINUX_TYPES, seLinuxOptions?.type) && !seLinuxOptions?.user && !seLinuxOptions?.role, 'SELinux is not the default'],
    [windowsOptions?.hostProcess !== true, 'is a process of the host'],
    [runAsUser !== 0, 'runs as root'],
  ];
}

function containerContextRules(container: V1Container, pod: V1PodSpec): [boolean, string][] {
  const context = container.securityContext ?? {};
  const { add = [], drop = [] } = context.capabilities ?? {};

  return [
    ...contextRules(context),
    [(context.runAsNonRoot ?? pod.securityContext?.runAsNonRoot) === true, 'may run as root'],
    [(context.seccompProfile ?? pod.securityContext?.seccompProfile) !== undefined, 'has no seccomp profile'],
    [context.privileged !== true, 'is privileged'],
    [context.allowPrivilegeEscalation === false, 'may gain privileges'],
    [drop.includes('ALL'), 'keeps capabilities'],
    [add.every((capability) => capability === 'NET_BIND_SERVICE'), 'adds capabilities'],
    [isOneOf(['Default'], context.procMount), 'unmasks /proc'],
  ];
}

/** Pod Security "restricted", in full: https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
export function podSecurity(pod: V1PodSpec): string[] {
  const context = pod.securityContext ?? {};

  return [
    ...broken(
      [pod.hostNetwork !== true && pod.hostPID !== true && pod.hostIPC !== true, 'shares a namespace with the node'],
      [(context.sysctls ?? []).every(({ name }) => SYSCTLS.includes(name)), 'sets unsafe sysctls'],
      ...contextRules(context),
    ),
    ...(pod.volumes ?? []).flatMap(({ name, ...source }) => broken([Object.keys(source).every((kind) => VOLUMES.includes(kind)), `volume ${ name } is a ${ Object.keys(source).join() }`])),
    ...containersOf(pod).flatMap((container) => {
      const probes = [container.livenessProbe, container.readinessProbe, container.startupProbe, container.lifecycle?.postStart, container.lifecycle?.preStop];
      const probedHosts = probes.map((probe) => probe?.httpGet?.host ?? (probe !== undefined && 'tcpSocket' in probe ? probe.tcpSocket?.host : undefined));

      return broken(
        ...containerContextRules(container, pod),
        [(container.ports ?? []).every(({ hostPort = 0 }) => hostPort === 0), 'takes a port of the node'],
        [probedHosts.every((host) => !host), 'probes another host'],
      ).map((message) => `${ container.name } ${ message }`);
    }),
  ];
}

/** What we ask beyond that: amounts, a read-only root, and an image that names its version. */
export function containerRules(pod: V1PodSpec): string[] {
  return containersOf(pod).flatMap((container) => {
    const { requests = {}, limits = {} } = container.resources ?? {};
    const image = container.image ?? '';
    const tag = /:([^/@]+)(?:@.*)?$/.exec(image)?.[1];

    return broken(
      [['cpu', 'memory'].every((resource) => requests[resource] !== undefined && limits[resource] !== undefined), 'lacks requests or limits'],
      [container.securityContext?.readOnlyRootFilesystem === true, 'can write to its root'],
      [image.includes('@sha256:') || (tag !== undefined && tag !== 'latest'), `runs ${ image }, which names no version`],
    ).map((message) => `${ container.name } ${ message }`);
  });
}

/** A pod that serves: it is probed in three ways, and spread where it is not alone. */
export function serverRules(pod: V1PodSpec, alone: boolean): string[] {
  const main = pod.containers[0];

  return broken(
    [main?.startupProbe !== undefined && main.readinessProbe !== undefined && main.livenessProbe !== undefined, 'lacks one of the three probes'],
    [alone || (pod.topologySpreadConstraints ?? []).length > 0 || pod.affinity?.podAntiAffinity !== undefined, 'is not spread'],
  );
}
