import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { calleesOf, stores, storesOf, strangers, variableOf } from './testing/call-graph.ts';
import { apiVersionArgs } from './testing/crds.ts';
import { Charts } from './testing/helm.ts';
import { environment, named } from './testing/manifests.ts';
import type { Manifest } from './testing/manifests.ts';
import { connects, objectsOf } from './testing/network.ts';
import type { End, NetworkPolicy } from './testing/network.ts';
import { domainServices, services, variantNames, variants } from './testing/services.ts';

const namespace = 'tartware-system';
const prometheus: End = { namespace: 'cattle-monitoring-system', labels: { 'app.kubernetes.io/name': 'prometheus' } };
const stranger: End = { namespace, labels: { app: 'stranger' } };
const kubelet: End = { address: '169.254.7.127' };
const TUNNEL = 15_008;
const storeNamespaces: Readonly<Record<string, string>> = { postgresql: 'database', redis: 'database', kafka: 'database', clickhouse: 'database', otlp: 'tracing' };
const storePorts: Readonly<Record<string, number>> = { postgresql: 5432, redis: 6379, kafka: 9092, clickhouse: 8123, otlp: 4318 };
const at = (store: string): End => ({ namespace: storeNamespaces[store] ?? '', labels: {} });

interface Rendered {
  manifests: Manifest[];
  policies: NetworkPolicy[];
}

let charts: Charts;
/** With the values as they stand. */
let standard: Rendered;

beforeAll(() => {
  charts = new Charts();
  standard = render();
});
afterAll(() => charts.remove());

function render(...args: string[]): Rendered {
  const manifests = charts.render('tartware', args);

  return { manifests, policies: objectsOf<NetworkPolicy>(manifests, 'NetworkPolicy') };
}

/** The pods of a service as the chart labels them. */
const serving = ({ manifests }: Rendered, service: string): End => ({ namespace, labels: named(manifests, 'Deployment', service).spec.template.metadata.labels });
const migrating = ({ manifests }: Rendered, service: string): End => ({ namespace, labels: named(manifests, 'Job', `${ service }-migrate`).spec.template.metadata.labels });

function port({ manifests }: Rendered, service: string, name: 'http' | 'ops'): number {
  return named(manifests, 'Service', service).spec.ports.find((each) => each.name === name)?.port ?? 0;
}

describe('what the sources say', () => {
  test.each(services)('%s has no address of anything that the tables do not know', (service) => {
    expect(strangers(service)).toEqual([]);
  });

  test.each(services)('%s gets the address of all that it calls, and the secrets of all stores that it uses', (service) => {
    const [container] = named(standard.manifests, 'Deployment', service).spec.template.spec.containers;
    const secrets = (container.envFrom ?? []).map(({ secretRef }) => secretRef.name);
    const expected: Record<string, string> = { postgresql: `tartware-${ service }-database`, redis: 'tartware-redis', kafka: 'tartware-kafka', clickhouse: 'tartware-clickhouse' };

    expect(Object.keys(environment(container))).toEqual(expect.arrayContaining(calleesOf(service).map(variableOf)));
    expect(Object.entries(expected).filter(([, secret]) => secrets.includes(secret)).map(([store]) => store).sort())
      .toEqual(storesOf(service).filter((store) => store !== 'otlp').sort());
  });
});

describe.each(variantNames)('values %s', (variant) => {
  let rendered: Rendered;

  beforeAll(() => {
    rendered = render(...variants[variant]);
  });

  test.each(services)('%s reaches the services that its source calls, and no others', (service) => {
    const reached = services.filter((callee) => connects(rendered.policies, serving(rendered, service), serving(rendered, callee), port(rendered, callee, 'http')));

    expect(reached).toEqual(calleesOf(service));
  });

  test.each(services)('%s reaches the stores that its source uses, and no others', (service) => {
    const reached = stores.filter((store) => connects(rendered.policies, serving(rendered, service), at(store), storePorts[store] ?? 0));

    expect(reached).toEqual(stores.filter((store) => storesOf(service).includes(store)));
  });

  test.each(services)('%s: Prometheus reads its metrics and calls nothing; other pods do neither', (service) => {
    const pod = serving(rendered, service);

    expect(connects(rendered.policies, prometheus, pod, port(rendered, service, 'ops'))).toBe(true);
    expect(connects(rendered.policies, prometheus, pod, port(rendered, service, 'http'))).toBe(false);
    for (const other of [stranger, ...services.map((each) => serving(rendered, each))]) {
      expect(connects(rendered.policies, other, pod, port(rendered, service, 'ops'))).toBe(false);
    }
    expect(connects(rendered.policies, stranger, pod, port(rendered, service, 'http'))).toBe(false);
  });

  test.each(domainServices)('%s: its migration reaches PostgreSQL and nothing else, and nobody reaches it', (service) => {
    const pod = migrating(rendered, service);

    expect(stores.filter((store) => connects(rendered.policies, pod, at(store), storePorts[store] ?? 0))).toEqual(['postgresql']);
    for (const each of services) {
      expect(connects(rendered.policies, pod, serving(rendered, each), port(rendered, each, 'http'))).toBe(false);
    }
    expect(connects(rendered.policies, prometheus, pod, port(rendered, service, 'ops'))).toBe(false);
  });

  test('names are resolved by the cluster\'s DNS only, and no pod reaches the API server or the internet', () => {
    const dns: End = { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } };

    for (const pod of [...services.map((each) => serving(rendered, each)), ...domainServices.map((each) => migrating(rendered, each))]) {
      expect(connects(rendered.policies, pod, dns, 53, 'UDP') && connects(rendered.policies, pod, dns, 53)).toBe(true);
      expect(connects(rendered.policies, pod, { namespace: 'kube-system', labels: {} }, 53, 'UDP')).toBe(false);
      expect([443, 6443, 53].some((each) => connects(rendered.policies, pod, { address: '203.0.113.7' }, each))).toBe(false);
    }
  });

  test('other pods of the namespace are left alone', () => {
    expect(connects(rendered.policies, stranger, { namespace: 'elsewhere', labels: {} }, 443)).toBe(true);
  });
});

describe('choices', () => {
  const [http, ops] = [8080, 9090];

  test('nobody calls api-gateway from outside the release, unless the values say who', () => {
    const client: End = { namespace: 'load', labels: { app: 'locust' } };
    const [closed, open] = [standard, render('--set', 'networkPolicies.clients[0].namespace=load', '--set', 'networkPolicies.clients[0].podLabels.app=locust', '--set', 'networkPolicies.clients[1].cidr=10.1.0.0/16')];

    expect(connects(closed.policies, client, serving(closed, 'api-gateway'), http)).toBe(false);
    expect(connects(open.policies, client, serving(open, 'api-gateway'), http)).toBe(true);
    expect(connects(open.policies, { address: '10.1.0.0' }, serving(open, 'api-gateway'), http)).toBe(true);
    expect(connects(open.policies, { ...client, labels: {} }, serving(open, 'api-gateway'), http)).toBe(false);
    expect(connects(open.policies, client, serving(open, 'core'), http)).toBe(false);
  });

  test('a store may be elsewhere', () => {
    const rendered = render('--set', 'networkPolicies.stores.redis.at[0].cidr=10.9.0.4/32', '--set', 'networkPolicies.stores.redis.ports={6380}');

    expect(connects(rendered.policies, serving(rendered, 'rooms'), { address: '10.9.0.4' }, 6380)).toBe(true);
    expect(connects(rendered.policies, serving(rendered, 'rooms'), at('redis'), 6379)).toBe(false);
    expect(connects(rendered.policies, serving(rendered, 'core'), { address: '10.9.0.4' }, 6380)).toBe(false);
  });

  test('in a demo the stores are pods of the release itself: whoever uses one reaches it, and nobody else', () => {
    const demo = render('-f', 'tartware/values-demo.yaml');
    const pod = (store: string): End => ({
      namespace, labels: { 'app.kubernetes.io/name': `tartware-${ store }`, 'app.kubernetes.io/instance': 'tartware', 'app.kubernetes.io/part-of': 'tartware', 'app.kubernetes.io/component': 'data-store' },
    });
    const reached = (from: End): string[] => stores.filter((store) => store !== 'otlp' && connects(demo.policies, from, pod(store), storePorts[store] ?? 0));

    for (const service of services) {
      expect(reached(serving(demo, service)), service).toEqual(stores.filter((store) => store !== 'otlp' && storesOf(service).includes(store)));
    }
    expect(reached(migrating(demo, 'core'))).toEqual(['postgresql']);
    expect(reached(stranger)).toEqual([]);

    const meshed = render('-f', 'tartware/values-demo.yaml', ...apiVersionArgs('istio'), '--set', 'mesh.mode=ambient');

    for (const store of ['postgresql', 'redis', 'kafka', 'clickhouse']) expect(connects(meshed.policies, kubelet, pod(store), storePorts[store] ?? 0), store).toBe(true);
  });

  test('a service that is left out is in no policy', () => {
    const { policies } = render('--set', 'guests.enabled=false');

    expect(JSON.stringify(policies)).not.toContain('guests');
  });

  test('none are made when they are switched off', () => {
    expect(render('--set', 'networkPolicies.enabled=false').policies).toEqual([]);
  });

  test('in an ambient mesh the same pods reach each other through the tunnel, and the kubelet its probes', () => {
    const rendered = render(...apiVersionArgs('istio'), '--set', 'mesh.mode=ambient');

    for (const service of services) {
      const reached = services.filter((callee) => connects(rendered.policies, serving(rendered, service), serving(rendered, callee), TUNNEL));

      expect(reached, service).toEqual(calleesOf(service));
      expect(connects(rendered.policies, kubelet, serving(rendered, service), ops)).toBe(true);
      expect(connects(rendered.policies, kubelet, serving(rendered, service), http)).toBe(false);
      expect(connects(rendered.policies, stranger, serving(rendered, service), TUNNEL)).toBe(false);
    }
  });

  test('a sidecar reaches the mesh\'s control plane, and Prometheus the sidecar\'s metrics', () => {
    const istiod: End = { namespace: 'istio-system', labels: { app: 'istiod' } };
    const [sidecar, none] = [render(...apiVersionArgs('istio'), '--set', 'mesh.mode=sidecar'), standard];
    const results = [sidecar, none].map((rendered) => [
      connects(rendered.policies, serving(rendered, 'rooms'), istiod, 15_012),
      connects(rendered.policies, migrating(rendered, 'rooms'), istiod, 15_012),
      connects(rendered.policies, prometheus, serving(rendered, 'rooms'), 15_090),
    ]);

    expect(results).toEqual([[true, true, true], [false, false, false]]);
  });

  test.each([
    ['networkPolicies.calls.core={kitchen}', "'/networkPolicies/calls/core/0': value must be one of"],
    ['networkPolicies.calls.kitchen={core}', "additional properties 'kitchen' not allowed"],
    ['networkPolicies.stores.redis.ports={0}', "'/networkPolicies/stores/redis/ports/0': minimum: got 0, want 1"],
    ['networkPolicies.stores.redis.users={kitchen}', "'/networkPolicies/stores/redis/users/0': value must be one of"],
    ['networkPolicies.clients[0].cidr=everywhere', "'/networkPolicies/clients/0"],
    ['networkPolicies.dns=null', "'/networkPolicies': missing property 'dns'"],
    ['networkPolicies.enable=true', "additional properties 'enable' not allowed"],
  ])('%s is refused', (setting, message) => {
    const { ok, output } = charts.template('tartware', ['--set', setting]);

    expect(ok).toBe(false);
    expect(output).toContain(message);
  });
});
