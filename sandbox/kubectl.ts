import { join } from 'node:path';
import { execa } from 'execa';
import { SandboxError } from './errors.ts';
import type { Context } from './supervisor/part.ts';

/** The kubeconfig of the cluster's administrator: the sandbox's own, or the user's. */
export function adminKubeconfig(context: Context): string {
  return context.ownKubeconfig ?? context.state('pki', 'admin.kubeconfig');
}

/**
 * Runs kubectl as administrator.
 * @returns what it printed
 * @throws SandboxError KUBECTL_FAILED with kubectl's own words
 */
export async function kubectl(context: Context, args: readonly string[], input?: string): Promise<string> {
  const result = await execa(join(context.bin, 'kubectl'), ['--kubeconfig', adminKubeconfig(context), ...args], {
    reject: false,
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
  });
  if (result.failed) throw new SandboxError('KUBECTL_FAILED', `kubectl ${args.slice(0, 4).join(' ')}: ${result.stderr || result.shortMessage}`, 'the cluster is as it was; see the message, and run again');
  return result.stdout;
}

/** Server-side-applies the objects, taking over fields that an earlier version of the sandbox set. */
export async function apply(context: Context, objects: readonly object[]): Promise<void> {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  await kubectl(context, ['apply', '--server-side', '--force-conflicts', '--field-manager=tartware-sandbox', '-f', '-'], list);
}
