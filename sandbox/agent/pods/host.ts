import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { V1Container, V1Pod } from '@kubernetes/client-node';
import { describe, type Cluster } from '../cluster/client.ts';
import type { EventRecorder } from '../cluster/events.ts';
import { readSources } from '../cluster/sources.ts';
import { readImages, repositoryOf, type LocalImage } from '../images.ts';
import { rotatedName } from '../logs/file.ts';
import type { AgentOptions } from '../options.ts';
import type { Processes } from '../processes.ts';
import { baseEnvironment, commandLine, type CommandLine } from './command.ts';
import { LaunchError, type ContainerHost } from './container.ts';
import { environmentOf } from './environment.ts';

/** The folder of a pod's logs; one per incarnation, as a StatefulSet's or a bare pod's name may come again. */
export function podLogFolder(logDir: string, pod: V1Pod): string {
  return join(logDir, `${pod.metadata?.namespace}_${pod.metadata?.name}_${pod.metadata?.uid}`);
}

/** The log of the container's run; runs count from 0, as restarts do. */
export function containerLog(logDir: string, pod: V1Pod, container: string, run: number): string {
  return join(podLogFolder(logDir, pod), container, `${run}.log`);
}

/** @throws LaunchError ErrImagePull; the map is read anew each time, so that a corrected one helps at once */
function imageOf(container: V1Container, { images, root }: AgentOptions): LocalImage {
  const image = container.image ?? '';
  let known: Map<string, LocalImage>;
  try {
    known = readImages(images, root);
  } catch (error) {
    throw new LaunchError('ErrImagePull', describe(error));
  }
  const local = known.get(repositoryOf(image));
  if (!local) throw new LaunchError('ErrImagePull', `no such image in the sandbox's map: ${image}; known are ${[...known.keys()].join(', ')}`);
  if (!statSync(local.cwd, { throwIfNoEntry: false })?.isDirectory()) throw new LaunchError('ErrImagePull', `the folder of image ${image} is missing: ${local.cwd}`);
  return local;
}

/** Turns containers into processes of this machine. */
export function localHost(options: AgentOptions, cluster: Pick<Cluster, 'core'>, processes: Processes, events: EventRecorder): ContainerHost {
  const { address, logDir } = options;
  mkdirSync(logDir, { recursive: true, mode: 0o700 });
  return {
    address,
    async prepare(pod, container): Promise<CommandLine> {
      const image = imageOf(container, options);
      const sources = await readSources(cluster, pod.metadata?.namespace ?? '', container);
      const env = { ...baseEnvironment(pod), ...environmentOf(container, pod, address, sources) };
      return commandLine(container, image, env);
    },
    launch(pod, container, run, command) {
      // The log before the last one is asked for by nobody: `kubectl logs --previous` goes back one run.
      const old = containerLog(logDir, pod, container.name, run - 2);
      for (const path of [old, rotatedName(old)]) rmSync(path, { force: true });
      return processes.start(`${pod.metadata?.namespace}/${pod.metadata?.name}/${container.name}`, command, containerLog(logDir, pod, container.name, run));
    },
    event: (pod, type, reason, message) => events.record(pod, type, reason, message),
  };
}
