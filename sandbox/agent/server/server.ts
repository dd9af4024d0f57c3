import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { V1Pod } from '@kubernetes/client-node';
import Fastify from 'fastify';
import { logQuery, readLog } from '../logs/reader.ts';
import type { AgentOptions } from '../options.ts';
import { containerLog } from '../pods/host.ts';
import type { PodManager } from '../pods/manager.ts';

/** What the kubelet endpoint serves from. */
export interface Served {
  readonly manager: PodManager;
  pods(): readonly V1Pod[];
  /** Resource usage of a node in Prometheus' text format. */
  usageOf(nodeName: string): string;
}

interface LogParams {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** The run whose log is asked for, and whether it is over. Undefined when there was no such run. */
function runOf(served: Served, { namespace, pod: name, container }: LogParams, previous: boolean): { pod: V1Pod; run: number; hasEnded: () => boolean } | undefined {
  const runner = served.manager.find(namespace, name);
  if (!runner) return undefined;
  const current = [...runner.inits, ...runner.containers].find((candidate) => candidate.container.name === container);
  if (!current) return undefined;
  const { restartCount, state } = current.view;
  // A container that waits for its next start is asked for its last run.
  const last = state.waiting ? restartCount - (state.waiting.reason === 'CrashLoopBackOff' ? 0 : 1) : restartCount;
  const run = previous ? restartCount - 1 : Math.max(0, last);
  return { pod: runner.pod, run, hasEnded: () => current.view.restartCount !== run || !current.view.state.running };
}

function isSimulated(served: Served, { namespace, pod }: LogParams, nodeName: string): boolean {
  const found = served.pods().find(({ metadata }) => metadata?.namespace === namespace && metadata.name === pod);
  return found?.spec?.nodeName !== undefined && found.spec.nodeName !== nodeName;
}

/**
 * Listens where the API server and metrics-server expect a kubelet. Callers need a certificate of the client authority.
 * @returns how to stop it
 */
export async function serveKubelet(options: AgentOptions, served: Served): Promise<() => Promise<void>> {
  const { nodeName, logDir, address, port, tlsCert, tlsKey, clientCa } = options;
  const server = Fastify({
    // One connection carries metrics-server's requests for a hundred nodes; kubectl's older paths still speak HTTP/1.1.
    http2: true,
    https: { allowHTTP1: true, cert: readFileSync(tlsCert), key: readFileSync(tlsKey), ca: readFileSync(clientCa), requestCert: true, rejectUnauthorized: true },
  });
  server.get('/healthz', async () => 'ok');
  server.get('/pods', async () => ({ apiVersion: 'v1', kind: 'PodList', metadata: {}, items: served.pods().filter((pod) => pod.spec?.nodeName === nodeName) }));
  server.get('/metrics/resource', async (_request, reply) => reply.type('text/plain; version=0.0.4').send(served.usageOf(nodeName)));
  server.get<{ Params: { node: string } }>('/metrics/nodes/:node/metrics/resource', async ({ params }, reply) => (
    reply.type('text/plain; version=0.0.4').send(served.usageOf(params.node))
  ));
  server.get<{ Params: LogParams; Querystring: Record<string, string> }>('/containerLogs/:namespace/:pod/:container', async ({ params, query }, reply) => {
    reply.type('text/plain');
    if (isSimulated(served, params, nodeName)) return reply.send(`${params.namespace}/${params.pod} is simulated by KWOK: no process runs, so there is no log. The service's real pod runs on node ${nodeName}.\n`);
    const found = runOf(served, params, query.previous === 'true');
    if (!found) return reply.code(404).send(`no log of container ${params.container} of ${params.namespace}/${params.pod} here`);
    const path = containerLog(logDir, found.pod, params.container, found.run);
    const lines = readLog(path, logQuery(query, new Date()), found.hasEnded);
    // The first part tells whether there is a log at all, while the status can still be chosen.
    const first = await lines.next().catch(() => undefined);
    if (!first) return reply.code(404).send(`container ${params.container} of ${params.namespace}/${params.pod} has no log of that run\n`);
    return reply.send(Readable.from(joined(first, lines)));
  });
  const connections = new Set<Socket>();
  server.server.on('secureConnection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  await server.listen({ host: address, port });
  return async () => {
    const closed = server.close();
    // The API server and metrics-server keep their connections open for as long as they can.
    for (const connection of connections) connection.destroy();
    await closed;
  };
}

async function* joined(first: IteratorResult<string>, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  if (first.done) return;
  yield first.value;
  yield* rest;
}
