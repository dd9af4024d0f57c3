import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { expect } from 'vitest';
import { sandboxUsers } from '../../rancher/users.ts';
import type { TestCluster } from '../../testing/cluster.ts';
import { temporaryFolder } from '../../testing/folder.ts';
import { createEdge, type EdgeOptions } from '../edge.ts';
import { EdgeClient } from './client.ts';

/** Below it are the objects of the one cluster. */
export const LOCAL = '/k8s/clusters/local';

/** Who can sign in; the password of each is `<username>-password`. */
export const users = sandboxUsers({ admin: 'admin-password', viewer: 'viewer-password' });

type Upstreams = Pick<EdgeOptions, 'kubeconfig' | 'steve'>;

export function upstreamsOf({ kubeconfig, context }: TestCluster): Upstreams {
  return { kubeconfig, steve: `http://127.0.0.1:${context.ports.steve}` };
}

/** For what the edge answers without asking anybody: nothing listens there. */
export function noUpstreams(): Upstreams {
  const nowhere = '127.0.0.1:1';
  const kubeconfig = join(temporaryFolder(), 'kubeconfig');
  writeFileSync(kubeconfig, JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'nowhere', cluster: { server: `https://${nowhere}` } }],
    users: [{ name: 'nobody', user: {} }],
    contexts: [{ name: 'nowhere', context: { cluster: 'nowhere', user: 'nobody' } }],
    'current-context': 'nowhere',
  }));
  return { kubeconfig, steve: `http://${nowhere}` };
}

/** A dashboard and an extension of one line each, and files outside of them that nobody may get. */
function writePages(): Pick<EdgeOptions, 'dashboard' | 'extensions'> {
  const folder = temporaryFolder();
  const [dashboard, extensions] = [join(folder, 'dashboard'), join(folder, 'extensions')];
  for (const path of [join(dashboard, 'js'), join(extensions, 'tartware-0.1.0')]) mkdirSync(path, { recursive: true });
  writeFileSync(join(dashboard, 'index.html'), '<title>Rancher</title>');
  writeFileSync(join(dashboard, 'js/app.12345678.js'), '// app');
  writeFileSync(join(extensions, 'tartware-0.1.0/uiplugin.json'), JSON.stringify({ name: 'tartware', version: '0.1.0', metadata: {} }));
  writeFileSync(join(extensions, 'tartware-0.1.0/tartware-0.1.0.umd.min.js'), '// extension');
  writeFileSync(join(folder, 'secret.txt'), 'TOP SECRET');
  writeFileSync(join(extensions, 'secret.txt'), 'TOP SECRET');
  return { dashboard, extensions };
}

/** An edge that listens on a free port; the caller closes it. */
export async function startEdge(upstreams: Upstreams, sessionTtlMs = 600_000): Promise<FastifyInstance> {
  const edge = await createEdge({ ...upstreams, ...writePages(), users, sessionTtlMs });
  await edge.listen({ host: '127.0.0.1', port: 0 });
  return edge;
}

/** An edge with the extensions that are installed in the cluster; nobody asks Steve. */
export async function startInstalled({ kubeconfig }: TestCluster): Promise<FastifyInstance> {
  const edge = await createEdge({ kubeconfig, steve: noUpstreams().steve, dashboard: writePages().dashboard, users, sessionTtlMs: 600_000 });
  await edge.listen({ host: '127.0.0.1', port: 0 });
  return edge;
}

export async function signedIn(edge: FastifyInstance, username: 'admin' | 'viewer'): Promise<EdgeClient> {
  const client = new EdgeClient(edge);
  expect((await client.signIn(username, `${username}-password`)).status).toBe(200);
  return client;
}
