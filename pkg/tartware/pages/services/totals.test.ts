import { parseAutoscaler, parseQuantity, podResources } from '@tartware/domain';
import { describe, expect, it } from 'vitest';
import { autoscalerObject } from '../../testing/autoscalers.ts';
import { changeTotals } from './totals.ts';

const pod = podResources({ containers: [{ name: 'core', resources: { requests: { cpu: '750m', memory: '1536Mi' } } }] });
const core = parseAutoscaler(autoscalerObject('core', { current: 10 }));
const change = (min: number, max: number) => ({ name: 'core', uid: 'u', base: { min: 8, max: 80 }, wanted: { min, max } });

describe('changeTotals', () => {
  it('counts the pods that a raised minimum brings at once, and what they ask for', () => {
    expect(changeTotals([change(22, 110)], [core], new Map([['core', pod]]))).toEqual({
      podsAtOnce: 12, requested: { cpu: parseQuantity('9'), memory: parseQuantity('18Gi') }, maximum: 30,
    });
  });

  it('brings none where the minimum stays below what runs, and takes some where the maximum falls below it', () => {
    expect(changeTotals([change(9, 80)], [core], new Map([['core', pod]])).podsAtOnce).toBe(0);
    expect(changeTotals([change(1, 4)], [core], new Map([['core', pod]]))).toMatchObject({ podsAtOnce: -6, maximum: -76, requested: { cpu: parseQuantity('-4500m') } });
  });

  it('promises no pods of a paused autoscaler', () => {
    const object = autoscalerObject('core', { current: 0 });
    const conditions = [{ type: 'ScalingActive', status: 'False', reason: 'ScalingDisabled', message: 'scaling is disabled since the replica count of the target is zero' }];
    const paused = parseAutoscaler({ ...object, status: { ...object.status, conditions } });

    expect(changeTotals([change(22, 110)], [paused], new Map([['core', pod]]))).toMatchObject({ podsAtOnce: 0, requested: { cpu: parseQuantity('0') }, maximum: 30 });
  });

  it('does not make up what pods ask for', () => {
    expect(changeTotals([change(22, 110)], [core], new Map()).requested).toBeUndefined();
  });
});
