import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestCluster } from '../../testing/cluster.ts';
import { EdgeClient } from '../testing/client.ts';
import { startRancherCluster } from '../testing/cluster.ts';
import { LOCAL, signedIn, startEdge, upstreamsOf } from '../testing/edge.ts';

const WHO_AM_I = `${LOCAL}/apis/authentication.k8s.io/v1/selfsubjectreviews`;
const REVIEW = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };

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

describe('rights', () => {
  const mayI = async (client: EdgeClient, resourceAttributes: Record<string, string>): Promise<unknown> => {
    const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } };
    const answer = await client.call(`${LOCAL}/apis/authorization.k8s.io/v1/selfsubjectaccessreviews`, { method: 'POST', body });
    return (answer.json().status as { allowed: boolean }).allowed;
  };

  it('let the administrator do everything', async () => {
    const admin = await signedIn(edge, 'admin');
    expect(await mayI(admin, { verb: '*', group: '*', resource: '*' })).toBe(true);
    expect((await admin.call('/v1/secrets')).status).toBe(200);
  });

  it('let the viewer read, without Secrets', async () => {
    const viewer = await signedIn(edge, 'viewer');
    expect((await viewer.call('/v1/namespaces')).status).toBe(200);
    expect((await viewer.call(`${LOCAL}/apis/autoscaling/v2/horizontalpodautoscalers`)).status).toBe(200);
    expect((await viewer.call(`${LOCAL}/api/v1/secrets`)).status).toBe(403);
    expect([403, 404]).toContain((await viewer.call('/v1/secrets')).status);
  });

  it('keep the viewer from changing autoscalers, over both ways', async () => {
    const admin = await signedIn(edge, 'admin');
    const spec = { minReplicas: 1, maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'core' } };
    const path = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers';
    await admin.call(`${LOCAL}${path}`, { method: 'POST', body: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'core' }, spec } });
    const patch = { method: 'PATCH', contentType: 'application/json-patch+json', body: [{ op: 'replace', path: '/spec/minReplicas', value: 2 }] };
    const ways = [`${LOCAL}${path}/core`, '/v1/autoscaling.horizontalpodautoscalers/default/core', `${LOCAL}/v1/autoscaling.horizontalpodautoscalers/default/core`];

    const viewer = await signedIn(edge, 'viewer');
    const statuses = async (client: EdgeClient): Promise<number[]> => Promise.all(ways.map(async (way) => (await client.call(way, patch)).status));
    expect(await statuses(viewer)).toEqual([403, 403, 403]);
    expect(await statuses(admin)).toEqual([200, 200, 200]);
  });

  it('let the viewer query the two monitoring services through the proxy, and do nothing else there', async () => {
    const viewer = await signedIn(edge, 'viewer');
    const proxy = { group: '', resource: 'services', subresource: 'proxy', namespace: 'cattle-monitoring-system' };
    expect(await mayI(viewer, { ...proxy, verb: 'get', name: 'http:rancher-monitoring-prometheus:9090' })).toBe(true);
    expect(await mayI(viewer, { ...proxy, verb: 'get', name: 'http:rancher-monitoring-alertmanager:9093' })).toBe(true);
    expect(await mayI(viewer, { ...proxy, verb: 'create', name: 'http:rancher-monitoring-alertmanager:9093' })).toBe(false);
    expect(await mayI(viewer, { ...proxy, verb: 'get', name: 'http:grafana:80' })).toBe(false);
    expect(await mayI(viewer, { ...proxy, verb: 'get', name: 'http:rancher-monitoring-prometheus:9090', namespace: 'default' })).toBe(false);
  });
});

/** As whom the API server itself saw the call. */
async function seenAs(client: EdgeClient, headers: readonly (readonly [string, string])[] = []): Promise<unknown> {
  const answer = await client.call(WHO_AM_I, { method: 'POST', body: REVIEW, headers });
  expect(answer.status).toBe(201);
  return answer.json().status;
}

const VIEWER = { userInfo: { username: 'user-viewer', groups: ['system:authenticated', 'system:cattle:authenticated'] } };

describe('smuggling another identity', () => {
  const smuggled: readonly (readonly (readonly [string, string])[])[] = [
    [['Impersonate-User', 'user-admin']],
    [['impersonate-user', 'user-admin'], ['Impersonate-Group', 'system:masters']],
    [['IMPERSONATE-USER', 'user-admin'], ['iMpErSoNaTe-GrOuP', 'system:masters'], ['Impersonate-Group', 'system:masters']],
    [['Impersonate-Uid', '0'], ['Impersonate-Extra-Scopes', 'everything'], ['Impersonate-User', 'user-admin']],
    [['Impersonate_User', 'user-admin'], ['Impersonate_Group', 'system:masters']],
    [['X-Remote-User', 'user-admin'], ['X-Remote-Group', 'system:masters'], ['x-remote-extra-a', 'b']],
    [['Authorization', 'Bearer stolen']],
    [['Connection', 'keep-alive, Impersonate-User, Impersonate-Group, X-Api-Url-Prefix']],
    [['Connection', 'Impersonate-User'], ['Impersonate-User', 'user-admin'], ['Impersonate-User', 'user-admin']],
  ];

  it.each(smuggled)('with %j fails towards the API server', async (...headers) => {
    expect(await seenAs(await signedIn(edge, 'viewer'), headers)).toEqual(VIEWER);
  });

  it.each(smuggled)('with %j fails towards Steve', async (...headers) => {
    const viewer = await signedIn(edge, 'viewer');
    expect([403, 404]).toContain((await viewer.call('/v1/secrets', { headers })).status);
    expect((await viewer.call('/v1/management.cattle.io.users/user-admin', { headers })).status).toBe(403);
  });

  it.each(smuggled)('with %j fails without a session', async (...headers) => {
    const nobody = new EdgeClient(edge);
    expect((await nobody.call('/v1/secrets', { headers })).status).toBe(401);
    expect((await nobody.call('/v1/management.cattle.io.settings/server-url', { headers })).status).toBe(403);
  });

  it('fails in a WebSocket handshake, towards both', async () => {
    const viewer = await signedIn(edge, 'viewer');
    const headers = { 'Impersonate-User': 'user-admin', 'Impersonate-Group': 'system:masters', Authorization: 'Bearer stolen' };
    expect(await viewer.socket(`${LOCAL}/api/v1/secrets?watch=true`, headers).status).toBe(403);

    const subscription = viewer.socket('/v1/subscribe', headers);
    expect(await subscription.status).toBe(101);
    subscription.send({ resourceType: 'management.cattle.io.user', id: 'user-admin' });
    await expect(subscription.message(({ name }) => name === 'resource.start' || name === 'resource.error')).resolves.toBeDefined();
    await expect(subscription.message(({ name, data }) => name !== 'resource.error' && JSON.stringify(data ?? '').includes('Sandbox administrator'), 1_500)).rejects.toThrow('no such message');
    subscription.close();
  });

  it('fails with a token dressed as a subprotocol', async () => {
    const viewer = await signedIn(edge, 'viewer');
    const protocols = [`base64url.bearer.authorization.k8s.io.${Buffer.from('stolen').toString('base64url')}`, 'v4.channel.k8s.io'];
    expect(await viewer.socket(`${LOCAL}/api/v1/secrets?watch=true`, {}, protocols).status).toBe(403);
  });

  it('fails from another site\'s page', async () => {
    const viewer = await signedIn(edge, 'viewer');
    const origin = 'http://evil.example';
    expect(await viewer.socket('/v1/subscribe', { origin }).status).toBe(403);
    expect((await viewer.call('/v1/nodes', { headers: [['Origin', origin]] })).status).toBe(403);
  });
});
