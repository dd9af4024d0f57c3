/** The port for machines: liveness, readiness and metrics, apart from the API so that neither load nor the internet reaches it. */
import { fastify } from 'fastify';
import type { FastifyInstance } from 'fastify';
import type { Health } from './health.ts';
import type { Metrics } from './metrics.ts';

export function createOps(health: Health, metrics: Metrics): FastifyInstance {
  const ops = fastify({ forceCloseConnections: true });
  ops.get('/health/live', () => ({ status: 'live' }));
  ops.get('/health/ready', async (_request, reply) => {
    const report = await health.report();
    return reply.code(report.status === 'ready' ? 200 : 503).send(report);
  });
  ops.get('/metrics', async (_request, reply) => reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()));
  return ops;
}
