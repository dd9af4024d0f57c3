import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { TestCluster } from '../sandbox/testing/cluster.ts';
import { REAL_NODE, startChartCluster } from './testing/cluster.ts';
import { Charts } from './testing/helm.ts';
import { patience, Release } from './testing/release.ts';
import type { Pod } from './testing/release.ts';
import { domainServices, services } from './testing/services.ts';

let charts: { 3: Charts; 4: Charts };
let cluster: TestCluster;

beforeAll(async () => {
  charts = { 3: new Charts('3'), 4: new Charts('4') };
  cluster = await startChartCluster();
});
afterAll(async () => {
  await cluster?.stop();
  charts[3].remove();
  charts[4].remove();
});

describe('all nine services', () => {
  let release: Release;

  beforeAll(async () => {
    release = new Release({ charts: charts[4], cluster, namespace: 'tartware-system', migrating: domainServices.length });
    await release.makeNamespace();
  });

  async function rolledOut(names: readonly string[]): Promise<void> {
    await release.kubectl('rollout', 'status', ...names.map((service) => `deployment/${ service }`), '--timeout=60s');
  }

  async function nodesOf(service: string, settled: (found: Pod[]) => void): Promise<(string | undefined)[]> {
    return vi.waitFor(async () => {
      const found = await release.pods(`app.kubernetes.io/name=${ service },app.kubernetes.io/component=server`);

      settled(found);

      return found.map(({ spec }) => spec.nodeName);
    }, patience);
  }

  test('a missing Secret stops the install before anything is there', async () => {
    const { ok, output } = await release.deployAlone('--set', 'secrets.check=true');

    expect({ ok, output }).toEqual({ ok: false, output: expect.stringMatching(/Secret.*core-database/s) });
    expect(await release.objects()).toEqual([]);
  });

  test('a failed migration stops the install before anything runs, and leaves its Job to look at', async () => {
    const { ok, output } = await release.deploy('Failed', '--set', 'billing.migration.retries=0');

    expect({ ok, output }).toMatchObject({ ok: false, output: expect.stringContaining('billing-migrate') });
    expect(await release.kubectl('get', 'deployments', '-o', 'name')).toBe('');
    expect(await release.kubectl('get', 'jobs', '-o', 'name')).toBe('job.batch/billing-migrate');
  });

  test('the next try installs everything, under enforced Pod Security "restricted"', async () => {
    expect(await release.deploy('Succeeded')).toMatchObject({ ok: true });
    await rolledOut(services);
    expect(await release.kubectl('get', 'jobs', '-o', 'name')).toBe('');
  });

  test('exactly one pod of each service is on the real node', async () => {
    for (const service of services) {
      const wanted = service === 'api-gateway' ? 2 : 1;
      const nodes = await nodesOf(service, (found) => expect(found).toHaveLength(wanted));

      expect(nodes.filter((node) => node === REAL_NODE), service).toHaveLength(1);
    }
  });

  test('more pods go to simulated nodes', async () => {
    await release.changeByExtension('core', 6);
    const nodes = await nodesOf('core', (found) => expect(found.filter(({ spec }) => spec.nodeName !== undefined)).toHaveLength(6));

    expect(nodes.filter((node) => node === REAL_NODE)).toHaveLength(1);
  });

  test('after a rollout one pod of the new revision is on the real node, and what the extension changed stays', async () => {
    const isNew = ({ spec }: Pod): boolean => spec.containers.some(({ env }) => env.some(({ name, value }) => name === 'LOG_LEVEL' && value === 'debug'));

    expect(await release.deployAlone('--no-hooks', '--set', 'core.autoscaling.minReplicas=6', '--set', 'core.logLevel=debug', '--set', 'rooms.logLevel=debug')).toMatchObject({ ok: true });
    expect(await release.bound('core', 'minReplicas')).toBe('6');
    for (const service of ['core', 'rooms']) {
      await rolledOut([service]);
      const nodes = await nodesOf(service, (found) => expect(found.every(isNew)).toBe(true));

      expect(nodes.filter((node) => node === REAL_NODE), service).toHaveLength(1);
    }
  });

  test('uninstalling leaves nothing', async () => {
    expect(await release.helm('uninstall', 'tartware')).toMatchObject({ ok: true });
    await release.waitUntilNothingIsLeft();
  });
});

/** What differs between the two, in the words of each. */
const helms = [
  { version: '3', atomic: '--atomic', takeBack: [], rolledBack: /rolled back due to atomic being set/, uninstalled: /has been uninstalled due to atomic being set/ },
  { version: '4', atomic: '--rollback-on-failure', takeBack: ['--force-conflicts'], rolledBack: /rolled back due to rollback-on-failure being set/, uninstalled: /has been uninstalled due to rollback-on-failure being set/ },
] as const;

/** The gateway alone is enough to see what Helm does, and core's migration to see it fail. */
const gatewayAlone = domainServices.flatMap((service) => ['--set', `${ service }.enabled=false`]);
const failing = ['--set', 'core.enabled=true', '--set', 'core.migration.retries=0'];

describe.each(helms)('with Helm $version', ({ version, atomic, takeBack, rolledBack, uninstalled }) => {
  let release: Release;

  beforeAll(async () => {
    release = new Release({ charts: charts[version], cluster, namespace: `helm-${ version }`, migrating: 0, settings: gatewayAlone });
    await release.makeNamespace();
  });

  test(`an install that fails says so, and with ${ atomic } leaves nothing but the failed migration to look at`, async () => {
    const { ok, output } = await release.deploy('Failed', ...failing, atomic);

    expect({ ok, output }).toEqual({ ok: false, output: expect.stringMatching(uninstalled) });
    await release.waitUntilNothingIsLeft('job.batch/core-migrate', expect.stringMatching(/^pod\/core-migrate-/));
    await release.kubectl('delete', 'job', 'core-migrate');
  });

  test('an upgrade changes what its values say', async () => {
    expect(await release.deployAlone()).toMatchObject({ ok: true });
    expect(await release.deployAlone('--set', 'api-gateway.autoscaling.maxReplicas=9')).toMatchObject({ ok: true });
    expect(await release.bound('api-gateway', 'maxReplicas')).toBe('9');
    expect(await release.newestRevision()).toBe('2 deployed');
  });

  test(`an upgrade that fails says so, and with ${ atomic } everything is as before`, async () => {
    const { ok, output } = await release.deploy('Failed', ...failing, '--set', 'api-gateway.autoscaling.maxReplicas=8', atomic);

    expect({ ok, output }).toEqual({ ok: false, output: expect.stringMatching(rolledBack) });
    expect(await release.newestRevision()).toBe('4 deployed');
    expect(await release.bound('api-gateway', 'maxReplicas')).toBe('9');
    await release.kubectl('delete', 'job', 'core-migrate');
  });

  test('an upgrade that would undo a change of the extension stops before it changes anything, and names both ways out', async () => {
    await release.changeByExtension('api-gateway', 5);
    const { ok, output } = await release.deployAlone('--set', 'api-gateway.logLevel=debug');

    expect({ ok, output }).toEqual({ ok: false, output: expect.stringContaining('api-gateway.autoscaling.minReplicas: "rancher" set it to 5 on the HorizontalPodAutoscaler api-gateway, and this upgrade would make it 2') });
    expect(output).toContain('--set api-gateway.autoscaling.minReplicas=5');
    expect(output).toContain('--set global.takeOverScaling=true');
    expect(await release.newestRevision()).toBe('4 deployed');
  });

  test('the extension\'s change stays when the values say the same', async () => {
    expect(await release.deployAlone('--set', 'api-gateway.autoscaling.minReplicas=5')).toMatchObject({ ok: true });
    expect(await release.bound('api-gateway', 'minReplicas')).toBe('5');
  });

  test('the extension\'s change is taken back on demand, and then is nobody\'s but the chart\'s', async () => {
    await release.changeByExtension('api-gateway', 6);
    expect(await release.deployAlone('--set', 'global.takeOverScaling=true', ...takeBack)).toMatchObject({ ok: true });
    expect(await release.bound('api-gateway', 'minReplicas')).toBe('2');
    expect(await release.deployAlone('--set', 'api-gateway.autoscaling.minReplicas=3')).toMatchObject({ ok: true });
  });

  test('a rollback returns to a revision\'s values', async () => {
    expect(await release.helm('rollback', 'tartware', '2')).toMatchObject({ ok: true });
    expect(await release.bound('api-gateway', 'maxReplicas')).toBe('9');
    expect(await release.bound('api-gateway', 'minReplicas')).toBe('2');
  });

  test('a rollback over a change of the extension does as the runbooks say: by force, and the limits are to be set again', async () => {
    await release.changeByExtension('api-gateway', 7);
    if (takeBack.length > 0) {
      expect(await release.helm('rollback', 'tartware', '2')).toEqual({ ok: false, output: expect.stringMatching(/conflict.*minReplicas/s) });
      expect(await release.bound('api-gateway', 'minReplicas')).toBe('7');
    }
    expect(await release.helm('rollback', 'tartware', '2', ...takeBack)).toMatchObject({ ok: true });
    expect(await release.bound('api-gateway', 'minReplicas')).toBe('2');
  });

  test('uninstalling leaves nothing', async () => {
    expect(await release.helm('uninstall', 'tartware')).toMatchObject({ ok: true });
    await release.waitUntilNothingIsLeft();
  });
});
