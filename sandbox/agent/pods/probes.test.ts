import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { probeLoop, tryProbe, type ProbeTarget } from './probes.ts';

let server: Server;
let target: ProbeTarget;
let status = 200;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/slow') return;
    response.writeHead(request.headers['x-ask'] === 'teapot' ? 418 : status).end('x'.repeat(10_000));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  target = {
    address: '127.0.0.1',
    container: { name: 'core', ports: [{ name: 'ops', containerPort: port }] },
    commandLine: { file: '', args: [], cwd: '/', env: { PATH: process.env.PATH ?? '' } },
  };
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test.each([
  ['a page', { httpGet: { port: 'ops', path: '/' } }, true],
  ['a redirection', { httpGet: { port: 'ops', path: '/' } }, true, 302],
  ['an error page', { httpGet: { port: 'ops', path: '/' } }, false, 503],
  ['a header of the probe', { httpGet: { port: 'ops', httpHeaders: [{ name: 'x-ask', value: 'teapot' }] } }, false],
  ['a port nobody named', { httpGet: { port: 'admin' } }, false],
  ['a page that never comes', { httpGet: { port: 'ops', path: '/slow' }, timeoutSeconds: 0.1 }, false],
  ['an open port', { tcpSocket: { port: 'ops' } }, true],
  ['a closed port', { tcpSocket: { port: 1 } }, false],
  ['a command that succeeds', { exec: { command: ['true'] } }, true],
  ['a command that fails', { exec: { command: ['false'] } }, false],
  ['a command that hangs', { exec: { command: ['sleep', '5'] }, timeoutSeconds: 0.1 }, false],
  ['a command that is not there', { exec: { command: ['no-such-command'] } }, false],
])('%s', async (_, probe, passed, answer = 200) => {
  status = answer;
  expect((await tryProbe(probe, target)).passed).toBe(passed);
});

test('a loop reports each change and each failure, and stops when told', async () => {
  const seen: string[] = [];
  const stop = new AbortController();
  status = 200;
  const probe = { httpGet: { port: 'ops' }, periodSeconds: 0.01, failureThreshold: 2 };
  const listener = {
    changed: (passing: boolean) => {
      seen.push(passing ? 'ready' : 'not ready');
      status = 503;
    },
    unhealthy: () => seen.push('unhealthy'),
    failed: () => {
      seen.push('failed');
      stop.abort();
    },
  };
  await probeLoop(probe, false, target, listener, { signal: stop.signal });
  expect(seen).toEqual(['ready', 'unhealthy', 'unhealthy', 'not ready', 'failed']);
});
