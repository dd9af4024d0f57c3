import { describe, expect, it } from 'vitest';
import { Random } from './random.ts';

describe('chance', () => {
  it('comes out the same from the same scope, and another from another', () => {
    const draws = (...scope: (string | number)[]): number[] => {
      const random = new Random(...scope);
      return Array.from({ length: 50 }, () => random.bits());
    };
    expect(draws('tenant', 42, 'stays')).toEqual(draws('tenant', 42, 'stays'));
    expect(draws('tenant', 42, 'stays')).not.toEqual(draws('tenant', 43, 'stays'));
    expect(draws('tenant', 4, 2)).not.toEqual(draws('tenant', 42));
  });

  it('is even over a range, with both its ends', () => {
    const random = new Random('even');
    const counts = new Map<number, number>();
    for (let draw = 0; draw < 60_000; draw += 1) {
      const value = random.whole(1, 6);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([1, 2, 3, 4, 5, 6]);
    for (const count of counts.values()) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  it('follows weights', () => {
    const random = new Random('weights');
    const draws = Array.from({ length: 10_000 }, () => random.weighted([['often', 9], ['seldom', 1]]));
    expect(Math.abs(draws.filter((draw) => draw === 'seldom').length - 1_000)).toBeLessThan(150);
  });

  it('makes UUIDs of version 7 that sort by their moment and never come twice', () => {
    const random = new Random('ids');
    const moments = [0, 1, 255, 256, 65_535, 65_536, Date.UTC(2026, 10, 24), Date.UTC(2027, 0, 1)];
    const ids = moments.map((moment) => random.uuid(moment));
    expect([...ids].sort()).toEqual(ids);
    for (const [index, id] of ids.entries()) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(moments[index]);
    }
    expect(new Set(Array.from({ length: 20_000 }, () => random.uuid(5))).size).toBe(20_000);
  });
});
