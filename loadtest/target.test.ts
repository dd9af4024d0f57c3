import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { checkTarget, demoAccount } from './target.ts';

let server: Server | undefined;

afterEach(() => server?.close());

/** Something that answers everything like this. */
async function answering(status: number, body: string): Promise<string> {
  const listening = createServer((_request, response) => response.writeHead(status, { 'content-type': 'application/json' }).end(body));

  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const address = listening.address();

  return `http://127.0.0.1:${ typeof address === 'object' && address ? address.port : 0 }`;
}

describe('looking at the target before a run', () => {
  it('is content with a token', async () => {
    await expect(checkTarget(await answering(200, '{"access_token":"x"}'), demoAccount({}))).resolves.toBeUndefined();
  });

  it.each([
    [401, '{}', 'SIGN_IN_REFUSED', 'TARTWARE_DEMO_PASSWORD'],
    [503, '{"detail":"The database cannot be reached."}', 'TARGET_UNREADY', 'core'],
    [502, 'Bad Gateway', 'TARGET_UNREADY', 'core'],
    [404, '{}', 'TARGET_UNKNOWN', '--url'],
    [200, '<html>', 'TARGET_UNKNOWN', '--url'],
    [200, '{}', 'TARGET_UNKNOWN', '--url'],
  ])('takes %d %s for %s', async (status, body, code, hint) => {
    await expect(checkTarget(await answering(status, body), demoAccount({}))).rejects.toMatchObject({ code, hint: expect.stringContaining(hint) });
  });

  it('says that nothing answers', async () => {
    const url = await answering(200, '');

    await new Promise((resolve) => server?.close(resolve));
    await expect(checkTarget(url, demoAccount({}))).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE', message: expect.stringContaining('ECONNREFUSED'), hint: expect.stringContaining('npm start') });
  });

  it('takes the password from the environment', () => {
    expect(demoAccount({})).toEqual({ email: 'operator@demo.tartware.example', password: 'demo-password' });
    expect(demoAccount({ TARTWARE_DEMO_PASSWORD: 'secret' }).password).toBe('secret');
  });
});
