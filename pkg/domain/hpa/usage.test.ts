import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { containerCurrent, containerMetric, hpa } from '../testing/autoscalers.ts';
import { parseAutoscaler } from './autoscaler.ts';
import { metricUsages, resourceUsage } from './usage.ts';

function usages(metrics: object[], currentMetrics: object[]) {
  return metricUsages(parseAutoscaler(hpa({ spec: { metrics }, status: { currentMetrics } })));
}

const queue = { apiVersion: 'v1', kind: 'Service', name: 'queue' };
const depth = (matchLabels?: object) => ({ name: 'depth', ...(matchLabels && { selector: { matchLabels } }) });

describe('usage against target', () => {
  it.each([
    ['Resource, percent',
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
      { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 35, averageValue: '350m' } } },
      { current: 35, target: 70, ratio: 0.5, unit: 'percent', per: 'pod' }],
    ['Resource, bytes per pod',
      { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } } },
      { type: 'Resource', resource: { name: 'memory', current: { averageValue: '2Gi' } } },
      { current: 2 * 1024 ** 3, target: 1024 ** 3, ratio: 2, unit: 'bytes', per: 'pod' }],
    ['ContainerResource', containerMetric('cpu', 70), containerCurrent('cpu', 77, '770m'), { current: 77, target: 70, ratio: 1.1, unit: 'percent', per: 'pod' }],
    ['ContainerResource, cores per pod',
      { type: 'ContainerResource', containerResource: { name: 'cpu', container: 'api-gateway', target: { type: 'AverageValue', averageValue: '500m' } } },
      containerCurrent('cpu', 77, '750m'), { current: 0.75, target: 0.5, ratio: 1.5, unit: 'cores', per: 'pod' }],
    ['Pods',
      { type: 'Pods', pods: { metric: { name: 'http_requests_per_second' }, target: { type: 'AverageValue', averageValue: '200' } } },
      { type: 'Pods', pods: { metric: { name: 'http_requests_per_second' }, current: { averageValue: '100500m' } } },
      { current: 100.5, target: 200, ratio: 0.5025, unit: 'count', per: 'pod' }],
    ['Object, one value',
      { type: 'Object', object: { describedObject: queue, metric: depth(), target: { type: 'Value', value: '100' } } },
      { type: 'Object', object: { describedObject: queue, metric: depth(), current: { value: '250' } } },
      { current: 250, target: 100, ratio: 2.5, unit: 'count', per: 'all' }],
    ['External, average',
      { type: 'External', external: { metric: depth({ topic: 'a' }), target: { type: 'AverageValue', averageValue: '10' } } },
      { type: 'External', external: { metric: depth({ topic: 'a' }), current: { value: '0', averageValue: '5' } } },
      { current: 5, target: 10, ratio: 0.5, unit: 'count', per: 'pod' }],
  ])('%s', (_kind, spec, status, expected) => {
    expect(usages([spec], [status])).toEqual([expect.objectContaining(expected)]);
  });

  it('takes 0 for a measurement', () => {
    expect(usages([containerMetric('cpu', 70)], [containerCurrent('cpu', 0, '0')])).toEqual([expect.objectContaining({ current: 0, ratio: 0 })]);
  });

  it('has no figure, rather than zero, for a metric that failed', () => {
    const [cpu, memory] = usages([containerMetric('cpu', 70), containerMetric('memory', 80)], [{ type: '' }, containerCurrent('memory', 20, '1Gi')]);

    expect(cpu).toMatchObject({ current: undefined, ratio: undefined, target: 70 });
    expect(memory).toMatchObject({ current: 20 });
  });

  it('has no figure before the controller has looked', () => {
    expect(metricUsages(parseAutoscaler(hpa({ status: null })))[0]).toMatchObject({ current: undefined, target: 70 });
  });
});

describe('matching what was measured with what was asked for', () => {
  const asked = [
    containerMetric('cpu', 70), containerMetric('cpu', 60, 'sidecar'),
    { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
    { type: 'External', external: { metric: depth({ topic: 'a', side: 'left' }), target: { type: 'Value', value: '10' } } },
    { type: 'External', external: { metric: depth({ topic: 'b' }), target: { type: 'Value', value: '10' } } },
    { type: 'External', external: { metric: depth(), target: { type: 'Value', value: '10' } } },
    { type: 'Object', object: { describedObject: queue, metric: depth(), target: { type: 'Value', value: '10' } } },
    { type: 'Object', object: { describedObject: { ...queue, name: 'other' }, metric: depth(), target: { type: 'Value', value: '10' } } },
    { type: 'Pods', pods: { metric: depth(), target: { type: 'AverageValue', averageValue: '10' } } },
  ];
  const measured = [
    containerCurrent('cpu', 1, '10m'), containerCurrent('cpu', 2, '20m', 'sidecar'),
    { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 3, averageValue: '30m' } } },
    { type: 'External', external: { metric: depth({ side: 'left', topic: 'a' }), current: { value: '4' } } },
    { type: 'External', external: { metric: depth({ topic: 'b' }), current: { value: '5' } } },
    { type: 'External', external: { metric: depth(), current: { value: '6' } } },
    { type: 'Object', object: { describedObject: queue, metric: depth(), current: { value: '7' } } },
    { type: 'Object', object: { describedObject: { ...queue, name: 'other' }, metric: depth(), current: { value: '8' } } },
    { type: 'Pods', pods: { metric: depth(), current: { averageValue: '9' } } },
  ];

  it('goes by identity, in whatever order the status comes', () => {
    fc.assert(fc.property(fc.shuffledSubarray(measured, { minLength: measured.length }), (shuffled) => {
      expect(usages(asked, shuffled).map(({ current }) => current)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }));
  });

  it('gives every metric its own or none when some failed', () => {
    fc.assert(fc.property(fc.subarray(measured), (some) => {
      const expected = measured.map((entry, index) => (some.includes(entry) ? index + 1 : undefined));

      expect(usages(asked, some).map(({ current }) => current)).toEqual(expected);
    }));
  });

  it('does not depend on the order of a selector\'s expressions and values', () => {
    const selector = (...matchExpressions: object[]) => ({ name: 'depth', selector: { matchExpressions } });
    const topic = (...values: string[]) => ({ key: 'topic', operator: 'In', values });
    const alive = { key: 'alive', operator: 'Exists' };
    const spec = { type: 'External', external: { metric: selector(topic('a', 'b'), alive), target: { type: 'Value', value: '10' } } };
    const status = { type: 'External', external: { metric: selector(alive, topic('b', 'a')), current: { value: '4' } } };

    expect(usages([spec], [status])[0]?.current).toBe(4);
  });

  it('lets the order decide among equals only', () => {
    expect(usages([containerMetric('cpu', 70), containerMetric('cpu', 50)], [containerCurrent('cpu', 1, '1m'), containerCurrent('cpu', 1, '1m')]).map(({ ratio }) => ratio))
      .toEqual([1 / 70, 1 / 50]);
  });

  it('finds one container\'s cpu', () => {
    const all = usages(asked, measured);

    expect(resourceUsage(all, 'cpu', 'sidecar')?.current).toBe(2);
    expect(resourceUsage(all, 'cpu')?.current).toBe(3);
    expect(resourceUsage(all, 'memory', 'sidecar')).toBeUndefined();
  });
});
