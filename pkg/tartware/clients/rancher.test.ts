import { describe, expect, it, vi } from 'vitest';
import { isCancelled, RequestFailure } from './failure.ts';
import { createRancherTransport } from './rancher.ts';

const cancelled = Object.assign(new Error('canceled'), { code: 'ERR_CANCELED' });

/** An answer as Rancher's store rejects with it: the parsed body with the status beside it. */
function refusal(status: number, body: object): object {
  return Object.defineProperty({ ...body }, '_status', { value: status });
}

async function failureOf(rejection: unknown): Promise<RequestFailure> {
  const send = createRancherTransport({ dispatch: vi.fn().mockRejectedValue(rejection) });

  return send({ url: '/k8s/clusters/local/api?x=1' }).then(() => { throw new Error('was expected to fail'); }, (error: RequestFailure) => error);
}

describe('a request to Rancher', () => {
  it('never lets a 401 of a proxied service sign the user out, and has a time limit', async () => {
    const dispatch = vi.fn().mockResolvedValue({});

    await createRancherTransport({ dispatch })({ url: '/k8s/x' });
    expect(dispatch).toHaveBeenCalledWith('management/request', { url: '/k8s/x', redirectUnauthorized: false, timeout: 10_000 });
  });

  it.each([
    [403, 'FORBIDDEN'], [404, 'NOT_FOUND'], [409, 'REJECTED'], [422, 'REJECTED'], [503, 'UNAVAILABLE'], [401, 'SIGNED_OUT'], [500, 'FAILED'],
  ])('turns HTTP %i into %s with the server\'s message', async (status, code) => {
    const failure = await failureOf(refusal(status, { kind: 'Status', message: 'the server says no' }));

    expect(failure).toBeInstanceOf(RequestFailure);
    expect(failure).toMatchObject({ code, status, message: 'the server says no', request: 'GET /k8s/clusters/local/api' });
  });

  it('reads the message of Prometheus and of a plain text answer', async () => {
    expect((await failureOf(refusal(400, { status: 'error', error: 'parse error' }))).message).toBe('parse error');
    expect((await failureOf(refusal(503, { data: 'no endpoints available\n' }))).message).toBe('no endpoints available');
  });

  it('tells a lost connection and a late answer apart', async () => {
    expect((await failureOf(Object.assign(new Error('Network Error'), { code: 'ERR_NETWORK' }))).code).toBe('UNREACHABLE');
    expect((await failureOf(Object.assign(new Error('timeout of 10000ms exceeded'), { code: 'ECONNABORTED' }))).code).toBe('TIMEOUT');
  });

  it('asks once more when it was merged with a request that somebody else called off', async () => {
    const dispatch = vi.fn().mockRejectedValueOnce(cancelled).mockResolvedValueOnce({ items: [] });

    await expect(createRancherTransport({ dispatch })({ url: '/x' })).resolves.toEqual({ items: [] });
  });

  it('does not ask again when it was called off itself', async () => {
    const controller = new AbortController();
    const dispatch = vi.fn().mockRejectedValue(cancelled);

    controller.abort();
    const outcome = createRancherTransport({ dispatch })({ url: '/x', signal: controller.signal });

    await expect(outcome).rejects.toSatisfy(isCancelled);
    expect(dispatch).toHaveBeenCalledTimes(1);
  });
});
