import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { signedIn, startInstalled } from '../edge/testing/edge.ts';
import { adminKubeconfig } from '../kubectl.ts';
import { REPOSITORY } from '../paths.ts';
import { CONTROL_PLANE } from '../parts/control-plane.ts';
import { NODES } from '../parts/nodes.ts';
import { applyRancherObjects } from '../rancher/apply.ts';
import { partNamed, type Context, type Step } from '../supervisor/part.ts';
import { startTestCluster, type TestCluster } from '../testing/cluster.ts';
import { users } from '../edge/testing/edge.ts';
import { bundleFolder } from './build.ts';
import { extensionChart } from './extension.ts';

const { version } = JSON.parse(readFileSync(join(REPOSITORY, 'pkg/tartware/package.json'), 'utf8')) as { version: string };
const SCRIPT = `tartware-${version}.umd.min.js`;
let cluster: TestCluster;
let edge: FastifyInstance;

/** A build of one line: the real one takes a minute. */
function build(context: Context, script: string): void {
  const folder = bundleFolder(context);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'tartware', version }));
  writeFileSync(join(folder, SCRIPT), script);
}

const extension: Step = { kind: 'step', name: 'extension', needs: [], run: async (context) => build(context, '// first') };
const rancherObjects: Step = {
  kind: 'step',
  name: 'rancher-objects',
  needs: ['kube-apiserver'],
  run: async (context) => applyRancherObjects(adminKubeconfig(context), { serverUrl: 'http://127.0.0.1:8800', users }),
};

beforeAll(async () => {
  cluster = await startTestCluster([...CONTROL_PLANE, { ...partNamed(NODES, 'agent'), needs: ['kube-apiserver'] }, rancherObjects, extension, extensionChart]);
  edge = await startInstalled(cluster);
});

afterAll(async () => {
  await edge?.close();
  await cluster?.stop();
});

describe('the extension that its chart installed', () => {
  const path = `/v1/uiplugins/tartware/${version}/plugin`;

  it('is in the index, with what the dashboard asks of it before it loads it', async () => {
    const viewer = await signedIn(edge, 'viewer');
    const { rancher } = JSON.parse(readFileSync(join(REPOSITORY, 'pkg/tartware/package.json'), 'utf8')) as { rancher: { annotations: object } };
    expect((await viewer.call('/v1/uiplugins')).json()).toMatchObject({ entries: { tartware: { name: 'tartware', version, endpoint: expect.stringContaining('.svc:8080/'), metadata: rancher.annotations } } });
  });

  it('is handed out by its pod, as the last build left it', async () => {
    const viewer = await signedIn(edge, 'viewer');
    const first = await viewer.call(`${path}/${SCRIPT}`);
    expect([first.status, first.text, first.headers['content-type']]).toEqual([200, '// first', expect.stringContaining('javascript')]);
    build(cluster.context, '// second');
    expect((await viewer.call(`${path}/${SCRIPT}`)).text).toBe('// second');
  });

  it('has no other files, and no other version', async () => {
    const viewer = await signedIn(edge, 'viewer');
    for (const gone of [`${path}/gone.js`, `${path}/..%2f..%2fhealth%2fready`, `/v1/uiplugins/tartware/9.9.9/plugin/${SCRIPT}`]) expect((await viewer.call(gone)).status).toBe(404);
  });

  it('stays while its pod is away, as Rancher keeps it', async () => {
    const viewer = await signedIn(edge, 'viewer');
    await cluster.kubectl('scale', 'deployment/tartware-ui', '-n', 'cattle-ui-plugin-system', '--replicas=0');
    await vi.waitFor(async () => expect(await cluster.kubectl('get', 'pods', '-n', 'cattle-ui-plugin-system', '-o', 'name')).toBe(''), { timeout: 30_000, interval: 200 });
    rmSync(bundleFolder(cluster.context), { recursive: true });
    expect((await viewer.call(`${path}/${SCRIPT}`)).text).toBe('// second');
  });
});
