import { dirname, delimiter } from 'node:path';
import type { V1Container, V1Pod } from '@kubernetes/client-node';
import type { LocalImage } from '../images.ts';
import { expand } from './environment.ts';

/** A process to be. */
export interface CommandLine {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What every process gets whatever its spec says; nothing else of the agent's own environment reaches it. */
export function baseEnvironment(pod: V1Pod): Record<string, string> {
  const { PATH = '', HOME = '/', LANG = 'C.UTF-8', NODE_COMPILE_CACHE } = process.env;
  // The Node that runs the agent comes first, so that `node` in an image's command is that one.
  const own = { PATH: `${dirname(process.execPath)}${delimiter}${PATH}`, HOME, LANG, HOSTNAME: pod.metadata?.name ?? '' };
  // A service whose code Node finds there, stripped and compiled, starts in half the time.
  return NODE_COMPILE_CACHE === undefined ? own : { ...own, NODE_COMPILE_CACHE };
}

/** The container's command line by Kubernetes' rules: `command` replaces the image's entry point, `args` follow it. */
export function commandLine(container: V1Container, image: LocalImage, env: Readonly<Record<string, string>>): CommandLine {
  const entryPoint = container.command?.length ? container.command.map((word) => expand(word, env)) : image.command;
  const [file = '', ...args] = [...entryPoint, ...(container.args ?? []).map((word) => expand(word, env))];
  return { file, args, cwd: image.cwd, env };
}
