import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { apiServerUpstream, steveUpstream } from './upstreams.ts';
import { temporaryFolder } from '../../testing/folder.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function kubeconfig(user: Record<string, unknown>, server = 'https://[::1]:6443'): string {
  const path = join(temporaryFolder(), 'config');
  const config = {
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server, 'certificate-authority-data': base64('CA') } }],
    users: [{ name: 'u', user }],
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

describe('the API server of a kubeconfig', () => {
  it('is reached with its client certificate', async () => {
    const upstream = await apiServerUpstream(kubeconfig({ 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') }));
    expect(upstream.target).toEqual({ protocol: 'https:', host: '::1', port: '6443' });
    expect(upstream.tls).toEqual({ ca: 'CA', cert: 'CERT', key: 'KEY' });
    expect(await upstream.authorization()).toBeUndefined();
  });

  it('is reached with its token', async () => {
    expect(await (await apiServerUpstream(kubeconfig({ token: 'own' }))).authorization()).toBe('Bearer own');
  });

  it.each([['/nowhere', /could not be read/], [kubeconfigWithoutContext(), /names no cluster/]])('is missed with a hint in %s', async (path, message) => {
    await expect(apiServerUpstream(path)).rejects.toMatchObject({ code: 'EDGE_KUBECONFIG', message: expect.stringMatching(message), hint: expect.stringContaining('kubectl') });
  });
});

describe('Steve', () => {
  it.each([['http://127.0.0.1:19080', '19080'], ['http://steve', '80']])('at %s is reached on port %s', (address, port) => {
    expect(steveUpstream(address).target.port).toBe(port);
  });
});

function kubeconfigWithoutContext(): string {
  const path = join(temporaryFolder(), 'config');
  writeFileSync(path, JSON.stringify({ clusters: [], contexts: [], users: [] }));
  return path;
}
