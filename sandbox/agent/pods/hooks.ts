import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Container } from '@kubernetes/client-node';
import { tryProbe, type ProbeTarget } from './probes.ts';

/** Runs the container's preStop hook, for at most `withinMs`. A hook that fails is no reason to keep the container. */
export async function runPreStop(container: V1Container, target: ProbeTarget, withinMs: number): Promise<void> {
  const hook = container.lifecycle?.preStop;
  if (hook?.sleep) await sleep(Math.min(hook.sleep.seconds * 1_000, withinMs));
  // A command or a GET is run just as a probe runs one.
  else if (hook?.exec || hook?.httpGet) await tryProbe({ ...(hook.exec ? { exec: hook.exec } : {}), ...(hook.httpGet ? { httpGet: hook.httpGet } : {}), timeoutSeconds: withinMs / 1_000 }, target);
}
