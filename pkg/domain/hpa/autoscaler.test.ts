import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TartwareError } from '../errors.ts';
import { hpa } from '../testing/autoscalers.ts';
import { parseAutoscaler } from './autoscaler.ts';

describe('reading an autoscaler', () => {
  it('takes what the pages need', () => {
    expect(parseAutoscaler(hpa())).toMatchObject({
      name: 'api-gateway',
      namespace: 'tartware-system',
      uid: 'uid-1',
      target: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'api-gateway' },
      range: { min: 12, max: 150 },
      minIsSet: true,
      status: { current: 12, desired: 12 },
    });
  });

  it('fills in the API\'s default for a missing minimum and remembers that it was missing', () => {
    expect(parseAutoscaler(hpa({ spec: { minReplicas: undefined } }))).toMatchObject({ range: { min: 1, max: 150 }, minIsSet: false });
  });

  it('keeps a minimum of 0: it is a value', () => {
    expect(parseAutoscaler(hpa({ spec: { minReplicas: 0 } }))).toMatchObject({ range: { min: 0, max: 150 }, minIsSet: true });
  });

  it('knows nothing before the controller has looked', () => {
    expect(parseAutoscaler(hpa({ status: null })).status).toBeUndefined();
    expect(parseAutoscaler({ ...hpa(), status: { desiredReplicas: 0, currentMetrics: null } }).status).toBeUndefined();
  });

  it('reads left-out current replicas as zero once the controller has looked', () => {
    expect(parseAutoscaler(hpa({ status: { currentReplicas: undefined } })).status).toMatchObject({ current: 0, desired: 12 });
  });

  it('leaves out metrics of a type it does not know, and the empty entries of failed ones', () => {
    const parsed = parseAutoscaler(hpa({ spec: { metrics: [{ type: 'Quantum', quantum: {} }] }, status: { currentMetrics: [{ type: '' }] } }));

    expect(parsed.metrics).toEqual([]);
    expect(parsed.status?.metrics).toEqual([]);
  });

  it.each([
    ['nothing', undefined], ['a page of HTML', '<html>'], ['a list', []], ['an empty object', {}],
    ['no uid', hpa({ metadata: { uid: undefined } })], ['no name', hpa({ metadata: { name: '' } })],
    ['no maximum', hpa({ spec: { maxReplicas: undefined } })], ['a broken maximum', hpa({ spec: { maxReplicas: '150' } })],
  ])('refuses %s with a reason', (_what, object) => {
    expect(() => parseAutoscaler(object)).toThrow(expect.objectContaining({ code: 'AUTOSCALER_MALFORMED', hint: expect.stringContaining('autoscaling/v2') }));
  });

  it('either reads an object or refuses it in words, whatever it is', () => {
    fc.assert(fc.property(fc.object({ key: fc.constantFrom('metadata', 'spec', 'status', 'maxReplicas', 'metrics', 'type', 'resource', 'name', 'uid'), maxDepth: 4 }), (object) => {
      try {
        parseAutoscaler(object);
      } catch (error) {
        expect(error).toBeInstanceOf(TartwareError);
      }
    }));
  });
});
