import { createHash } from 'node:crypto';
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { SandboxError } from '../errors.ts';
import { endOnAbort } from '../supervisor/cancel.ts';

export interface BuildOptions {
  /** The repository's root folder, with node_modules installed. */
  readonly repoRoot: string;
  /** Where results are kept; created when missing. */
  readonly outDir: string;
  /** Gets each line that the build prints. */
  readonly log: (line: string) => void;
  /** Cancels the build, with all it started; its reason is thrown then. */
  readonly signal?: AbortSignal | undefined;
}

/** What the dashboard needs to know about an extension before it loads its code: Rancher keeps this in a UIPlugin object. */
interface ExtensionPackage {
  readonly name: string;
  readonly version: string;
  readonly rancher: { readonly annotations: Readonly<Record<string, string>> };
}

const EXTENSION = 'tartware';
const DASHBOARD_CONFIG = 'sandbox/rancher/dashboard.vue.config.cjs';
/** Goes into the head of the dashboard's page: the one thing in which it differs from Rancher's. */
const OFFLINE = 'sandbox/rancher/offline.html';

/**
 * Builds Rancher's dashboard from @rancher/shell, once per version of the shell and of the dev app around it.
 * @returns the folder to serve under /dashboard/
 * @throws SandboxError DASHBOARD_BUILD_FAILED
 */
export async function buildDashboard({ repoRoot, outDir, log, signal }: BuildOptions): Promise<string> {
  const { version } = readJson<{ version: string }>(join(repoRoot, 'node_modules', '@rancher', 'shell', 'package.json'));
  const app = hashOf(repoRoot, ['vue.config.cjs', 'babel.config.cjs', DASHBOARD_CONFIG, OFFLINE]);
  const folder = join(outDir, `${version}-${app}`);
  if (existsSync(join(folder, 'index.html'))) return folder;

  // Two checkouts may build the same version at the same time: each in a folder of its own, and the first one stays.
  const unfinished = `${folder}.unfinished-${process.pid}`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  try {
    await run(join(repoRoot, 'node_modules', '.bin', 'vue-cli-service'), ['build', '--skip-plugins', 'eslint', '--dest', unfinished], {
      code: 'DASHBOARD_BUILD_FAILED',
      cwd: repoRoot,
      env: { VUE_CLI_SERVICE_CONFIG_PATH: join(repoRoot, DASHBOARD_CONFIG), ROUTER_BASE: '/dashboard/', RESOURCE_BASE: '/dashboard/', OUTPUT_DIR: unfinished, DASHBOARD_VERSION: version },
      log,
      signal,
    });
    const page = join(unfinished, 'index.html');
    writeFileSync(page, readFileSync(page, 'utf8').replace('<head>', `<head>${readFileSync(join(repoRoot, OFFLINE), 'utf8')}`));
    if (!existsSync(join(folder, 'index.html'))) renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return folder;
}

/**
 * Builds the extension with Rancher's own script when its sources changed since the last time, and puts the bundle and the
 * index entry that Rancher would read from the chart's UIPlugin into `outDir/tartware-<version>/`.
 * @returns outDir, the folder of all extensions
 * @throws SandboxError EXTENSION_BUILD_FAILED
 */
export async function buildExtension({ repoRoot, outDir, log, signal }: BuildOptions): Promise<string> {
  const source = join(repoRoot, 'pkg', EXTENSION);
  const { name, version, rancher } = readJson<ExtensionPackage>(join(source, 'package.json'));
  const target = join(outDir, `${name}-${version}`);
  const stamp = join(target, '.sources');
  const sources = hashOf(repoRoot, ['package-lock.json', ...sourceFiles(repoRoot, `pkg/${EXTENSION}`), ...sourceFiles(repoRoot, 'pkg/domain')]);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return outDir;

  await run('bash', [join(repoRoot, 'node_modules', '@rancher', 'shell', 'scripts', 'build-pkg.sh'), EXTENSION], {
    code: 'EXTENSION_BUILD_FAILED',
    cwd: repoRoot,
    env: {},
    log,
    signal,
  });
  rmSync(target, { recursive: true, force: true });
  cpSync(join(repoRoot, 'dist-pkg', `${name}-${version}`), target, { recursive: true });
  writeFileSync(join(target, 'uiplugin.json'), `${JSON.stringify({ name, version, metadata: rancher.annotations }, null, 2)}\n`);
  writeFileSync(stamp, sources);
  return outDir;
}

function sourceFiles(repoRoot: string, folder: string): string[] {
  return globSync(`${folder}/**/*.*`, { cwd: repoRoot, exclude: (path) => /(^|\/)(node_modules|\.shell|dist)(\/|$)/.test(path) })
    .filter((path) => /\.(ts|vue|cjs|mjs|json|ya?ml|scss|svg)$/.test(path) && !/\.test\.ts$/.test(path))
    .sort();
}

function hashOf(repoRoot: string, paths: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(path).update('\0').update(readFileSync(join(repoRoot, path))).update('\0');
  return hash.digest('hex').slice(0, 12);
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

interface RunOptions {
  readonly code: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal | undefined;
}

async function run(file: string, args: readonly string[], { code, cwd, env, log, signal }: RunOptions): Promise<void> {
  const build = execa(file, args, { cwd, env, all: true, reject: false, stdin: 'ignore', detached: signal !== undefined });
  const over = endOnAbort(build.pid, signal);
  const last: string[] = [];
  for await (const line of build.iterable({ from: 'all' })) {
    log(line);
    last.push(line);
    if (last.length > 15) last.shift();
  }
  const result = await build;
  await over();
  if (!result.failed) return;
  const hint = /no space left|ENOSPC/i.test(last.join('\n')) ? 'free about 1 GiB of disk space and run again' : 'the lines above say what is wrong; after a change of package.json run npm ci first';
  throw new SandboxError(code, `${result.shortMessage}\n${last.join('\n')}`, hint);
}
