import { join } from 'node:path';
import { execa } from 'execa';
import { SandboxError } from '../errors.ts';
import { adminKubeconfig } from '../kubectl.ts';
import { endOnAbort } from '../supervisor/cancel.ts';
import type { Context } from '../supervisor/part.ts';

interface HelmResult {
  readonly failed: boolean;
  readonly stdout: string;
  /** Why it failed: both outputs as printed, or how it ended when it could not say more. */
  readonly words: string;
}

async function run(context: Context, args: readonly string[], signal: AbortSignal): Promise<HelmResult> {
  signal.throwIfAborted();
  const env = { KUBECONFIG: adminKubeconfig(context), HELM_CACHE_HOME: context.state('helm'), HELM_CONFIG_HOME: context.state('helm') };
  const command = execa(join(context.bin, 'helm'), args, { reject: false, all: true, stdin: 'ignore', detached: true, env });
  const over = endOnAbort(command.pid, signal);
  const { failed, stdout, all, isTerminated, shortMessage } = await command;
  await over();
  return { failed, stdout, words: isTerminated || all === '' ? `${shortMessage}\n${all}`.trim() : all };
}

/**
 * Runs Helm as administrator.
 * @throws SandboxError HELM_FAILED with Helm's own words; the signal's reason when it aborted
 */
export async function helm(context: Context, args: readonly string[], signal: AbortSignal): Promise<void> {
  const result = await run(context, args, signal);
  if (result.failed) throw new SandboxError('HELM_FAILED', `helm ${args.slice(0, 2).join(' ')}: ${result.words}`, 'see the message; npm start -- --reset begins anew');
}

/** Frees a release that a killed Helm left pending, which every later upgrade would refuse: back to the revision before, or away. */
export async function freeRelease(context: Context, release: string, namespace: string, signal: AbortSignal): Promise<void> {
  const { failed, stdout } = await run(context, ['status', release, '--namespace', namespace, '--output', 'json'], signal);
  // Either there is no release yet, or the upgrade will say what is wrong.
  if (failed) return;
  const { info, version } = JSON.parse(stdout) as { readonly info: { readonly status: string }; readonly version: number };
  if (!info.status.startsWith('pending-')) return;
  const args = version > 1 ? ['rollback', release, '--force-conflicts'] : ['uninstall', release];
  await helm(context, [...args, '--namespace', namespace], signal);
}
