import { connect } from './cluster/client.ts';
import { EventRecorder } from './cluster/events.ts';
import { watchPods } from './cluster/watch.ts';
import { readImages } from './images.ts';
import { NodeRegistration } from './node.ts';
import type { AgentOptions } from './options.ts';
import { localHost, podLogFolder } from './pods/host.ts';
import { PodManager } from './pods/manager.ts';
import { Processes } from './processes.ts';
import { SeatKeeper } from './seat/keeper.ts';
import { serveKubelet } from './server/server.ts';
import { UsageSampler } from './usage/sampler.ts';

/** How long pods have to end when the agent itself is stopped. */
const STOP_GRACE_MS = 30_000;

/**
 * Starts the node: ends what an earlier agent left running, registers, runs the pods bound to it and serves the kubelet endpoint.
 * @returns how to stop it, with everything it runs
 * @throws SandboxError INVALID_IMAGES, or what the API server answers
 */
export async function startAgent(options: AgentOptions, log: (line: string) => void): Promise<() => Promise<void>> {
  readImages(options.images, options.root);
  const ended = await Processes.endLeftovers(options.stateFile);
  if (ended.length > 0) log(`ended what an earlier agent left: ${ended.join(', ')}`);
  const cluster = connect(options.kubeconfig);
  const processes = new Processes(options.stateFile, (error) => log(`a log line was lost: ${String(error)}`));
  const events = new EventRecorder(cluster, options.nodeName, log);
  const manager = new PodManager({
    nodeName: options.nodeName,
    cluster,
    host: localHost(options, cluster, processes, events),
    logFolder: (pod) => podLogFolder(options.logDir, pod),
    log,
  });
  const node = new NodeRegistration(options, cluster, log);
  await node.start();
  const watch = await watchPods(cluster, manager, log);
  const sampler = new UsageSampler({ nodeName: options.nodeName, pods: watch.pods, runners: () => manager.runners(), log });
  sampler.sample();
  sampler.start();
  const seats = new SeatKeeper({ nodeName: options.nodeName, afterMs: options.seatAfterMs, cluster, pods: watch.pods, log });
  seats.start();
  const stopServer = await serveKubelet(options, { manager, pods: watch.pods, usageOf: (name) => sampler.metricsOf(name) });
  log(`node ${options.nodeName} runs pods on ${options.address}, kubelet port ${options.port}`);
  return async () => {
    sampler.stop();
    seats.stop();
    await watch.stop();
    await node.stop();
    await manager.stop(STOP_GRACE_MS);
    await stopServer();
    processes.forget();
  };
}
