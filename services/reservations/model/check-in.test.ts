import { expect, it } from 'vitest';
import { checkArrival, checkReadiness } from './check-in.ts';
import type { Readiness } from './check-in.ts';

const stay = { arrival: '2028-02-28', departure: '2028-03-01', room_id: 'r1' };
const refusal = (code: string): Error => expect.objectContaining({ status: 409, code }) as Error;

it.each(['2028-02-28', '2028-02-29', '2028-03-01'])('takes in on %s', (today) => {
  expect(() => checkArrival(stay, today)).not.toThrow();
});

it.each([['2028-02-27', stay, 'check_in_too_early'], ['2028-03-02', stay, 'check_in_too_late'], ['2028-02-28', { ...stay, room_id: null }, 'room_missing']])(
  'on %s refuses %o with %s', (today, reservation, code) => {
    expect(() => checkArrival(reservation, today)).toThrow(refusal(code));
  },
);

const CONDITIONS = ['dirty', 'clean', 'inspected'] as const;

it.each(CONDITIONS.flatMap((required) => CONDITIONS.map((condition) => [required, condition] as const)))('asks for %s and finds %s', (required, condition) => {
  const room: Readiness = { condition, out_of_order: false, occupied: false };
  const enough = CONDITIONS.indexOf(condition) >= CONDITIONS.indexOf(required);
  if (enough) {
    checkReadiness(room, required);
  } else {
    expect(() => checkReadiness(room, required)).toThrow(refusal('room_not_ready'));
  }
});

it('never gives a room that has a guest or is out of order', () => {
  expect(() => checkReadiness({ condition: 'inspected', out_of_order: true, occupied: false }, 'dirty')).toThrow(refusal('room_out_of_order'));
  expect(() => checkReadiness({ condition: 'inspected', out_of_order: false, occupied: true }, 'dirty')).toThrow(refusal('room_occupied'));
});
