import { TartwareError } from './errors.ts';
import { isRecord, recordAt, stringAt } from './json.ts';

/** What may be asked of the API server: "may I do `verb` on `resource`?" */
export interface AccessQuestion {
  verb: string;
  /** The API group; '' for the core one. */
  group: string;
  resource: string;
  subresource?: string;
  namespace: string;
  /** One object; left out, the question is about all of them. */
  name?: string;
}

export interface AccessAnswer {
  allowed: boolean;
  /** The authorizer's own words; often empty. */
  reason: string;
}

/** The body to POST to `authorization.k8s.io/v1/selfsubjectaccessreviews`. */
export function accessReview(question: AccessQuestion) {
  return {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { ...question } },
  };
}

/** A review says nothing about admission and quota: a right is needed for a change, not enough for it. @throws TartwareError ACCESS_MALFORMED */
export function readAccess(answer: unknown): AccessAnswer {
  const status = isRecord(answer) ? recordAt(answer, 'status') : {};

  if (typeof status.allowed !== 'boolean') {
    throw new TartwareError({
      code: 'ACCESS_MALFORMED', message: 'The answer is no access review.', hint: 'Does something else answer in place of the Kubernetes API?',
    });
  }

  return { allowed: status.allowed, reason: stringAt(status, 'reason') || (stringAt(status, 'evaluationError') ?? '') };
}
