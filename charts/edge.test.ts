import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { Settings } from '../services/api-gateway/settings.ts';
import { loadState, releaseValues } from './platform/state.ts';
import { apiVersionArgs } from './testing/crds.ts';
import { Charts } from './testing/helm.ts';
import { environment, named } from './testing/manifests.ts';
import type { Manifest } from './testing/manifests.ts';
import { connects, objectsOf } from './testing/network.ts';
import type { End, NetworkPolicy } from './testing/network.ts';

interface Gateway {
  kind: 'Gateway';
  metadata: { name: string; namespace: string };
  spec: {
    gatewayClassName: string;
    infrastructure?: { parametersRef: { kind: string; name: string } };
    listeners: { name: string; port: number; tls?: { certificateRefs: { name: string }[] }; allowedRoutes: { namespaces: { selector: { matchExpressions: { values: string[] }[] } } } }[];
  };
}

interface HttpRoute {
  kind: 'HTTPRoute';
  metadata: { name: string; namespace: string };
  spec: {
    parentRefs: { name: string; namespace: string; sectionName: string }[];
    hostnames: string[];
    rules: { backendRefs?: { name: string; port: number }[]; timeouts?: { request: string }; filters?: { type: string; requestRedirect?: { scheme: string; statusCode: number }; responseHeaderModifier?: { set: { name: string; value: string }[] } }[] }[];
  };
}

interface Certificate {
  kind: 'Certificate';
  metadata: { namespace: string };
  spec: { secretName: string; dnsNames: string[]; issuerRef: { kind: string; name: string } };
}

interface Issuer {
  kind: 'Issuer';
  metadata: { name: string; namespace: string };
  spec: { acme: { email: string; solvers: { http01: { gatewayHTTPRoute: { parentRefs: { name: string; sectionName: string }[] } } }[] } };
}

interface ConfigMap {
  kind: 'ConfigMap';
  metadata: { name: string; namespace: string };
  data: Record<string, string>;
}

const values = (name: string): string[] => ['-f', fileURLToPath(new URL(`./testing/values/${ name }.yaml`, import.meta.url))];
const all = apiVersionArgs('istio', 'gateway-api', 'cert-manager');
const production = [...all, ...apiVersionArgs('external-secrets'), '-f', 'tartware/values-production.yaml', '--set', 'edge.hosts={hotel.example.com}'];
let charts: Charts;
let manifests: Manifest[];

beforeAll(() => {
  charts = new Charts();
  manifests = charts.render('tartware', production);
});
afterAll(() => charts.remove());

function only<T extends { kind: string }>(kind: T['kind'], from: Manifest[] = manifests): T {
  const [first, ...others] = objectsOf<T>(from, kind);

  if (first === undefined || others.length > 0) {
    throw new Error(`${ others.length + (first === undefined ? 0 : 1) } of ${ kind }`);
  }

  return first;
}

const routes = (from: Manifest[] = manifests): HttpRoute[] => objectsOf<HttpRoute>(from, 'HTTPRoute');
const timeoutMs = (from: Manifest[]): number => 1000 * Number.parseInt(routes(from)[0]?.spec.rules[0]?.timeouts?.request ?? '', 10);

describe('production\'s edge', () => {
  test('HTTPS leads to the port on which api-gateway listens', () => {
    const [route] = routes();
    const service = named(manifests, 'Service', 'api-gateway');

    expect(route?.spec.hostnames).toEqual(['hotel.example.com']);
    expect(route?.spec.parentRefs).toEqual([{ name: 'tartware', namespace: 'istio-ingress', sectionName: 'https' }]);
    expect(route?.spec.rules.map(({ backendRefs }) => backendRefs)).toEqual([[{ name: 'api-gateway', port: service.spec.ports[0]?.port }]]);
  });

  test('plain HTTP is sent to HTTPS, and browsers are told to keep to it', () => {
    const [secure, plain] = routes();

    expect(plain?.spec.parentRefs.map(({ sectionName }) => sectionName)).toEqual(['http']);
    expect(plain?.spec.rules).toEqual([{ filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } }] }]);
    expect(secure?.spec.rules[0]?.filters?.[0]?.responseHeaderModifier?.set).toEqual([{ name: 'strict-transport-security', value: 'max-age=31536000' }]);
  });

  test('the certificate is for the names served, lies beside the Gateway, and is the one that the Gateway takes', () => {
    const { metadata, spec } = only<Certificate>('Certificate');
    const gateway = only<Gateway>('Gateway');

    expect(spec).toMatchObject({ dnsNames: ['hotel.example.com'], issuerRef: { kind: 'ClusterIssuer', name: 'platform-public' } });
    expect(metadata.namespace).toBe(gateway.metadata.namespace);
    expect(gateway.spec.listeners.find(({ name }) => name === 'https')?.tls?.certificateRefs).toMatchObject([{ name: spec.secretName }]);
  });

  test('the Gateway takes routes from the release\'s namespace and from its own', () => {
    const allowed = only<Gateway>('Gateway').spec.listeners.map(({ allowedRoutes }) => allowedRoutes.namespaces.selector.matchExpressions[0]?.values);

    expect(allowed).toEqual([['tartware-system', 'istio-ingress'], ['tartware-system', 'istio-ingress']]);
  });

  test('the edge waits longer than api-gateway lets a request last', () => {
    const standard: unknown = Settings.properties.REQUEST_DEADLINE_MS.default;

    expect(standard).toBe(10_000);
    expect(timeoutMs(manifests)).toBe(15_000);
  });

  test('api-gateway believes exactly the proxies before it', () => {
    expect(environment(named(manifests, 'Deployment', 'api-gateway').spec.template.spec.containers[0]).TRUSTED_PROXY_HOPS).toBe('1');
  });

  test('Istio lays valid YAML over the proxies: as many as needed, restricted, with clients\' own addresses', () => {
    const { metadata, data } = only<ConfigMap>('ConfigMap', manifests.filter((manifest) => manifest.metadata.name === 'tartware-proxies'));
    const overlay = (name: string): unknown => (parse(data[name] ?? '') as { spec: unknown }).spec;

    expect(metadata).toMatchObject({ namespace: 'istio-ingress', name: only<Gateway>('Gateway').spec.infrastructure?.parametersRef.name });
    expect(overlay('horizontalPodAutoscaler')).toMatchObject({ minReplicas: 3, maxReplicas: 12 });
    expect(overlay('service')).toEqual({ externalTrafficPolicy: 'Local' });
    expect(overlay('podDisruptionBudget')).toMatchObject({ maxUnavailable: '25%' });
    expect(overlay('deployment')).toMatchObject({ template: { spec: { securityContext: { seccompProfile: { type: 'RuntimeDefault' } }, containers: [{ name: 'istio-proxy', resources: { requests: { cpu: '1' } } }] } } });
  });

  test('the proxies are open to the world on their two ports and reach api-gateway only; nobody else does', () => {
    const policies = objectsOf<NetworkPolicy>(manifests, 'NetworkPolicy');
    const proxy: End = { namespace: 'istio-ingress', labels: { 'gateway.networking.k8s.io/gateway-name': 'tartware' } };
    const pod = (service: string): End => ({ namespace: 'tartware-system', labels: named(manifests, 'Deployment', service).spec.template.metadata.labels });
    const world: End = { address: '203.0.113.7' };

    expect([80, 443, 15_021, 15_000, 15_090].map((port) => connects(policies, world, proxy, port))).toEqual([true, true, true, false, false]);
    expect([connects(policies, proxy, pod('api-gateway'), 8080), connects(policies, proxy, pod('api-gateway'), 15_008)]).toEqual([true, true]);
    expect([connects(policies, proxy, pod('core'), 8080), connects(policies, proxy, pod('api-gateway'), 9090), connects(policies, proxy, world, 443)]).toEqual([false, false, false]);
    expect(connects(policies, { ...proxy, labels: {} }, pod('api-gateway'), 8080)).toBe(false);
  });

  test('the proxies reach what the platform\'s Istio tells them to send spans to', () => {
    const istiod = releaseValues(loadState(), 'production').get('istio-system/istiod') as { meshConfig: { extensionProviders: { opentelemetry: { service: string; port: number } }[] } };
    const policies = objectsOf<NetworkPolicy>(manifests, 'NetworkPolicy');
    const reached = istiod.meshConfig.extensionProviders.flatMap(({ opentelemetry: { service, port } }) => {
      const receiver: End = { namespace: service.split('.')[1] ?? '', labels: {} };

      return [port, 15_008, 16_686].map((each) => connects(policies, { namespace: 'istio-ingress', labels: { 'gateway.networking.k8s.io/gateway-name': 'tartware' } }, receiver, each));
    });

    expect(reached).toEqual([true, true, false]);
  });

  test('the edge leaves out a pod that cannot be reached, never one that answers, whatever it answers', () => {
    const rule = only<{ kind: 'DestinationRule'; spec: { host: string; trafficPolicy: { outlierDetection: object; tls?: object } } }>('DestinationRule');

    expect(rule.spec).toMatchObject({ host: 'api-gateway', trafficPolicy: { outlierDetection: { splitExternalLocalOriginErrors: true, consecutiveGatewayErrors: 0, consecutive5xxErrors: 0 } } });
    expect(rule.spec.trafficPolicy.tls).toBeUndefined();
  });
});

describe('choices', () => {
  test('a longer deadline of api-gateway is the edge\'s too, rounded up; a certificate may come by ACME over the Gateway itself', () => {
    const sidecar = charts.render('tartware', [...all, ...values('network-mesh-sidecar')]);
    const issuer = only<Issuer>('Issuer', sidecar);

    expect(timeoutMs(sidecar)).toBe(26_000);
    expect(only<Certificate>('Certificate', sidecar).spec.issuerRef).toMatchObject({ kind: 'Issuer', name: issuer.metadata.name });
    expect(issuer.metadata.namespace).toBe('tartware-system');
    expect(issuer.spec.acme.solvers[0]?.http01.gatewayHTTPRoute.parentRefs).toMatchObject([{ name: 'tartware', sectionName: 'http' }]);
    expect(routes(sidecar)[0]?.spec.rules[0]?.filters).toBeUndefined();
  });

  test('the routes of a Gateway that is there already bring no Gateway, certificate or proxies', () => {
    const shared = charts.render('tartware', [...apiVersionArgs('gateway-api'), ...values('edge-shared-gateway')]);
    const policies = objectsOf<NetworkPolicy>(shared, 'NetworkPolicy');
    const kinds = new Set<string>(shared.map(({ kind }) => kind));

    expect(routes(shared).map(({ spec }) => spec.parentRefs)).toEqual([[{ name: 'shared', namespace: 'gateways', sectionName: 'tls' }]]);
    expect(['Gateway', 'Certificate', 'Issuer', 'DestinationRule'].filter((kind) => kinds.has(kind))).toEqual([]);
    expect(policies.map(({ metadata }) => metadata.namespace)).toEqual(policies.map(() => 'tartware-system'));
  });

  test('there is no edge unless asked for', () => {
    expect(routes(charts.render('tartware', all))).toEqual([]);
  });
});

describe('an edge of no use is refused, saying what to change', () => {
  const on = ['edge.enabled=true', 'api-gateway.env.TRUSTED_PROXY_HOPS="1"', 'edge.hosts=["hotel.example.com"]', 'edge.certificate.issuer.name="company-ca"'];

  test.each([
    ['no host', all, 'edge.hosts=[]', 'edge.hosts: the edge is on, but for no name; give the names that clients use'],
    ['a host that is an address', all, 'edge.hosts=["https://hotel"]', "'/edge/hosts/0'"],
    ['no Gateway API', apiVersionArgs('istio', 'cert-manager'), 'edge.enabled=true', 'edge: this cluster has no gateway.networking.k8s.io/v1'],
    ['no cert-manager', apiVersionArgs('istio', 'gateway-api'), 'edge.enabled=true', 'edge.certificate: this cluster has no cert-manager.io/v1; install cert-manager first'],
    ['no issuer', all, 'edge.certificate.issuer.name=""', 'edge.certificate.issuer: nobody is named who signs'],
    ['two issuers', all, 'edge.certificate.issuer.acme.enabled=true', 'edge.certificate.issuer: both the issuer "company-ca" and acme are given'],
    ['proxies that api-gateway does not know of', all, 'edge.trustedHops=2', 'set api-gateway.env.TRUSTED_PROXY_HOPS to "2"'],
    ['a wildcard by ACME', all, 'edge={"enabled":true,"hosts":["*.example.com"],"certificate":{"issuer":{"name":"","acme":{"enabled":true,"email":"a@example.com"}}}}', 'no authority gives a wildcard over HTTP (*.example.com)'],
    ['ACME without plain HTTP', all, 'edge={"enabled":true,"hosts":["hotel.example.com"],"gateway":{"listeners":{"http":""}},"certificate":{"issuer":{"name":"","acme":{"enabled":true,"email":"a@example.com"}}}}', 'name one in edge.gateway.listeners.http'],
    ['ACME without an address', all, 'edge.certificate.issuer={"name":"","acme":{"enabled":true}}', 'give the e-mail address to which the authority may write'],
    ['fewer proxies at most than at least', all, 'edge.gateway.autoscaling.maxReplicas=2', 'edge.gateway.autoscaling: minReplicas 3 is above maxReplicas 2'],
    ['nothing behind it', all, 'api-gateway.enabled=false', 'edge: it leads to api-gateway, which is switched off'],
    ['a timeout shorter than the deadline', all, 'edge.timeoutMarginSeconds=0', "'/edge/timeoutMarginSeconds': minimum: got 0, want 1"],
    ['an unknown key', all, 'edge.host="hotel.example.com"', "additional properties 'host' not allowed"],
  ])('%s', (_, apis, setting, message) => {
    const { ok, output } = charts.template('tartware', [...apis, ...[...on, setting].flatMap((each) => ['--set-json', each])]);

    expect(ok).toBe(false);
    expect(output).toContain(message);
  });
});
