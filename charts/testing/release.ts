/** A release of the umbrella in a test's cluster: Helm deploys it while the test ends its migrations' pods, as the node agent would. */
import { expect, vi } from 'vitest';
import type { TestCluster } from '../../sandbox/testing/cluster.ts';
import { REAL_NODE } from './cluster.ts';
import type { Charts, Run } from './helm.ts';
import { variants } from './services.ts';

export const patience = { timeout: 60_000, interval: 250 };

export interface Pod {
  metadata: { name: string; labels: Record<string, string>; deletionTimestamp?: string };
  status: { phase: string };
  spec: { nodeName?: string; containers: { env: { name: string; value: string }[] }[] };
}

/** What Kubernetes itself puts into every namespace. */
const OF_EVERY_NAMESPACE = ['configmap/kube-root-ca.crt', 'serviceaccount/default'];

export class Release {
  readonly charts: Charts;
  readonly cluster: TestCluster;
  readonly namespace: string;
  /** Services with a migration, of those that are installed. */
  readonly migrating: number;
  readonly #settings: readonly string[];

  /** @param settings arguments of every install and upgrade */
  constructor({ charts, cluster, namespace, migrating, settings = [] }: { charts: Charts; cluster: TestCluster; namespace: string; migrating: number; settings?: readonly string[] }) {
    this.charts = charts;
    this.cluster = cluster;
    this.namespace = namespace;
    this.migrating = migrating;
    this.#settings = settings;
  }

  async makeNamespace(): Promise<void> {
    await this.cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: this.namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } });
  }

  /** Runs kubectl in the release's namespace. */
  async kubectl(...args: string[]): Promise<string> {
    return this.cluster.kubectl('-n', this.namespace, ...args);
  }

  async helm(...args: string[]): Promise<Run> {
    return this.charts.helmIn(this.cluster.kubeconfig, [...args, '--namespace', this.namespace]);
  }

  /** Installs or upgrades the sandbox's variant while the migrations end in the given way. */
  async deploy(migrations: 'Succeeded' | 'Failed', ...settings: string[]): Promise<Run> {
    const [run] = await Promise.all([this.deployAlone(...settings), this.#endMigrations(migrations)]);

    return run;
  }

  /** Installs or upgrades where it does not come to migrations. */
  async deployAlone(...settings: string[]): Promise<Run> {
    return this.helm('upgrade', '--install', 'tartware', 'tartware', '--timeout', '60s', ...variants.live, '--set', 'secrets.check=false', ...this.#settings, ...settings);
  }

  /** Those that are not on their way out. */
  async pods(selector: string): Promise<Pod[]> {
    const { items } = JSON.parse(await this.kubectl('get', 'pods', '-l', selector, '-o', 'json')) as { items: Pod[] };

    return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  }

  /** One field of an autoscaler, as text. */
  async bound(service: string, field: 'minReplicas' | 'maxReplicas'): Promise<string> {
    return this.kubectl('get', 'hpa', service, '-o', `jsonpath={.spec.${ field }}`);
  }

  /** Changes an autoscaler as Rancher's extension does. */
  async changeByExtension(service: string, minReplicas: number): Promise<void> {
    await this.kubectl('patch', 'hpa', service, '--type=json', '--field-manager=rancher', '-p', JSON.stringify([{ op: 'replace', path: '/spec/minReplicas', value: minReplicas }]));
  }

  /** Revision and status of the newest revision, such as `3 deployed`. */
  async newestRevision(): Promise<string> {
    const history = JSON.parse((await this.helm('history', 'tartware', '--output', 'json', '--max', '1')).output) as { revision: number; status: string }[];

    return history.map(({ revision, status }) => `${ revision } ${ status }`).join();
  }

  /** Every object, of whatever kind the cluster has, that is in the namespace or carries the release's name; events aside. */
  async objects(): Promise<string[]> {
    const kinds = async (namespaced: boolean): Promise<string> =>
      (await this.cluster.kubectl('api-resources', '--verbs=list', `--namespaced=${ namespaced }`, '-o', 'name')).trim().split('\n').filter((kind) => !/^(events|componentstatuses)\b/.test(kind)).join();
    const [inside, around] = await Promise.all([
      this.kubectl('get', await kinds(true), '-o', 'name'),
      this.cluster.kubectl('get', await kinds(false), '-l', 'app.kubernetes.io/instance=tartware', '-o', 'name'),
    ]);

    return `${ inside }\n${ around }`.split('\n').filter((name) => name !== '' && !OF_EVERY_NAMESPACE.includes(name)).sort();
  }

  /** @param except what may stay, or matchers of it, in the order of the alphabet */
  async waitUntilNothingIsLeft(...except: unknown[]): Promise<void> {
    await vi.waitFor(async () => expect(await this.objects()).toEqual(except), patience);
  }

  /** Ends one migration's pod as the node agent would when the process exits. @returns its name */
  async #endMigration(phase: 'Succeeded' | 'Failed', ended: readonly string[]): Promise<string> {
    const pod = await vi.waitFor(async () => {
      const running = (await this.pods('app.kubernetes.io/component=migration')).find(({ metadata, status }) => status.phase === 'Running' && !ended.includes(metadata.name));

      if (running === undefined) {
        throw new Error('no migration is running');
      }

      return running;
    }, patience);
    const exitCode = phase === 'Succeeded' ? 0 : 1;
    const status = { phase, containerStatuses: [{ name: 'migrate', image: 'x', imageID: '', ready: false, restartCount: 0, state: { terminated: { exitCode } } }] };

    expect(pod.spec.nodeName).toBe(REAL_NODE);
    await this.kubectl('patch', 'pod', pod.metadata.name, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status }));

    return pod.metadata.name;
  }

  /** Helm runs them one after the other, and none after one that failed. */
  async #endMigrations(migrations: 'Succeeded' | 'Failed'): Promise<void> {
    const ended = (await this.pods('app.kubernetes.io/component=migration')).map(({ metadata }) => metadata.name);

    for (let count = 0; count < (migrations === 'Failed' ? 1 : this.migrating); count += 1) {
      ended.push(await this.#endMigration(migrations, ended));
    }
  }
}
