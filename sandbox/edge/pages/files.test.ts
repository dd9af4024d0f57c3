import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EdgeClient } from '../testing/client.ts';
import { noUpstreams, signedIn, startEdge } from '../testing/edge.ts';

let edge: FastifyInstance;

beforeAll(async () => {
  edge = await startEdge(noUpstreams());
});

afterAll(async () => edge?.close());

describe('files', () => {
  const escapes = ['../secret.txt', '..%2fsecret.txt', '%2e%2e/secret.txt', '%2e%2e%2fsecret.txt', '..%5csecret.txt', '....//secret.txt', '%252e%252e/secret.txt', '..%00/secret.txt', 'x/../../secret.txt', '//secret.txt'];

  it.each(escapes)('outside the dashboard aren\'t served for %s', async (path) => {
    const answer = await new EdgeClient(edge).call(`/dashboard/${path}`);
    expect(answer.text).not.toContain('TOP SECRET');
    expect([400, 403, 404]).toContain(answer.status);
  });

  it.each(escapes)('outside the extension aren\'t served for %s', async (path) => {
    const viewer = await signedIn(edge, 'viewer');
    for (const prefix of ['/v1/uiplugins/tartware/0.1.0/plugin', '/v1/uiplugins/..%2f/0.1.0/plugin', '/v1/uiplugins/tartware/0.1.0%2f..%2f/plugin']) {
      const answer = await viewer.call(`${prefix}/${path}`);
      expect(answer.text).not.toContain('TOP SECRET');
      expect(answer.status).toBeGreaterThanOrEqual(400);
    }
  });

  it('of the extension are served to who is signed in', async () => {
    const viewer = await signedIn(edge, 'viewer');
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
