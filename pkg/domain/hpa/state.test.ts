import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { condition, HEALTHY, hpa } from '../testing/autoscalers.ts';
import { parseAutoscaler } from './autoscaler.ts';
import { CONDITION_REASONS, conditionMeaning } from './conditions.ts';
import { scalingState } from './state.ts';

function stateOf(status: object | null, spec: object = {}) {
  return scalingState(parseAutoscaler(hpa({ status, spec })));
}

function replaced(type: string, status: string, reason: string) {
  return HEALTHY.map((one) => (one.type === type ? condition(type, status, reason) : one));
}

describe('what an autoscaler is doing', () => {
  it.each([
    ['steady', {}],
    ['scaling-up', { desiredReplicas: 20 }],
    ['scaling-down', { desiredReplicas: 8 }],
    ['scaling-down', { currentReplicas: 12, desiredReplicas: 0 }],
    ['at-maximum', { currentReplicas: 150, desiredReplicas: 150, conditions: replaced('ScalingLimited', 'True', 'TooManyReplicas') }],
    // On the way to the maximum, and it will not be enough.
    ['at-maximum', { currentReplicas: 120, desiredReplicas: 150, conditions: replaced('ScalingLimited', 'True', 'TooManyReplicas') }],
    // As many pods as allowed, and that is what it wants.
    ['steady', { currentReplicas: 150, desiredReplicas: 150 }],
    // The maximum was raised since the controller wrote this.
    ['steady', { currentReplicas: 100, desiredReplicas: 100, conditions: replaced('ScalingLimited', 'True', 'TooManyReplicas') }],
    ['steady', { conditions: replaced('ScalingLimited', 'True', 'TooFewReplicas') }],
    ['scaling-up', { desiredReplicas: 24, conditions: replaced('ScalingLimited', 'True', 'ScaleUpLimit') }],
    ['unable', { conditions: replaced('ScalingActive', 'False', 'FailedGetContainerResourceMetric') }],
    ['unable', { desiredReplicas: 20, conditions: replaced('AbleToScale', 'False', 'FailedGetScale') }],
    ['disabled', { currentReplicas: 0, desiredReplicas: 0, conditions: replaced('ScalingActive', 'False', 'ScalingDisabled') }],
    ['unknown', { conditions: [] }],
  ])('is %s for %j', (name, status) => {
    expect(stateOf(status).name).toBe(name);
  });

  it('is unknown before the controller has looked', () => {
    expect(stateOf(null)).toEqual({ name: 'unknown', reason: undefined });
  });

  it('is steady when minimum, maximum and need are one', () => {
    expect(stateOf({ currentReplicas: 3, desiredReplicas: 3 }, { minReplicas: 3, maxReplicas: 3 }).name).toBe('steady');
  });

  it.each([
    ['at-maximum', 'TooManyReplicas', { currentReplicas: 150, desiredReplicas: 150, conditions: replaced('ScalingLimited', 'True', 'TooManyReplicas') }],
    ['unable', 'InvalidSelector', { conditions: replaced('ScalingActive', 'False', 'InvalidSelector') }],
    ['steady', 'ScaleDownStabilized', { conditions: replaced('AbleToScale', 'True', 'ScaleDownStabilized') }],
    ['steady', 'TooFewReplicas', { conditions: replaced('ScalingLimited', 'True', 'TooFewReplicas') }],
  ])('says why it is %s: %s', (name, reason, status) => {
    expect(stateOf(status)).toMatchObject({ name, reason: { reason, message: `because of ${ reason }` } });
  });

  it('never calls a limit alone the maximum', () => {
    const reasons = CONDITION_REASONS.filter((reason) => reason !== 'TooManyReplicas');

    fc.assert(fc.property(fc.constantFrom(...reasons), fc.nat(200), fc.nat(200), (reason, currentReplicas, desiredReplicas) => {
      expect(stateOf({ currentReplicas, desiredReplicas, conditions: replaced('ScalingLimited', 'True', reason) }).name).not.toBe('at-maximum');
    }));
  });
});

describe('the meaning of a condition', () => {
  const meaning = (type: string, status: 'True' | 'False', reason: string) => conditionMeaning({ ...condition(type, status, reason), status });

  it('has words for every reason of the controller', () => {
    expect(CONDITION_REASONS).toHaveLength(24);
    expect(meaning('AbleToScale', 'True', 'ScaleDownStabilized')).toEqual({ key: 'condition.scaleDownStabilized', severity: 'note' });
    expect(meaning('ScalingActive', 'False', 'FailedGetExternalMetric')).toEqual({ key: 'condition.failedGetExternalMetric', severity: 'bad' });
  });

  it.each([
    ['ScalingActive', 'False', 'bad'], ['AbleToScale', 'False', 'bad'], ['ScalingActive', 'True', 'note'], ['ScalingLimited', 'True', 'note'],
  ] as const)('shows an unknown reason of %s %s raw and rates it %s', (type, status, severity) => {
    expect(meaning(type, status, 'QuantumFlux')).toEqual({ key: undefined, severity });
    expect(meaning(type, status, 'toString')).toEqual({ key: undefined, severity });
  });
});
