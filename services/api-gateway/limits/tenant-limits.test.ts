import { describe, expect, it } from 'vitest';
import type { Bucket } from './bucket.ts';
import { TenantLimits } from './tenant-limits.ts';

const limits = (): TenantLimits => new TenantLimits({ read: 10, write: 2 });

function taken(of: TenantLimits, tenant: string, kind: 'read' | 'write', now: number, tries: number): number {
  return Array.from({ length: tries }, () => of.take(tenant, kind, now)).filter((wait) => wait === 0).length;
}

/** The one bucket in use, after what was taken of it has been told. */
function told(of: TenantLimits): Bucket | undefined {
  const bucket = of.toReconcile(0)[0]?.bucket;
  bucket?.report();
  return bucket;
}

describe('a pod alone', () => {
  it('gives a burst, then what flows in', () => {
    const of = limits();
    expect([taken(of, 'a', 'read', 0, 50), taken(of, 'a', 'read', 100, 5), taken(of, 'a', 'read', 1_100, 50)]).toEqual([10, 1, 10]);
  });

  it('says how long to wait', () => {
    const of = limits();
    taken(of, 'a', 'write', 0, 2);
    expect(of.take('a', 'write', 0)).toBe(500);
    expect(of.take('a', 'write', 250)).toBe(250);
  });

  it('keeps tenants and classes apart', () => {
    const of = limits();
    taken(of, 'a', 'read', 0, 50);
    expect([taken(of, 'b', 'read', 0, 50), taken(of, 'a', 'write', 0, 50)]).toEqual([10, 2]);
  });
});

describe('pods together', () => {
  it('get nothing but what is left for all', () => {
    const of = limits();
    taken(of, 'a', 'read', 0, 3);
    const [{ bucket } = { bucket: undefined }] = of.toReconcile(0);
    expect(bucket?.report()).toBe(3);
    taken(of, 'a', 'read', 10, 2);
    of.agreed(20);
    // Three of ours and four of another pod were counted; the two since then were not.
    bucket?.agree(3);
    expect([taken(of, 'a', 'read', 500, 50), bucket?.report()]).toEqual([1, 3]);
  });

  it('owe what they took too much', () => {
    const of = limits();
    taken(of, 'a', 'read', 0, 1);
    of.agreed(0);
    told(of)?.agree(-5);
    expect(of.take('a', 'read', 10)).toBe(600);
  });

  it('go by themselves when Redis is silent, without a gift for the silence', () => {
    const of = limits();
    taken(of, 'a', 'read', 0, 50);
    of.agreed(0);
    told(of)?.agree(0);
    expect(taken(of, 'a', 'read', 900, 50)).toBe(0);
    expect(taken(of, 'a', 'read', 1_100, 50)).toBe(2);
  });

  it('tell what did not get there again', () => {
    const of = limits();
    taken(of, 'a', 'read', 0, 3);
    const bucket = of.toReconcile(0)[0]?.bucket;
    bucket?.restore(bucket.report());
    expect(bucket?.report()).toBe(3);
  });
});

it('forgets a tenant that was quiet for a minute', () => {
  const of = limits();
  taken(of, 'a', 'read', 0, 1);
  const bucket = of.toReconcile(0)[0]?.bucket;
  bucket?.report();
  expect(of.toReconcile(30_000)).toHaveLength(1);
  expect(of.toReconcile(61_000)).toHaveLength(0);
});
