import { parseAutoscaler } from '@tartware/domain';
import { describe, expect, it } from 'vitest';
import { autoscalerObject, vectorAnswer } from '../../testing/autoscalers.ts';
import { serviceOverviews, totalPods } from './overview.ts';

const service = (...of: Parameters<typeof autoscalerObject>) => parseAutoscaler(autoscalerObject(...of));

describe('serviceOverviews', () => {
  it('puts what is wrong first and leaves the rest in its order', () => {
    const all = [service('core'), service('rooms'), service('api-gateway', { max: 20, current: 20, limited: true }), service('billing')];
    const overviews = serviceOverviews(all, { errors: vectorAnswer({ billing: 0.001 }), p95: vectorAnswer({ rooms: 0.5 }) });

    expect(overviews.map(({ autoscaler: { name }, health }) => [name, health])).toEqual([
      ['api-gateway', 'trouble'], ['rooms', 'strained'], ['core', 'fine'], ['billing', 'fine'],
    ]);
  });

  it('says why, with the figure and the objective it misses', () => {
    const [core] = serviceOverviews([service('core')], { errors: vectorAnswer({ core: 0.061 }), p99: vectorAnswer({ core: 1.2 }), p95: vectorAnswer({ core: 0.2 }) });

    expect(core).toMatchObject({
      health: 'trouble',
      reasons: [
        { text: 'errors', values: { value: '6.1 %', objective: '4 %' } },
        { text: 'p99', values: { value: '1.2 s', objective: '900 ms' } },
      ],
    });
  });

  it('takes a figure that was not measured for neither good nor bad', () => {
    const [core] = serviceOverviews([service('core')], {});

    expect(core).toMatchObject({ health: 'fine', reasons: [], readings: { errors: { state: 'absent' } } });
  });

  it('knows nothing of a service that its autoscaler has not looked at', () => {
    const unseen = { ...autoscalerObject('core'), status: { desiredReplicas: 0 } };

    expect(serviceOverviews([parseAutoscaler(unseen)], {})[0]?.health).toBe('unknown');
  });
});

describe('totalPods', () => {
  it('adds up what runs and what is allowed', () => {
    expect(totalPods([service('core', { current: 20 }), service('rooms', { min: 5, max: 45, current: 7 })])).toEqual({ current: 27, min: 13, max: 125 });
  });
});
