/** What NetworkPolicies and a mesh's policies let through, decided as the CNI and the mesh would. */

export interface Labels { readonly [name: string]: string }

interface Metadata {
  name: string;
  namespace: string;
  labels: Labels;
}

export interface Selector {
  matchLabels?: Labels;
  matchExpressions?: { key: string; operator: 'In' | 'NotIn'; values: string[] }[];
}

interface Peer {
  ipBlock?: { cidr: string };
  namespaceSelector?: Selector;
  podSelector?: Selector;
}

interface Port {
  protocol: 'TCP' | 'UDP';
  port: number;
}

export interface NetworkPolicy {
  kind: 'NetworkPolicy';
  metadata: Metadata;
  spec: {
    podSelector: Selector;
    policyTypes: ('Ingress' | 'Egress')[];
    ingress?: { from?: Peer[]; ports?: Port[] }[];
    egress?: { to: Peer[]; ports?: Port[] }[];
  };
}

export interface PeerAuthentication {
  kind: 'PeerAuthentication';
  metadata: Metadata;
  spec: { selector?: Selector; mtls: { mode: string }; portLevelMtls?: Record<string, { mode: string }> };
}

export interface AuthorizationPolicy {
  kind: 'AuthorizationPolicy';
  metadata: Metadata;
  spec: {
    selector: Selector;
    action: 'ALLOW';
    rules?: {
      from?: { source: { principals?: string[]; namespaces?: string[] } }[];
      to: { operation: { ports: string[]; notPaths?: string[] } }[];
    }[];
  };
}

/** One end of a connection: a pod, or an address outside of the cluster's pods. */
export type End = { namespace: string; labels: Labels } | { address: string };

/** The objects of a kind that the other helpers do not know. */
export function objectsOf<T extends { kind: string }>(manifests: readonly { kind: string }[], kind: T['kind']): T[] {
  return manifests.filter((manifest): manifest is T => manifest.kind === kind);
}

export function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  return Object.entries(matchLabels).every(([name, value]) => labels[name] === value)
    && matchExpressions.every(({ key, operator, values }) => values.includes(labels[key] ?? '') === (operator === 'In'));
}

function isPeer({ ipBlock, namespaceSelector, podSelector }: Peer, end: End, policyNamespace: string): boolean {
  if ('address' in end) {
    return ipBlock?.cidr.replace(/\/\d+$/, '') === end.address;
  }
  if (ipBlock !== undefined) {
    return false;
  }
  const namespaceFits = namespaceSelector === undefined ? end.namespace === policyNamespace : selects(namespaceSelector, { 'kubernetes.io/metadata.name': end.namespace });

  return namespaceFits && selects(podSelector ?? {}, end.labels);
}

/** Whether a pod's policies of one direction let it talk to the other end; an end without a policy is free, as is an address. */
function lets(policies: readonly NetworkPolicy[], direction: 'Ingress' | 'Egress', pod: End, other: End, port: Port): boolean {
  if ('address' in pod) {
    return true;
  }
  const own = policies.filter(({ metadata, spec }) => metadata.namespace === pod.namespace && spec.policyTypes.includes(direction) && selects(spec.podSelector, pod.labels));

  return own.length === 0 || own.some(({ metadata, spec }) => {
    const rules = direction === 'Ingress' ? (spec.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports })) : (spec.egress ?? []).map(({ to, ports }) => ({ peers: to, ports }));

    return rules.some(({ peers, ports }) => (ports === undefined || ports.some((each) => each.port === port.port && each.protocol === port.protocol))
      && (peers === undefined || peers.some((peer) => isPeer(peer, other, metadata.namespace))));
  });
}

/** Whether a connection comes about: the one side may open it, and the other accept it. */
export function connects(policies: readonly NetworkPolicy[], from: End, to: End, port: number, protocol: Port['protocol'] = 'TCP'): boolean {
  return lets(policies, 'Egress', from, to, { port, protocol }) && lets(policies, 'Ingress', to, from, { port, protocol });
}

/** Who calls a pod, as the mesh knows it; nobody for plain HTTP. */
export interface Caller {
  principal?: string;
  path?: string;
}

/** Whether the mesh lets a call through to a port of a pod. A pod without a policy is open to all. */
export function authorizes(policies: readonly AuthorizationPolicy[], labels: Labels, port: number, { principal, path = '/' }: Caller): boolean {
  const own = policies.filter(({ spec }) => selects(spec.selector, labels));
  const namespace = principal?.split('/')[2];

  return own.length === 0 || own.some(({ spec }) => (spec.rules ?? []).some(({ from, to }) => {
    const known = from === undefined || from.some(({ source }) => (principal !== undefined && source.principals?.includes(principal)) || (namespace !== undefined && source.namespaces?.includes(namespace)));

    return known && to.some(({ operation }) => operation.ports.includes(String(port)) && !(operation.notPaths ?? []).some((pattern) => path.startsWith(pattern.replace('*', ''))));
  }));
}
