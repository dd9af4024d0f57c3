import { describe, expect, it } from 'vitest';
import { MAX_ATTEMPTS, outcomeOf } from './outcome.ts';

describe('after an attempt', () => {
  it.each([[503, 'rooms_unavailable'], [429, 'too_many_requests'], [504, 'deadline_exceeded'], [409, 'request_in_progress']])('%i %s is tried again', (status, code) => {
    expect(outcomeOf({ status, code }, 1)).toEqual({ kind: 'again', afterMs: 500 });
  });

  it.each([[409, 'sold_out'], [404, 'not_found'], [412, 'version_outdated'], [422, 'currency_mismatch'], [500, 'internal_error']])('%i %s is final', (status, code) => {
    expect(outcomeOf({ status, code }, 1)).toEqual({ kind: 'failed' });
  });

  it('pauses grow to a minute, and end', () => {
    const pauses = Array.from({ length: MAX_ATTEMPTS }, (_, index) => outcomeOf({ status: 503, code: 'x' }, index + 1));
    expect(pauses.slice(0, -1).map((outcome) => (outcome.kind === 'again' ? outcome.afterMs : 0))).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    expect(pauses.at(-1)).toEqual({ kind: 'failed' });
  });
});
