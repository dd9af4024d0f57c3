import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { SandboxError } from '../errors.ts';
import { REPOSITORY, cacheFolder } from '../paths.ts';
import { endOnAbort } from '../supervisor/cancel.ts';

interface GoBuild {
  readonly name: string;
  /** The module's folder below sandbox/tools. */
  readonly folder: string;
  /** Packages to build, with the name of the binary where Go would choose another. */
  readonly packages: readonly { readonly path: string; readonly binary: string }[];
}

/** What is built. Versions stand in each module's go.mod. */
export const GO_BUILDS: readonly GoBuild[] = [
  {
    name: 'cluster',
    folder: 'cluster',
    packages: [
      { path: 'go.etcd.io/etcd/server/v3', binary: 'etcd' },
      { path: 'k8s.io/kubernetes/cmd/kube-apiserver', binary: 'kube-apiserver' },
      { path: 'k8s.io/kubernetes/cmd/kube-controller-manager', binary: 'kube-controller-manager' },
      { path: 'k8s.io/kubernetes/cmd/kube-scheduler', binary: 'kube-scheduler' },
      { path: 'k8s.io/kubernetes/cmd/kubectl', binary: 'kubectl' },
      { path: 'sigs.k8s.io/kwok/cmd/kwok', binary: 'kwok' },
      { path: 'sigs.k8s.io/metrics-server/cmd/metrics-server', binary: 'metrics-server' },
      { path: 'github.com/prometheus/prometheus/cmd/prometheus', binary: 'prometheus' },
      { path: 'github.com/prometheus/prometheus/cmd/promtool', binary: 'promtool' },
      // A main of our own: Steve's listens on every address, and takes whoever names no user for the administrator.
      { path: './steve', binary: 'steve' },
      { path: 'helm.sh/helm/v4/cmd/helm', binary: 'helm' },
    ],
  },
  // In a build of its own, since both are named helm; in the same module, since they share most of what they are made of.
  { name: 'helm3', folder: 'cluster', packages: [{ path: 'helm.sh/helm/v3/cmd/helm', binary: 'helm3' }] },
  { name: 'alertmanager', folder: 'alertmanager', packages: [{ path: 'github.com/prometheus/alertmanager/cmd/alertmanager', binary: 'alertmanager' }] },
  { name: 'kube-state-metrics', folder: 'kube-state-metrics', packages: [{ path: 'k8s.io/kube-state-metrics/v2', binary: 'kube-state-metrics' }] },
];

/** Without these tags Prometheus carries the service discovery of every cloud. */
const TAGS = 'remove_all_sd,enable_kubernetes_sd';
/** The version of a module that sandbox/tools/cluster is built of, with its v. */
function pinned(module: string): string {
  const line = readFileSync(join(REPOSITORY, 'sandbox', 'tools', 'cluster', 'go.mod'), 'utf8').split('\n').find((text) => text.startsWith(`\t${module} `));
  if (line === undefined) throw new Error(`sandbox/tools/cluster/go.mod does not name ${module}`);
  return line.split(' ')[1] ?? '';
}

/** kubectl and the API server refuse to work without a version, and who runs Helm asks it for its own. */
function linkerFlags(): string {
  const kubernetes = pinned('k8s.io/kubernetes');
  const [major = '', minor = ''] = kubernetes.slice(1).split('.');
  const variables = {
    'k8s.io/component-base/version.gitVersion': kubernetes,
    'k8s.io/component-base/version.gitMajor': major,
    'k8s.io/component-base/version.gitMinor': minor,
    'helm.sh/helm/v4/internal/version.version': pinned('helm.sh/helm/v4'),
    'helm.sh/helm/v3/internal/version.version': pinned('helm.sh/helm/v3'),
    // Without a cluster Helm 3 would take Kubernetes for 1.20.
    'helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor': major,
    'helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor': minor,
    'helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor': major,
    'helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor': minor,
  };
  return ['-s -w', ...Object.entries(variables).map(([name, value]) => `-X ${name}=${value}`)].join(' ');
}

/** The folder of the binaries of exactly these module versions. */
export function binariesFolder(): string {
  const hash = createHash('sha256').update(TAGS).update(linkerFlags());
  for (const { folder, packages } of GO_BUILDS) {
    const directory = join(REPOSITORY, 'sandbox', 'tools', folder);
    for (const file of globSync('{go.mod,**/*.go}', { cwd: directory }).sort()) hash.update(readFileSync(join(directory, file)));
    hash.update(JSON.stringify(packages));
  }
  return cacheFolder('go', hash.digest('hex').slice(0, 12));
}

async function requireGo(): Promise<void> {
  const hint = 'install Go 1.25 or newer (on Debian: apt install golang-go from backports, or the package of go.dev) and see that `go version` works';
  const result = await execa('go', ['env', 'GOVERSION'], { reject: false });
  if (result.failed) throw new SandboxError('GO_MISSING', 'Go is not installed, and the control plane is built with it', hint);
  const [, major = '0', minor = '0'] = /go(\d+)\.(\d+)/.exec(result.stdout) ?? [];
  if (Number(major) < 1 || (Number(major) === 1 && Number(minor) < 25)) throw new SandboxError('GO_TOO_OLD', `Go is ${result.stdout}; 1.25 is needed`, hint);
}

/** The binary's name that `go build -o folder/` chooses: the last element of the path that isn't a major version. */
function defaultBinary(path: string): string {
  return path.split('/').filter((element) => !/^v\d+$/.test(element)).at(-1) ?? path;
}

async function build({ folder, packages }: GoBuild, output: string, signal?: AbortSignal): Promise<void> {
  const directory = join(REPOSITORY, 'sandbox', 'tools', folder);
  const args = ['build', '-trimpath', '-buildvcs=false', '-tags', TAGS, '-ldflags', linkerFlags(), '-o', `${output}/`, ...packages.map(({ path }) => path)];
  const compiler = execa('go', args, { cwd: directory, env: { CGO_ENABLED: '0' }, reject: false, all: true, detached: signal !== undefined });
  const over = endOnAbort(compiler.pid, signal);
  const result = await compiler;
  await over();
  if (result.failed) {
    const full = /no space left on device/.test(result.all) ? 'free some space (the build needs about 6 GiB) and run again' : 'see the lines above; a network error is worth a second try';
    throw new SandboxError('GO_BUILD_FAILED', `go build in sandbox/tools/${folder} failed:\n${result.all.split('\n').slice(-15).join('\n')}`, full);
  }
  for (const { path, binary } of packages) {
    if (defaultBinary(path) !== binary) renameSync(join(output, defaultBinary(path)), join(output, binary));
  }
}

/**
 * Builds what isn't in the cache yet, one build after the other (each keeps all cores busy).
 * @param onBuild called with the name of each build before it
 * @param signal cancels the build, with the compilers it runs
 * @returns the folder of the binaries
 * @throws SandboxError GO_MISSING, GO_TOO_OLD, GO_BUILD_FAILED; the signal's reason when it aborted
 */
export async function ensureBinaries(onBuild: (name: string) => void, signal?: AbortSignal): Promise<string> {
  const folder = binariesFolder();
  const missing = GO_BUILDS.filter(({ packages }) => packages.some(({ binary }) => !existsSync(join(folder, binary))));
  if (missing.length === 0) return folder;
  await requireGo();
  mkdirSync(folder, { recursive: true });
  for (const wanted of missing) {
    signal?.throwIfAborted();
    onBuild(wanted.name);
    const partial = join(folder, `.partial-${wanted.name}-${process.pid}`);
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial);
    try {
      await build(wanted, partial, signal);
      for (const { binary } of wanted.packages) renameSync(join(partial, binary), join(folder, binary));
    } finally {
      rmSync(partial, { recursive: true, force: true }); // also of a build that was cancelled: it takes gigabytes
    }
  }
  return folder;
}
