import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestCluster } from '../../testing/cluster.ts';
import { EdgeClient } from '../testing/client.ts';
import { startRancherCluster } from '../testing/cluster.ts';
import { LOCAL, signedIn, startEdge, upstreamsOf } from '../testing/edge.ts';

let cluster: TestCluster;
let edge: FastifyInstance;

beforeAll(async () => {
  cluster = await startRancherCluster();
  edge = await startEdge(upstreamsOf(cluster));
});

afterAll(async () => {
  await edge?.close();
  await cluster?.stop();
});

describe('live updates', () => {
  const configMap = (name: string) => ({ method: 'POST', body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } } });

  it('reach a viewer\'s subscription, and not for what the viewer may not read', async () => {
    const [admin, viewer] = [await signedIn(edge, 'admin'), await signedIn(edge, 'viewer')];
    // Steve tells of changes to a list that somebody has asked for, as the dashboard does first.
    expect((await viewer.call(`${LOCAL}/v1/configmaps`)).status).toBe(200);
    const subscription = viewer.socket(`${LOCAL}/v1/subscribe`);
    expect(await subscription.status).toBe(101);
    subscription.send({ resourceType: 'configmap', mode: 'resource.changes', debounceMs: 100 });
    subscription.send({ resourceType: 'secret', mode: 'resource.changes', debounceMs: 100 });
    await subscription.message(({ name, resourceType }) => name === 'resource.start' && resourceType === 'configmap');
    await subscription.message(({ name, resourceType }) => name === 'resource.error' && resourceType === 'secret');

    await admin.call(`${LOCAL}/api/v1/namespaces/default/configmaps`, configMap('live'));
    await subscription.message(({ name, resourceType }) => name === 'resource.changes' && resourceType === 'configmap');
    subscription.close();
  });

  it('reach a watch on the API server over a WebSocket', async () => {
    const [admin, viewer] = [await signedIn(edge, 'admin'), await signedIn(edge, 'viewer')];
    const watch = viewer.socket(`${LOCAL}/api/v1/namespaces/default/configmaps?watch=true`);
    expect(await watch.status).toBe(101);
    await admin.call(`${LOCAL}/api/v1/namespaces/default/configmaps`, configMap('watched'));
    await watch.message(({ type, object }) => type === 'ADDED' && (object as { metadata: { name: string } }).metadata.name === 'watched');
    watch.close();
  });

  it('need a session', async () => {
    for (const path of ['/v1/subscribe', '/v3/subscribe', `${LOCAL}/v1/subscribe`, `${LOCAL}/api/v1/pods?watch=true`]) {
      expect(await new EdgeClient(edge).socket(path).status).toBe(401);
    }
  });

  it('are accepted for Rancher\'s own objects, of which there is no news', async () => {
    const socket = (await signedIn(edge, 'viewer')).socket('/v3/subscribe?eventNames=resource.change');
    expect(await socket.status).toBe(101);
    socket.close();
  });

  it('stop at sign-out', async () => {
    const viewer = await signedIn(edge, 'viewer');
    const sockets = ['/v1/subscribe', '/v3/subscribe', `${LOCAL}/api/v1/namespaces?watch=true`].map((path) => viewer.socket(path));
    for (const socket of sockets) expect(await socket.status).toBe(101);
    await viewer.call('/v1/logout', { method: 'POST', body: {} });
    await Promise.all(sockets.map(({ closed }) => closed));
  });
});
