import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyRancherObjects } from '../rancher/apply.ts';
import { sandboxUsers } from '../rancher/users.ts';
import { createEdge } from './edge.ts';
import { EdgeClient } from './testing/client.ts';
import { startTestCluster, type TestCluster } from './testing/cluster.ts';
import { temporaryFolder } from './testing/folder.ts';

const users = sandboxUsers({ admin: 'admin-password', viewer: 'viewer-password' });
const LOCAL = '/k8s/clusters/local';
const WHO_AM_I = `${LOCAL}/apis/authentication.k8s.io/v1/selfsubjectreviews`;
const REVIEW = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };

let cluster: TestCluster;
let edge: FastifyInstance;
let folder: string;

function edgeWith(change: { sessionTtlMs?: number; steve?: string } = {}): Promise<FastifyInstance> {
  return createEdge({ kubeconfig: cluster.kubeconfig, steve: cluster.steve, dashboard: join(folder, 'dashboard'), extensions: join(folder, 'extensions'), users, sessionTtlMs: 600_000, ...change });
}

async function signedIn(username: 'admin' | 'viewer', at = edge): Promise<EdgeClient> {
  const client = new EdgeClient(at);
  expect((await client.signIn(username, `${username}-password`)).status).toBe(200);
  return client;
}

/** As whom the API server itself saw the call. */
async function seenAs(client: EdgeClient, headers: readonly (readonly [string, string])[] = []): Promise<unknown> {
  const answer = await client.call(WHO_AM_I, { method: 'POST', body: REVIEW, headers });
  expect(answer.status).toBe(201);
  return answer.json().status;
}

const VIEWER = { userInfo: { username: 'user-viewer', groups: ['system:authenticated', 'system:cattle:authenticated'] } };

function writeFiles(): void {
  folder = temporaryFolder();
  for (const name of ['dashboard/js', 'extensions/tartware-0.1.0']) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'dashboard/index.html'), '<title>Rancher</title>');
  writeFileSync(join(folder, 'dashboard/js/app.12345678.js'), '// app');
  writeFileSync(join(folder, 'extensions/tartware-0.1.0/uiplugin.json'), JSON.stringify({ name: 'tartware', version: '0.1.0', metadata: {} }));
  writeFileSync(join(folder, 'extensions/tartware-0.1.0/tartware-0.1.0.umd.min.js'), '// extension');
  writeFileSync(join(folder, 'secret.txt'), 'TOP SECRET');
  writeFileSync(join(folder, 'extensions/secret.txt'), 'TOP SECRET');
}

beforeAll(async () => {
  writeFiles();
  cluster = await startTestCluster();
  await applyRancherObjects(cluster.kubeconfig, { serverUrl: 'http://127.0.0.1:8800', users });
  await cluster.startSteve();
  edge = await edgeWith();
  await edge.listen({ host: '127.0.0.1', port: 0 });
});

afterAll(async () => {
  await edge?.close();
  await cluster?.stop();
});

describe('signing in', () => {
  it('gives a session cookie that scripts can\'t read and other sites don\'t send', async () => {
    const answer = await new EdgeClient(edge).signIn('admin', 'admin-password');
    const cookies = answer.headers['set-cookie'] ?? [];
    expect(cookies.find((line) => line.startsWith('R_SESS='))).toMatch(/HttpOnly.*SameSite=Strict/);
    expect(cookies.find((line) => line.startsWith('CSRF='))).not.toMatch(/HttpOnly/);
  });

  it.each([['admin', 'viewer-password'], ['nobody', 'admin-password'], ['admin', '']])('refuses %s with %j', async (username, password) => {
    const answer = await new EdgeClient(edge).signIn(username, password);
    expect(answer.status).toBe(401);
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(answer.json()).toMatchObject({ type: 'error', status: 401, code: 'Unauthorized' });
  });

  it.each(['/v1/schemas', '/v1/nodes', `${LOCAL}/v1/nodes`, `${LOCAL}/api/v1/nodes`, '/v3/principals', '/v3/schemas', '/v1/userpreferences', '/v1/management.cattle.io.users', '/v1/uiplugins/tartware/0.1.0/plugin/tartware-0.1.0.umd.min.js'])(
    'is needed for %s',
    async (path) => {
      const answer = await new EdgeClient(edge).call(path);
      expect(answer.status).toBe(401);
      expect(answer.json()).toMatchObject({ type: 'error', status: 401, code: 'Unauthorized', message: 'must authenticate', hint: expect.stringContaining('sign in') });
      expect(answer.headers['x-api-cattle-auth']).toBe('false');
    },
  );

  it('isn\'t needed for what the sign-in page is drawn from, and RBAC keeps the rest back', async () => {
    const nobody = new EdgeClient(edge);
    const settings = (await nobody.call('/v1/management.cattle.io.settings')).json().data as { id: string }[];
    expect(settings.map(({ id }) => id)).toContain('ui-banners');
    expect(settings.map(({ id }) => id)).not.toContain('server-url');
    expect((await nobody.call('/v1/management.cattle.io.settings/server-url')).status).toBe(403);
    expect((await nobody.call('/version')).json().gitVersion).toBe('v1.36.3');
    expect((await nobody.call('/v1/uiplugins')).json()).toEqual({ entries: {} });
  });

  it('tells the dashboard who it is', async () => {
    const viewer = await signedIn('viewer');
    expect((await viewer.call('/v1/ext.cattle.io.selfuser', { method: 'POST', body: {} })).json()).toMatchObject({ status: { userID: 'user-viewer' } });
    expect((await viewer.call('/v3/principals')).json().data).toEqual([expect.objectContaining({ id: 'local://user-viewer', me: true, loginName: 'viewer' })]);
    expect((await viewer.call('/v1/management.cattle.io.users/user-viewer')).json()).toMatchObject({ username: 'viewer' });
    expect((await viewer.call('/v1/management.cattle.io.users/user-admin')).status).toBe(403);
  });

  it('ends with signing out', async () => {
    const viewer = await signedIn('viewer');
    expect((await viewer.call('/v1/logout', { method: 'POST', body: {} })).status).toBe(200);
    expect((await viewer.call('/v1/nodes')).status).toBe(401);
  });
});

describe('rights', () => {
  const mayI = async (client: EdgeClient, resourceAttributes: Record<string, string>): Promise<unknown> => {
    const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } };
    const answer = await client.call(`${LOCAL}/apis/authorization.k8s.io/v1/selfsubjectaccessreviews`, { method: 'POST', body });
    return (answer.json().status as { allowed: boolean }).allowed;
  };

  it('let the administrator do everything', async () => {
    const admin = await signedIn('admin');
    expect(await mayI(admin, { verb: '*', group: '*', resource: '*' })).toBe(true);
    expect((await admin.call('/v1/secrets')).status).toBe(200);
  });

  it('let the viewer read, without Secrets', async () => {
    const viewer = await signedIn('viewer');
    expect((await viewer.call('/v1/namespaces')).status).toBe(200);
    expect((await viewer.call(`${LOCAL}/apis/autoscaling/v2/horizontalpodautoscalers`)).status).toBe(200);
    expect((await viewer.call(`${LOCAL}/api/v1/secrets`)).status).toBe(403);
    expect([403, 404]).toContain((await viewer.call('/v1/secrets')).status);
  });

  it('keep the viewer from changing autoscalers, over both ways', async () => {
    const admin = await signedIn('admin');
    const spec = { minReplicas: 1, maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'core' } };
    const path = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers';
    await admin.call(`${LOCAL}${path}`, { method: 'POST', body: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'core' }, spec } });
    const patch = { method: 'PATCH', contentType: 'application/json-patch+json', body: [{ op: 'replace', path: '/spec/minReplicas', value: 2 }] };
    const ways = [`${LOCAL}${path}/core`, '/v1/autoscaling.horizontalpodautoscalers/default/core', `${LOCAL}/v1/autoscaling.horizontalpodautoscalers/default/core`];

    const viewer = await signedIn('viewer');
    const statuses = async (client: EdgeClient): Promise<number[]> => Promise.all(ways.map(async (way) => (await client.call(way, patch)).status));
    expect(await statuses(viewer)).toEqual([403, 403, 403]);
    expect(await statuses(admin)).toEqual([200, 200, 200]);
  });

  it('let the viewer query the two monitoring services through the proxy, and do nothing else there', async () => {
    const viewer = await signedIn('viewer');
    const proxy = { group: '', resource: 'services', subresource: 'proxy', namespace: 'cattle-monitoring-system' };
    expect(await mayI(viewer, { ...proxy, verb: 'get', name: 'http:rancher-monitoring-prometheus:9090' })).toBe(true);
    expect(await mayI(viewer, { ...proxy, verb: 'get', name: 'http:rancher-monitoring-alertmanager:9093' })).toBe(true);
    expect(await mayI(viewer, { ...proxy, verb: 'create', name: 'http:rancher-monitoring-alertmanager:9093' })).toBe(false);
    expect(await mayI(viewer, { ...proxy, verb: 'get', name: 'http:grafana:80' })).toBe(false);
    expect(await mayI(viewer, { ...proxy, verb: 'get', name: 'http:rancher-monitoring-prometheus:9090', namespace: 'default' })).toBe(false);
  });
});

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
    expect(await seenAs(await signedIn('viewer'), headers)).toEqual(VIEWER);
  });

  it.each(smuggled)('with %j fails towards Steve', async (...headers) => {
    const viewer = await signedIn('viewer');
    expect([403, 404]).toContain((await viewer.call('/v1/secrets', { headers })).status);
    expect((await viewer.call('/v1/management.cattle.io.users/user-admin', { headers })).status).toBe(403);
  });

  it.each(smuggled)('with %j fails without a session', async (...headers) => {
    const nobody = new EdgeClient(edge);
    expect((await nobody.call('/v1/secrets', { headers })).status).toBe(401);
    expect((await nobody.call('/v1/management.cattle.io.settings/server-url', { headers })).status).toBe(403);
  });

  it('fails in a WebSocket handshake, towards both', async () => {
    const viewer = await signedIn('viewer');
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
    const viewer = await signedIn('viewer');
    const protocols = [`base64url.bearer.authorization.k8s.io.${Buffer.from('stolen').toString('base64url')}`, 'v4.channel.k8s.io'];
    expect(await viewer.socket(`${LOCAL}/api/v1/secrets?watch=true`, {}, protocols).status).toBe(403);
  });

  it('fails from another site\'s page', async () => {
    const viewer = await signedIn('viewer');
    const origin = 'http://evil.example';
    expect(await viewer.socket('/v1/subscribe', { origin }).status).toBe(403);
    expect((await viewer.call('/v1/nodes', { headers: [['Origin', origin]] })).status).toBe(403);
  });
});

describe('live updates', () => {
  const configMap = (name: string) => ({ method: 'POST', body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } } });

  it('reach a viewer\'s subscription, and not for what the viewer may not read', async () => {
    const [admin, viewer] = [await signedIn('admin'), await signedIn('viewer')];
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
    const [admin, viewer] = [await signedIn('admin'), await signedIn('viewer')];
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
    const socket = (await signedIn('viewer')).socket('/v3/subscribe?eventNames=resource.change');
    expect(await socket.status).toBe(101);
    socket.close();
  });

  it('stop at sign-out', async () => {
    const viewer = await signedIn('viewer');
    const sockets = ['/v1/subscribe', '/v3/subscribe', `${LOCAL}/api/v1/namespaces?watch=true`].map((path) => viewer.socket(path));
    for (const socket of sockets) expect(await socket.status).toBe(101);
    await viewer.call('/v1/logout', { method: 'POST', body: {} });
    await Promise.all(sockets.map(({ closed }) => closed));
  });
});

describe('a session whose time is over', () => {
  it('is refused, and what it opened is closed', async () => {
    const brief = await edgeWith({ sessionTtlMs: 1_500 });
    await brief.listen({ host: '127.0.0.1', port: 0 });
    try {
      const viewer = await signedIn('viewer', brief);
      const watch = viewer.socket('/v1/subscribe');
      expect(await watch.status).toBe(101);
      expect((await viewer.call('/v1/namespaces')).status).toBe(200);
      await watch.closed;
      expect((await viewer.call('/v1/namespaces')).status).toBe(401);
      expect(await viewer.socket('/v1/subscribe').status).toBe(401);
    } finally {
      await brief.close();
    }
  });
});

describe('a change', () => {
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'forged' } };

  it('without the CSRF token is refused, over each way', async () => {
    const admin = await signedIn('admin');
    const token = admin.cookies.CSRF ?? '';
    admin.cookies = { R_SESS: admin.cookies.R_SESS ?? '' };
    for (const path of [`${LOCAL}/api/v1/namespaces/default/configmaps`, '/v1/configmaps/default', '/v1/logout', '/v1/ext.cattle.io.selfuser']) {
      const answer = await admin.call(path, { method: 'POST', body });
      expect(answer.status).toBe(422);
      expect(answer.json()).toMatchObject({ code: 'InvalidCSRFToken', hint: expect.stringContaining('X-API-CSRF') });
    }
    expect((await admin.call(`${LOCAL}/api/v1/namespaces/default/configmaps`, { method: 'POST', body, headers: [['X-API-CSRF', token]] })).status).toBe(201);
  });

  it('in the guise of a GET is refused: Steve takes the method from the query', async () => {
    const admin = await signedIn('admin');
    await admin.call(`${LOCAL}/api/v1/namespaces/default/configmaps`, { method: 'POST', body: { ...body, metadata: { name: 'kept' } } });
    expect((await admin.call('/v1/configmaps/default/kept?_method=DELETE')).status).toBe(422);
    expect((await admin.call(`${LOCAL}/api/v1/namespaces/default/configmaps/kept`)).status).toBe(200);
  });
});

describe('files', () => {
  const escapes = ['../secret.txt', '..%2fsecret.txt', '%2e%2e/secret.txt', '%2e%2e%2fsecret.txt', '..%5csecret.txt', '....//secret.txt', '%252e%252e/secret.txt', '..%00/secret.txt', 'x/../../secret.txt', '//secret.txt'];

  it.each(escapes)('outside the dashboard aren\'t served for %s', async (path) => {
    const answer = await new EdgeClient(edge).call(`/dashboard/${path}`);
    expect(answer.text).not.toContain('TOP SECRET');
    expect([400, 403, 404]).toContain(answer.status);
  });

  it.each(escapes)('outside the extension aren\'t served for %s', async (path) => {
    const viewer = await signedIn('viewer');
    for (const prefix of ['/v1/uiplugins/tartware/0.1.0/plugin', '/v1/uiplugins/..%2f/0.1.0/plugin', '/v1/uiplugins/tartware/0.1.0%2f..%2f/plugin']) {
      const answer = await viewer.call(`${prefix}/${path}`);
      expect(answer.text).not.toContain('TOP SECRET');
      expect(answer.status).toBeGreaterThanOrEqual(400);
    }
  });

  it('of the extension are served to who is signed in', async () => {
    const viewer = await signedIn('viewer');
    expect((await viewer.call('/v1/uiplugins')).json()).toMatchObject({ entries: { tartware: { name: 'tartware', version: '0.1.0', endpoint: expect.stringMatching(/./) } } });
    const script = await viewer.call('/v1/uiplugins/tartware/0.1.0/plugin/tartware-0.1.0.umd.min.js');
    expect([script.status, script.text]).toEqual([200, '// extension']);
    expect(script.headers['content-type']).toContain('javascript');
  });

  it('of the dashboard are kept by browsers, its pages are not', async () => {
    const nobody = new EdgeClient(edge);
    const html: readonly (readonly [string, string])[] = [['Accept', 'text/html']];
    expect((await nobody.call('/')).headers.location).toBe('/dashboard/c/local/explorer/tartware-services');
    expect((await nobody.call('/dashboard/js/app.12345678.js')).headers['cache-control']).toContain('immutable');
    const page = await nobody.call('/dashboard/c/local/explorer/name.with.dots', { headers: html });
    expect([page.status, page.headers['cache-control'], page.text]).toEqual([200, 'no-cache', '<title>Rancher</title>']);
    expect((await nobody.call('/dashboard/js/gone.js', { headers: [['Accept', '*/*']] })).status).toBe(404);
  });
});

describe('preferences', () => {
  it('are each user\'s own', async () => {
    const [admin, viewer] = [await signedIn('admin'), await signedIn('viewer')];
    expect((await viewer.call('/v1/userpreferences/user-viewer', { method: 'PUT', body: { data: { theme: 'ui-dark' } } })).status).toBe(200);
    expect((await viewer.call('/v1/userpreferences')).json().data).toEqual([expect.objectContaining({ id: 'user-viewer', data: { theme: 'ui-dark' } })]);
    expect((await admin.call('/v1/userpreferences')).json().data).toEqual([expect.objectContaining({ id: 'user-admin', data: expect.objectContaining({ 'after-login-route': '{"path":"/c/local/explorer/tartware-services"}' }) })]);
    expect((await viewer.call('/v1/userpreferences/user-admin', { method: 'PUT', body: { data: {} } })).status).toBe(403);
    expect((await viewer.call('/v1/userpreferences/user-viewer', { method: 'PUT', body: { data: { theme: 1 } } })).status).toBe(422);
  });
});

describe('an upstream that is gone', () => {
  it('is named, with the way out', async () => {
    const lonely = await edgeWith({ steve: 'http://127.0.0.1:1' });
    await lonely.listen({ host: '127.0.0.1', port: 0 });
    try {
      const viewer = await signedIn('viewer', lonely);
      const answer = await viewer.call('/v1/nodes');
      expect(answer.status).toBe(502);
      expect(answer.json()).toMatchObject({ code: 'BadGateway', message: expect.stringContaining('Steve'), hint: expect.stringContaining('sandbox:status') });
      expect(await viewer.socket('/v1/subscribe').status).toBe(502);
    } finally {
      await lonely.close();
    }
  });
});
