/** The peer of the same ecosystem, set up as its documentation says and without logs. */
import httpProxy from '@fastify/http-proxy';
import { fastify } from 'fastify';

const app = fastify({ keepAliveTimeout: 72_000 });
await app.register(httpProxy, { upstream: process.env['UPSTREAM'] ?? '', prefix: '/v1', rewritePrefix: '/v1', undici: { connections: 128, pipelining: 1 } });
await app.listen({ port: Number(process.env['PORT'] ?? 0), host: '127.0.0.1' });
console.log('listening');
process.once('SIGTERM', () => process.exit(0));
