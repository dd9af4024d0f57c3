import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { calleesOf } from './testing/call-graph.ts';
import { apiVersionArgs } from './testing/crds.ts';
import { Charts } from './testing/helm.ts';
import { named } from './testing/manifests.ts';
import type { Manifest } from './testing/manifests.ts';
import { authorizes, objectsOf, selects } from './testing/network.ts';
import type { AuthorizationPolicy, Labels, PeerAuthentication } from './testing/network.ts';
import { domainServices, services } from './testing/services.ts';

const [http, ops] = [8080, 9090];
const account = (namespace: string, name: string): string => `cluster.local/ns/${ namespace }/sa/${ name }`;
const principal = (service: string): string => account('tartware-system', service);
let charts: Charts;

beforeAll(() => {
  charts = new Charts();
});
afterAll(() => charts.remove());

const render = (...args: string[]): Manifest[] => charts.render('tartware', [...apiVersionArgs('istio', 'gateway-api', 'cert-manager'), ...args]);
const serving = (manifests: Manifest[], service: string): Labels => named(manifests, 'Deployment', service).spec.template.metadata.labels;

describe.each(['ambient', 'sidecar'])('mesh.mode=%s', (mode) => {
  let manifests: Manifest[];
  let policies: AuthorizationPolicy[];
  let authentications: PeerAuthentication[];

  beforeAll(() => {
    manifests = render('--set', `mesh.mode=${ mode }`);
    policies = objectsOf<AuthorizationPolicy>(manifests, 'AuthorizationPolicy');
    authentications = objectsOf<PeerAuthentication>(manifests, 'PeerAuthentication');
  });

  test.each(services)('%s may be called by the services whose source calls it, and by nobody else', (service) => {
    const callers = services.filter((caller) => authorizes(policies, serving(manifests, service), http, { principal: principal(caller) }));

    expect(callers).toEqual(services.filter((caller) => calleesOf(caller).includes(service)));
    for (const other of [undefined, principal('default'), account('elsewhere', 'api-gateway')]) {
      expect(authorizes(policies, serving(manifests, service), http, other === undefined ? {} : { principal: other })).toBe(false);
    }
  });

  test.each(services)('%s: metrics are read over plain HTTP, and nothing else is', (service) => {
    const own = authentications.filter(({ spec }) => spec.selector !== undefined && selects(spec.selector, serving(manifests, service)));

    expect(own.map(({ spec }) => [spec.mtls.mode, spec.portLevelMtls])).toEqual([['STRICT', { [ops]: { mode: 'PERMISSIVE' } }]]);
    expect(authorizes(policies, serving(manifests, service), ops, {})).toBe(true);
  });

  test('every other pod of the namespace takes mutual TLS only', () => {
    expect(authentications.filter(({ spec }) => spec.selector === undefined).map(({ spec }) => spec)).toEqual([{ mtls: { mode: 'STRICT' } }]);
  });

  test('the identities are those under which the pods run', () => {
    for (const service of services) {
      expect(named(manifests, 'Deployment', service).spec.template.spec.serviceAccountName, service).toBe(service);
    }
  });

  test.each(domainServices)('%s: nobody calls its migration', (service) => {
    const { labels } = named(manifests, 'Job', `${ service }-migrate`).spec.template.metadata;

    expect([http, ops].map((port) => authorizes(policies, labels, port, { principal: principal('core') }))).toEqual([false, false]);
  });

  test('what services say to each other is kept from the gateway where a proxy reads HTTP', () => {
    const may = (caller: string, path: string): boolean => authorizes(policies, serving(manifests, 'rooms'), http, { principal: principal(caller), path });

    expect([may('api-gateway', '/v1/rooms'), may('reservations', '/internal/allocations/1')]).toEqual([true, true]);
    expect(may('api-gateway', '/internal/allocations/1')).toBe(mode === 'ambient');
  });
});

describe('who calls api-gateway', () => {
  test('the edge\'s proxies and the clients that the values name, by ServiceAccount or else by namespace', () => {
    const manifests = render('-f', fileURLToPath(new URL('./testing/values/network-mesh-ambient.yaml', import.meta.url)));
    const policies = objectsOf<AuthorizationPolicy>(manifests, 'AuthorizationPolicy');
    const may = (service: string, who: string): boolean => authorizes(policies, serving(manifests, service), http, { principal: who });
    const clients = [account('istio-ingress', 'tartware-istio'), account('load', 'locust'), account('partners', 'any')];

    expect(clients.map((client) => may('api-gateway', client))).toEqual([true, true, true]);
    expect(may('api-gateway', account('load', 'default'))).toBe(false);
    expect(clients.map((client) => may('core', client))).toEqual([false, false, false]);
  });
});

describe('choices', () => {
  test('a client without an identity is refused, since the mesh would refuse it later without a word', () => {
    const { ok, output } = charts.template('tartware', [...apiVersionArgs('istio'), '--set', 'mesh.mode=ambient', '--set', 'networkPolicies.clients[0].cidr=10.1.0.0/16']);

    expect(ok).toBe(false);
    expect(output).toContain('networkPolicies.clients: 10.1.0.0/16 is a range of addresses, but with mesh.mode=ambient nobody gets in without an identity');
  });

  test('without a mesh there is none of its objects, even where Istio is', () => {
    expect(render().map(({ kind }) => kind)).not.toEqual(expect.arrayContaining([expect.stringMatching(/PeerAuthentication|AuthorizationPolicy|DestinationRule/)]));
  });

  test('another trust domain is in every identity', () => {
    const policies = JSON.stringify(objectsOf<AuthorizationPolicy>(render('--set', 'mesh.mode=ambient', '--set', 'mesh.trustDomain=hotel.example'), 'AuthorizationPolicy'));

    expect(policies).toContain('hotel.example/ns/tartware-system/sa/api-gateway');
    expect(policies).not.toContain('cluster.local');
  });

  test.each([
    ['mesh.mode=linkerd', "'/mesh/mode': value must be one of 'none', 'ambient', 'sidecar'"],
    ['mesh.mode=ambient', 'mesh.mode is "ambient", but this cluster has no security.istio.io/v1; install Istio first, or set mesh.mode=none'],
    ['mesh.trustDomain=', "'/mesh/trustDomain': minLength: got 0, want 1"],
    ['mesh.strict=true', "additional properties 'strict' not allowed"],
  ])('%s on a cluster without Istio is refused', (setting, message) => {
    const { ok, output } = charts.template('tartware', ['--set', setting]);

    expect(ok).toBe(false);
    expect(output).toContain(message);
  });
});
