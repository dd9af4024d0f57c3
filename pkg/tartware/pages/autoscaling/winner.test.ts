import { describe, expect, it } from 'vitest';
import { winningMetric } from './winner.ts';

describe('winningMetric', () => {
  it.each([
    ['the HPA was able to successfully calculate a replica count from cpu container resource utilization (percentage of request)', 'cpu container resource utilization'],
    ['the HPA was able to successfully calculate a replica count from pods metric http_requests', 'pods metric http_requests'],
  ])('reads it out of %o', (message, metric) => {
    expect(winningMetric(message)).toBe(metric);
  });

  it('finds none where no metric could be read', () => {
    expect(winningMetric('the HPA was unable to compute the replica count: failed to get cpu utilization')).toBeUndefined();
  });
});
