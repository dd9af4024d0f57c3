import { describe, expect, it } from 'vitest';
import { accessReview, readAccess } from './access.ts';

describe('asking what the user may do', () => {
  it('asks about exactly what was given', () => {
    expect(accessReview({ verb: 'patch', group: 'autoscaling', resource: 'horizontalpodautoscalers', namespace: 'tartware-system', name: 'core' })).toEqual({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { verb: 'patch', group: 'autoscaling', resource: 'horizontalpodautoscalers', namespace: 'tartware-system', name: 'core' } },
    });
  });

  it.each([
    [{ status: { allowed: true } }, { allowed: true, reason: '' }],
    [{ status: { allowed: false, reason: 'no binding' } }, { allowed: false, reason: 'no binding' }],
    [{ status: { allowed: false, reason: '', evaluationError: 'webhook timed out' } }, { allowed: false, reason: 'webhook timed out' }],
  ])('reads %j', (answer, expected) => {
    expect(readAccess(answer)).toEqual(expected);
  });

  it.each([undefined, 'Forbidden', {}, { status: {} }, { status: { allowed: 'true' } }])('takes %j for neither yes nor no', (answer) => {
    expect(() => readAccess(answer)).toThrow(expect.objectContaining({ code: 'ACCESS_MALFORMED' }));
  });
});
