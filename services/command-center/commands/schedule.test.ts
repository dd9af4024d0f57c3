import { describe, expect, it } from 'vitest';
import { nextRun } from './schedule.ts';

const next = (cron: string, zone: string, after: string) => nextRun(cron, zone, new Date(after)).toISOString();

describe('the next run', () => {
  it.each([
    ['at three in Berlin in winter', '0 3 * * *', 'Europe/Berlin', '2026-11-24T12:00:00Z', '2026-11-25T02:00:00.000Z'],
    ['at three in Berlin in summer', '0 3 * * *', 'Europe/Berlin', '2026-07-01T12:00:00Z', '2026-07-02T01:00:00.000Z'],
    ['at half past two in the night without it', '30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-29T01:00:00.000Z'],
    ['at half past two in the night with two of them', '30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', '2026-10-25T00:30:00.000Z'],
    ['not a second time in that night', '30 2 * * *', 'Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-26T01:30:00.000Z'],
    ['on a leap day', '0 0 29 2 *', 'Asia/Tokyo', '2026-01-01T00:00:00Z', '2028-02-28T15:00:00.000Z'],
    ['beyond the date line', '0 12 * * 1', 'Pacific/Kiritimati', '2026-11-22T00:00:00Z', '2026-11-22T22:00:00.000Z'],
  ])('is %s', (_name, cron, zone, after, expected) => expect(next(cron, zone, after)).toBe(expected));

  it.each(['0 3 * *', '61 * * * *', '* * * * * *', '0 0 30 2 *', 'soon enough'])('of %j is refused', (cron) => {
    expect(() => next(cron, 'Europe/Berlin', '2026-01-01T00:00:00Z')).toThrow(expect.objectContaining({ status: 400, code: 'validation_failed' }));
  });
});
