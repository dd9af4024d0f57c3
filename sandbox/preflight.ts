import { mkdirSync, readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { parse } from 'yaml';
import { SandboxError } from './errors.ts';

/** What a start with everything built writes at most before long: data, logs, bundles. */
export const STATE_BYTES = 1024 ** 3;

/**
 * @param bytes how much has to be free
 * @throws SandboxError DISK_FULL
 */
export function requireFreeSpace(folder: string, bytes: number): void {
  mkdirSync(folder, { recursive: true });
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free >= bytes) return;
  const gib = (value: number): string => `${(value / 1024 ** 3).toFixed(1)} GiB`;
  throw new SandboxError('DISK_FULL', `${folder} has ${gib(free)} free, and the sandbox needs ${gib(bytes)}`, 'free some space, or put its folders elsewhere with XDG_CACHE_HOME and XDG_STATE_HOME');
}

/**
 * Sees that the user's own cluster can be reached with the kubeconfig, before anything is started.
 * @throws SandboxError KUBECONFIG_UNREADABLE, KUBECONFIG_INVALID, CLUSTER_UNREACHABLE
 */
export async function requireCluster(path: string, bin: string): Promise<void> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new SandboxError('KUBECONFIG_UNREADABLE', `${path} can't be read: ${error instanceof Error ? error.message : String(error)}`, 'name a file that exists: npm start -- --kubeconfig ~/.kube/config');
  }
  requireKubeconfigShape(path, text);
  const result = await execa(join(bin, 'kubectl'), ['--kubeconfig', path, 'version', '--request-timeout=10s'], { reject: false, stdin: 'ignore' });
  if (result.failed) throw new SandboxError('CLUSTER_UNREACHABLE', `the cluster of ${path} doesn't answer: ${result.stderr.split('\n').at(-1) ?? ''}`, `see what kubectl --kubeconfig ${path} version says`);
}

function requireKubeconfigShape(path: string, text: string): void {
  const hint = 'a kubeconfig has clusters, users, contexts and a current-context; kubectl config view shows yours';
  let config: unknown;
  try {
    config = parse(text);
  } catch (error) {
    throw new SandboxError('KUBECONFIG_INVALID', `${path} is not YAML: ${error instanceof Error ? error.message : String(error)}`, hint);
  }
  const isKubeconfig = typeof config === 'object' && config !== null && 'clusters' in config && 'users' in config && 'current-context' in config;
  if (!isKubeconfig) throw new SandboxError('KUBECONFIG_INVALID', `${path} is not a kubeconfig`, hint);
}
