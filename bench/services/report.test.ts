import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { MINIMUM_REPLICAS, costsOf, costsOfMix, podsFor } from './report.ts';

describe('pods', () => {
  it('are as many as use 70 % of a core each', () => {
    // 200 µs at 30,000 a second are 6 cores, or 8.6 pods at 70 %.
    const costs = costsOf({ 'api-gateway': 200_000, rooms: 10, postgres: 900_000 }, 1_000, 10);
    expect(podsFor(costs)).toEqual([{ service: 'api-gateway', needed: 9, minimum: 12 }, { service: 'rooms', needed: 1, minimum: 5 }]);
    expect(costs[2]).toEqual({ process: 'postgres', perRequestUs: 900, busy: 0.09 });
  });

  it('of a mix follow each kind by its share', () => {
    const kind = (share: number, us: number): Parameters<typeof costsOfMix>[0][number] => ({ kind: 'any', share, requests: 10, perSecond: 1, used: { rooms: us } });
    expect(costsOfMix([kind(3, 1_000), kind(1, 5_000)])[0]?.perRequestUs).toBe(200);
  });

  it('are compared with the minimum replicas of the chart', () => {
    const values = parse(readFileSync(new URL('../../charts/tartware/values.yaml', import.meta.url), 'utf8')) as Record<string, { autoscaling?: { minReplicas?: number } }>;
    const inChart = Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value?.autoscaling?.minReplicas === undefined ? [] : [[name, value.autoscaling.minReplicas]])));
    expect(inChart).toEqual(MINIMUM_REPLICAS);
  });
});
