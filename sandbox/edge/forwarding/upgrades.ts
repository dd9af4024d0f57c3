import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { WebSocketServer } from 'ws';
import { EdgeError, notFound, unauthorized } from '../errors.ts';
import { sessionOf } from '../identity/cookies.ts';
import { requireSameOrigin } from '../identity/request-origin.ts';
import type { SessionStore } from '../identity/sessions.ts';
import type { Forwarder } from './forwarder.ts';
import { refuseUpgrade } from './refusal.ts';
import { forwardingOf, type Upstreams } from './routes.ts';

/** Rancher's older API sends news about its own objects here; the sandbox has none that change, so it accepts and stays quiet. */
const QUIET_PATH = /^\/v3\/subscribe(\?|$)/;

export function acceptWebSockets(app: FastifyInstance, sessions: SessionStore, upstreams: Upstreams, forwarder: Forwarder): void {
  const quiet = new WebSocketServer({ noServer: true });
  const open = new Set<Socket>();

  const upgrade = async (request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> => {
    requireSameOrigin(request);
    const session = sessionOf(app, request, sessions);
    if (!session) throw unauthorized();
    const url = request.url ?? '/';
    if (QUIET_PATH.test(url)) {
      session.ended.addEventListener('abort', () => socket.destroy(), { once: true });
      quiet.handleUpgrade(request, socket, head, (client) => client.on('error', () => client.terminate()));
      return;
    }
    const forwarding = forwardingOf(url, upstreams);
    if (!forwarding) throw notFound(url);
    await forwarder.upgrade(request, socket, head, { ...forwarding, session });
  };

  app.server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    upgrade(request, socket, head).catch((error: unknown) => {
      const known = error instanceof EdgeError ? error : new EdgeError(500, 'ServerError', String(error), 'see the log of the edge', { cause: error });
      refuseUpgrade(socket, known);
    });
  });
  app.addHook('preClose', async () => {
    for (const socket of open) socket.destroy();
  });
}
