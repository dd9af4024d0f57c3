import { expect, it } from 'vitest';
import { cancellationFee, noShowFee } from './cancellation.ts';
import type { CancellationPolicy } from './cancellation.ts';

const policy = (free_until: string | null): CancellationPolicy => ({
  free_until, free_until_days: 1, free_until_time: '18:00',
  cancellation_fee: { kind: 'first_night', amount_minor: 12_900 }, no_show_fee: { kind: 'full_stay', amount_minor: 38_700 },
});

it.each([
  ['a millisecond before the deadline', '2027-04-30T16:00:00.000Z', '2027-04-30T15:59:59.999Z', 0],
  ['at the deadline', '2027-04-30T16:00:00.000Z', '2027-04-30T16:00:00.000Z', 12_900],
  ['after it', '2027-04-30T16:00:00.000Z', '2027-05-02T00:00:00.000Z', 12_900],
  ['a deadline with an offset is the same moment', '2027-04-30T18:00:00+02:00', '2027-04-30T15:59:59.999Z', 0],
  ['the 29th of February in a leap year', '2028-02-29T17:00:00.000Z', '2028-02-29T16:59:59.000Z', 0],
  ['the night in which summer time begins in Berlin: 02:30 does not exist and 03:30 is 01:30 UTC', '2027-03-28T01:30:00.000Z', '2027-03-28T01:29:59.999Z', 0],
  ['the second 02:30 of the night in which it ends', '2027-10-31T01:30:00.000Z', '2027-10-31T00:30:00.000Z', 0],
  ['west of the date line the deadline is tomorrow in UTC', '2027-05-01T05:00:00.000Z', '2027-05-01T04:00:00.000Z', 0],
])('%s', (_name, freeUntil, at, fee) => {
  expect(cancellationFee(policy(freeUntil), new Date(at))).toBe(fee);
});

it('without a deadline cancelling always costs', () => {
  expect(cancellationFee(policy(null), new Date('1999-01-01'))).toBe(12_900);
});

it('not coming costs what the policy says, whatever the time', () => {
  expect(noShowFee(policy('2099-01-01T00:00:00.000Z'))).toBe(38_700);
});
