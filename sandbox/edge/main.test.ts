import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { sandboxUsers } from '../rancher/users.ts';
import { temporaryFolder } from '../testing/folder.ts';

let folder: string;

beforeAll(() => {
  folder = temporaryFolder();
  const cluster = { name: 'c', cluster: { server: 'https://127.0.0.1:1' } };
  const context = { name: 'here', context: { cluster: 'c', user: 'u' } };
  writeFileSync(join(folder, 'kubeconfig'), JSON.stringify({ 'current-context': 'here', contexts: [context], clusters: [cluster], users: [{ name: 'u', user: { token: 't' } }] }));
  writeFileSync(join(folder, 'users.json'), JSON.stringify(sandboxUsers({ admin: 'a', viewer: 'b' })));
  for (const name of ['dashboard', 'empty']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'dashboard/index.html'), '');
});

function start(change: Record<string, string | number> = {}) {
  const flags = { port: 0, kubeconfig: join(folder, 'kubeconfig'), steve: 'http://127.0.0.1:1', dashboard: join(folder, 'dashboard'), extensions: join(folder, 'empty'), users: join(folder, 'users.json'), ...change };
  return execa(process.execPath, [join(import.meta.dirname, 'main.ts'), ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`)], { reject: false, timeout: 20_000 });
}

describe('starting the edge', () => {
  it('says where it listens, answers there, and ends on SIGTERM', async () => {
    const edge = start();
    for await (const line of edge.iterable()) {
      const address = /on (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
      expect((await fetch(`${address}/healthz`)).status).toBe(200);
      edge.kill('SIGTERM');
    }
    expect((await edge).exitCode).toBe(0);
  });

  it.each([
    [{ kubeconfig: '/nowhere' }, 'EDGE_KUBECONFIG'],
    [{ users: '/nowhere' }, 'EDGE_USERS'],
    [{ dashboard: '/nowhere' }, 'EDGE_DASHBOARD'],
    [{ steve: 'nowhere' }, 'EDGE_FLAGS'],
  ])('fails with %j as %s, and a hint', async (change, code) => {
    const { exitCode, stderr } = await start(change);
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(new RegExp(`^${code}: .+\\n  → .+`, 's'))]);
  });

  it('fails on a taken port, and names it', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const { exitCode, stderr } = await start({ port });
    other.close();
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(new RegExp(`^EDGE_PORT: .*${port}.*\\n  → .+`, 's'))]);
  });
});
