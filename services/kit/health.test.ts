import { afterEach, describe, expect, it, vi } from 'vitest';
import { createHealth } from './health.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('readiness', () => {
  it('names each dependency that fails with its reason', async () => {
    const health = createHealth();
    health.phase = 'serving';
    health.checks = [
      { name: 'database', check: () => Promise.reject(new Error('connection refused')) },
      { name: 'keys', check: () => undefined },
    ];
    expect(await health.report()).toEqual({
      status: 'not_ready',
      checks: [{ name: 'database', ok: false, reason: 'connection refused' }, { name: 'keys', ok: true }],
    });
  });

  it('stays ready without what is optional, and names it', async () => {
    const health = createHealth();
    health.phase = 'serving';
    health.checks = [{ name: 'relay', optional: true, check: () => Promise.reject(new Error('Kafka is away')) }];
    expect(await health.report()).toEqual({ status: 'ready', checks: [{ name: 'relay', ok: false, reason: 'Kafka is away', optional: true }] });
  });

  it('gives up on a dependency that does not answer', async () => {
    vi.useFakeTimers();
    const health = createHealth();
    health.phase = 'serving';
    health.checks = [{ name: 'database', check: () => new Promise<void>(() => undefined) }];
    const report = health.report();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await report).toMatchObject({ status: 'not_ready', checks: [{ reason: 'no answer within 2 s' }] });
  });

  it('asks a dependency once for callers at the same time', async () => {
    const check = vi.fn();
    const health = createHealth();
    health.checks = [{ name: 'database', check }];
    await Promise.all([health.report(), health.report()]);
    expect(check).toHaveBeenCalledTimes(1);
  });

  it.each(['starting', 'draining'] as const)('is not ready while %s, whatever the dependencies say', async (phase) => {
    const health = createHealth();
    health.phase = phase;
    expect((await health.report()).status).toBe(phase);
  });
});
