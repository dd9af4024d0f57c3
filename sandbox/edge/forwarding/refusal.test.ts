import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noUpstreams, signedIn, startEdge } from '../testing/edge.ts';

let edge: FastifyInstance;

beforeAll(async () => {
  edge = await startEdge(noUpstreams());
});

afterAll(async () => edge?.close());

describe('an upstream that is gone', () => {
  it('is named, with the way out', async () => {
    const viewer = await signedIn(edge, 'viewer');
    const answer = await viewer.call('/v1/nodes');
    expect(answer.status).toBe(502);
    expect(answer.json()).toMatchObject({ code: 'BadGateway', message: expect.stringContaining('Steve'), hint: expect.stringContaining('sandbox:status') });
    expect(await viewer.socket('/v1/subscribe').status).toBe(502);
  });
});
