import { describe, expect, it } from 'vitest';
import { PAYMENT_ACTIONS, PAYMENT_STATUSES, refundedStatus, requireTransition } from './payment.ts';

const LEGAL = ['capture authorised', 'void authorised', 'refund captured', 'refund partly_refunded'];

describe('a payment', () => {
  it.each(PAYMENT_ACTIONS.flatMap((action) => PAYMENT_STATUSES.map((status) => [action, status] as const)))('%s of one that is %s', (action, status) => {
    const attempt = () => requireTransition(action, status);
    if (LEGAL.includes(`${action} ${status}`)) {
      expect(attempt).not.toThrow();
    } else {
      expect(attempt).toThrow(expect.objectContaining({ status: 409, code: 'transition_illegal' }));
    }
  });

  it('gives back what was taken and no more', () => {
    expect(refundedStatus({ captured_minor: 100, refunded_minor: 0 }, 99)).toBe('partly_refunded');
    expect(refundedStatus({ captured_minor: 100, refunded_minor: 99 }, 1)).toBe('refunded');
    expect(() => refundedStatus({ captured_minor: 100, refunded_minor: 99 }, 2)).toThrow(expect.objectContaining({ status: 422, code: 'refund_above_captured' }));
  });
});
