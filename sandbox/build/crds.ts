import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { parseAllDocuments } from 'yaml';
import { SandboxError } from '../errors.ts';
import { cacheFolder, REPOSITORY } from '../paths.ts';
import { endOnAbort } from '../supervisor/cancel.ts';

interface Source {
  readonly module: string;
  readonly version: string;
  /** What `go.sum` would hold for it; a module that differs is refused. */
  readonly sum: string;
  /** Where its CustomResourceDefinitions lie, as a glob below the module. */
  readonly files: string;
}

/** Kinds of other projects that the charts use, in the platform's versions where there is a module of that version (docs/versions.md). They are read from the projects' Go modules; nothing of those is compiled. */
export const CRD_SETS = {
  'cert-manager': {
    module: 'github.com/cert-manager/cert-manager',
    version: 'v1.21.2',
    sum: 'h1:UWgoYM+KLNtRlqmoWOKjKBOBUPVHeepQ6/ac3ERJW68=',
    files: 'deploy/crds/*.yaml',
  },
  'cloudnative-pg': {
    module: 'github.com/cloudnative-pg/cloudnative-pg',
    version: 'v1.30.0',
    sum: 'h1:fnhVq44xXx97MNiuvJsPrX1vSjYbgdyBK5MSGfdHdp0=',
    files: 'config/crd/bases/*.yaml',
  },
  'external-secrets': {
    module: 'github.com/external-secrets/external-secrets',
    version: 'v1.3.2',
    sum: 'h1:u2J8RjlHIeF0oZCqtl92adI/uZWUwOesJIDkfql6LqQ=',
    files: 'config/crds/bases/*.yaml',
  },
  'gateway-api': {
    module: 'sigs.k8s.io/gateway-api',
    version: 'v1.6.3',
    sum: 'h1:lKpJa5bGlraC/QeACvCpsHLdmO6y0iKfzVl6gzaFEYc=',
    files: 'config/crd/standard/*.yaml',
  },
  istio: {
    module: 'istio.io/api',
    version: 'v1.31.4',
    sum: 'h1:AcnncYrlDj1PJkym7h88Gggkef4MAra8QpGaXRMsr+E=',
    files: 'kubernetes/customresourcedefinitions.gen.yaml',
  },
  keda: {
    module: 'github.com/kedacore/keda/v2',
    version: 'v2.20.2',
    sum: 'h1:SR60v8uIcelbveS8n/1jcl8tLdBBIbHMxmdOHw8tKqA=',
    files: 'config/crd/bases/*.yaml',
  },
  'prometheus-operator': {
    module: 'github.com/prometheus-operator/prometheus-operator',
    version: 'v0.93.1',
    sum: 'h1:4Juk8v93RdG1DSGD/mGp+SeQKPmnlLIj2iq3blLZgFY=',
    files: 'example/prometheus-operator-crd-full/*.yaml',
  },
  'trust-manager': {
    module: 'github.com/cert-manager/trust-manager',
    version: 'v0.24.0',
    sum: 'h1:OxNSRRHXbRrU5nGMvbZDzu/Ppm479wyB64ov2tvp07o=',
    files: 'deploy/crds/*.yaml',
  },
} as const satisfies Record<string, Source>;

export type CrdSet = keyof typeof CRD_SETS;

export const crdSetNames = Object.keys(CRD_SETS) as CrdSet[];

/** The parts of a CustomResourceDefinition that are read here; the object itself is whole, and can be applied. */
export interface Crd {
  readonly apiVersion: string;
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: { readonly kind: string; readonly plural: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean; readonly storage: boolean; readonly schema: object }[];
  };
}

function cachedList(set: CrdSet): string {
  const { version, ...source }: Source = CRD_SETS[set];
  return cacheFolder('crds', `${set}-${version}-${createHash('sha256').update(JSON.stringify(source)).digest('hex').slice(0, 8)}.json`);
}

/**
 * A set as one file that kubectl applies: a List in JSON.
 * @throws SandboxError CRDS_MISSING when `ensureCrds` was never run on this machine
 */
export function crdFile(set: CrdSet): string {
  const file = cachedList(set);
  if (existsSync(file)) return file;
  throw new SandboxError('CRDS_MISSING', `the CustomResourceDefinitions of ${set} are not on this machine`, 'run `npm test -- tools`, or `node scripts/build-tools.ts`: they are fetched once');
}

/**
 * The definitions of a set.
 * @param kinds only these of its kinds; all when left out
 * @throws SandboxError CRDS_MISSING
 */
export function crdsOf(set: CrdSet, kinds?: readonly string[]): Crd[] {
  const { items } = JSON.parse(readFileSync(crdFile(set), 'utf8')) as { items: Crd[] };
  return kinds === undefined ? items : items.filter(({ spec }) => kinds.includes(spec.names.kind));
}

/** Every `group/version` and `group/version/Kind` of a set, as `helm template --api-versions` takes them. @throws SandboxError CRDS_MISSING */
export function apiVersionsOf(set: CrdSet): string[] {
  const served = crdsOf(set).flatMap(({ spec }) => spec.versions.filter((version) => version.served).map(({ name }) => ({ apiVersion: `${spec.group}/${name}`, kind: spec.names.kind })));
  return [...new Set(served.flatMap(({ apiVersion, kind }) => [apiVersion, `${apiVersion}/${kind}`]))];
}

/** The module's folder in Go's own cache, downloaded there if need be. */
async function download({ module, version, sum }: Source, signal?: AbortSignal): Promise<string> {
  const hint = 'Go modules come from the proxy that `go env GOPROXY` names, once per machine: connect to it and run again';
  const args = ['mod', 'download', '-json', `${module}@${version}`];
  // Outside of any module of ours, whose requirements would be resolved first.
  const run = execa('go', args, { cwd: REPOSITORY, env: { GOWORK: 'off', GOFLAGS: '' }, reject: false, detached: signal !== undefined });
  const over = endOnAbort(run.pid, signal);
  const { stdout, stderr, shortMessage, failed } = await run;
  await over();
  const answer = stdout?.startsWith('{') ? (JSON.parse(stdout) as { Dir?: string; Sum?: string; Error?: string }) : {};
  if (failed || answer.Dir === undefined) throw new SandboxError('CRDS_UNAVAILABLE', `${module}@${version} could not be had: ${answer.Error ?? (stderr || shortMessage)}`, hint);
  if (answer.Sum !== sum) throw new SandboxError('CRDS_CHANGED', `${module}@${version} has the checksum ${answer.Sum}, not ${sum}`, 'do not use it: the proxy serves something else than was reviewed');
  return answer.Dir;
}

function readDefinitions(folder: string, files: string): Crd[] {
  const documents = globSync(files, { cwd: folder }).sort().flatMap((file) => parseAllDocuments(readFileSync(join(folder, file), 'utf8')));
  return documents.map((document) => document.toJS() as Crd | null).filter((found): found is Crd => found?.kind === 'CustomResourceDefinition');
}

/**
 * Brings the sets that aren't in the cache yet: seconds once per machine and version.
 * @param onSet called before each set that has to be fetched
 * @param signal cancels the download
 * @throws SandboxError CRDS_UNAVAILABLE (no Go, no network), CRDS_CHANGED; the signal's reason when it aborted
 */
export async function ensureCrds(onSet: (set: CrdSet) => void, sets: readonly CrdSet[] = crdSetNames, signal?: AbortSignal): Promise<void> {
  for (const set of sets.filter((name) => !existsSync(cachedList(name)))) {
    signal?.throwIfAborted();
    onSet(set);
    const source: Source = CRD_SETS[set];
    const items = readDefinitions(await download(source, signal), source.files);
    if (items.length === 0) throw new SandboxError('CRDS_UNAVAILABLE', `${source.module}@${source.version} has no CustomResourceDefinition in ${source.files}`, 'the module moved them: change `files` in sandbox/build/crds.ts');
    const file = cachedList(set);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.${process.pid}`, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    renameSync(`${file}.${process.pid}`, file);
  }
}
